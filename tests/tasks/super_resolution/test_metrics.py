"""PSNR and SSIM are those of their papers: loops, hand computation and two libraries say the same."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from cnnbook.tasks.super_resolution.metrics import psnr, ssim, ssim_map

WANG = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}  # as in the paper
peaks = st.sampled_from([1.0, 2.0, 255.0])


def photographs(rows=60, columns=80):
    """Three photographs in 0…1, and the same with noise, in colour."""
    clear = np.stack([image()[:rows, :columns] for image in (data.astronaut, data.chelsea, data.coffee)])
    clear = torch.from_numpy(clear).permute(0, 3, 1, 2).double() / 255
    noise = torch.randn(clear.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return (clear + torch.tensor([0.02, 0.1, 0.3]).view(3, 1, 1, 1) * noise).clamp(0, 1), clear


@st.composite
def images(draw, least=1):
    """A pair of drawn images, between 0 and a peak."""
    shape = draw(st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(least, least + 6), st.integers(least, 20)))
    generator, peak = torch.Generator().manual_seed(draw(st.integers(0, 2**32))), draw(peaks)
    one, noise = torch.rand(2, *shape, generator=generator, dtype=torch.float64)
    return (one + draw(st.sampled_from([0.01, 0.3, 1])) * (noise - one)) * peak, one * peak, peak


@given(images())
def test_psnr_is_what_scikit_image_measures(drawn):
    image, reference, peak = drawn
    theirs = [
        peak_signal_noise_ratio(wanted.numpy(), found.numpy(), data_range=peak)
        for found, wanted in zip(image, reference, strict=True)
    ]
    np.testing.assert_allclose(psnr(image, reference, peak=peak), theirs, rtol=1e-12)


@given(images(least=11))
def test_ssim_is_what_scikit_image_measures(drawn):
    image, reference, peak = drawn
    theirs = [
        structural_similarity(found.numpy(), wanted.numpy(), data_range=peak, channel_axis=0, **WANG)
        for found, wanted in zip(image, reference, strict=True)
    ]
    np.testing.assert_allclose(ssim(image, reference, peak=peak), theirs, atol=1e-12)


@given(images(least=11))
def test_torchmetrics_measures_the_same(drawn):
    """Its mean has windows that stick out of the image as well, which the paper's has not: the maps are compared."""
    library = pytest.importorskip("torchmetrics.functional.image", exc_type=ImportError)
    image, reference, peak = drawn
    _, similar = library.structural_similarity_index_measure(
        image, reference, data_range=peak, reduction="none", return_full_image=True
    )
    np.testing.assert_allclose(ssim_map(image, reference, peak=peak), similar[..., 5:-5, 5:-5], atol=1e-9)
    ratio = library.peak_signal_noise_ratio(image, reference, data_range=peak, reduction="none", dim=(1, 2, 3))
    np.testing.assert_allclose(psnr(image, reference, peak=peak), ratio, rtol=1e-6)


def test_photographs_score_what_scikit_image_says_and_less_with_more_noise():
    image, reference = photographs()
    for ours, theirs in [
        (psnr(image, reference), lambda *pair: peak_signal_noise_ratio(*pair, data_range=1)),
        (ssim(image, reference), lambda *pair: structural_similarity(*pair, data_range=1, channel_axis=0, **WANG)),
    ]:
        np.testing.assert_allclose(ours, list(map(theirs, reference.numpy(), image.numpy())), atol=1e-10)
        assert (ours.diff() < 0).all()


@pytest.mark.parametrize("sigma", [0.8, 1.5, 3.0])
def test_each_window_is_compared_as_the_formula_says(sigma):
    """Window by window, with means, variances and covariance as sums over its pixels."""
    image, reference = (part[:1, :1, :9, :10] for part in photographs())
    size, found = 7, ssim_map(image, reference, window=7, sigma=sigma, k1=0.02, k2=0.05)
    assert found.shape == (1, 1, 3, 4)
    for i, j in np.ndindex(3, 4):
        x, y = (part[0, 0, i : i + size, j : j + size].numpy() for part in (image, reference))
        weight = np.array(
            [[math.exp(-(math.dist((a, b), (3, 3)) ** 2) / (2 * sigma**2)) for b in range(7)] for a in range(7)]
        )
        weight /= weight.sum()
        mean_x, mean_y = (weight * x).sum(), (weight * y).sum()
        variances = (weight * (x - mean_x) ** 2).sum() + (weight * (y - mean_y) ** 2).sum()
        covariance = (weight * (x - mean_x) * (y - mean_y)).sum()
        similar = (2 * mean_x * mean_y + 0.02**2) * (2 * covariance + 0.05**2)
        similar /= (mean_x**2 + mean_y**2 + 0.02**2) * (variances + 0.05**2)
        assert found[0, 0, i, j].item() == pytest.approx(similar, abs=1e-12)


def test_four_pixels_of_which_one_is_wrong_by_one_level_counted_by_hand():
    reference = torch.tensor([[[[10.0, 20.0], [30.0, 40.0]]]])
    image = reference + torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    assert psnr(image, reference, peak=255).item() == pytest.approx(20 * math.log10(255))  # MSE: 2² / 4
    assert psnr(image, reference, peak=100).item() == pytest.approx(40)


def test_an_image_that_equals_its_reference_has_infinite_psnr_and_full_similarity():
    _, reference = photographs()
    assert psnr(reference, reference).tolist() == [math.inf] * 3
    assert ssim(reference, reference).tolist() == [1.0] * 3


def test_equal_images_do_not_hide_the_others():
    image, reference = photographs()
    image[1] = reference[1]
    assert psnr(image, reference).isinf().tolist() == [False, True, False]


@given(images(least=11))
def test_image_and_reference_may_change_places(drawn):
    image, reference, peak = drawn
    torch.testing.assert_close(ssim(image, reference, peak=peak), ssim(reference, image, peak=peak))
    torch.testing.assert_close(psnr(image, reference, peak=peak), psnr(reference, image, peak=peak))


def test_a_negative_has_the_same_contrast_and_the_opposite_pattern():
    """Black and white squares have a mean of 1/2 and a variance of 1/4 in every window; the covariance is −1/4."""
    board = (torch.arange(20)[:, None] + torch.arange(20)).remainder(2).double()[None, None]
    assert ssim(1 - board, board).item() == pytest.approx((-2 / 4 + 0.03**2) / (2 / 4 + 0.03**2), abs=1e-6)
    _, reference = photographs()
    assert (ssim_map(1 - reference, reference) >= -1).all()


def test_bytes_and_fractions_score_the_same():
    image, reference = photographs()
    torch.testing.assert_close(psnr(255 * image, 255 * reference, peak=255), psnr(image, reference))
    torch.testing.assert_close(ssim(255 * image, 255 * reference, peak=255), ssim(image, reference))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_the_precision_of_the_images_is_the_only_error(dtype):
    """Bright windows of little contrast: their variance would drown in the rounding of float32."""
    image, reference = ((0.98 + 0.02 * part).to(dtype) for part in photographs())
    exact = ssim(image.double(), reference.double())
    torch.testing.assert_close(ssim(image, reference), exact, atol=1e-12, rtol=0)


def test_each_image_is_scored_alone_and_none_gives_none():
    image, reference = photographs()
    for measure in (psnr, ssim):
        together = measure(image, reference)
        alone = torch.cat([measure(image[[n]], reference[[n]]) for n in range(3)])
        torch.testing.assert_close(together, alone)
        assert measure(image[:0], reference[:0]).shape == (0,)


def test_a_network_could_learn_from_both():
    generator = torch.Generator().manual_seed(0)
    image, reference = torch.rand(2, 1, 2, 5, 6, generator=generator, dtype=torch.float64)
    image.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: ssim(x, reference, window=3), [image])
    assert torch.autograd.gradcheck(lambda x: psnr(x, reference), [image])


def test_a_signal_around_zero_has_a_peak_of_its_span():
    reference = torch.tensor([[[[-1.0, 1.0]]]])
    assert psnr(reference * 0.9, reference, peak=2).item() == pytest.approx(10 * math.log10(4 / 0.01), abs=1e-5)
    with pytest.raises(ValueError, match="reference spans 2, more than peak=1: give the span that is possible"):
        psnr(reference * 0.9, reference)


BYTES = torch.zeros(1, 1, 12, 12, dtype=torch.uint8)
IMAGE = torch.zeros(1, 1, 12, 12)


@pytest.mark.parametrize("measure", [psnr, ssim, ssim_map])
@pytest.mark.parametrize(
    ("pair", "error", "message"),
    [
        ((IMAGE.numpy(), IMAGE), TypeError, "image must be a torch.Tensor, not ndarray"),
        ((IMAGE, None), TypeError, "reference must be a torch.Tensor, not NoneType"),
        (
            (BYTES, IMAGE),
            ValueError,
            r"image is torch.uint8; floating-point numbers are needed, such as image.float\(\)",
        ),
        ((IMAGE, BYTES), ValueError, "reference is torch.uint8"),
        ((IMAGE[0], IMAGE[0]), ValueError, r"image has the shape \(1, 12, 12\); axes n c h w are needed"),
        (
            (IMAGE[:, :, :0], IMAGE[:, :, :0]),
            ValueError,
            r"\(1, 1, 0, 12\); axes n c h w are needed, of which n may be 0",
        ),
        (
            (IMAGE, IMAGE[..., :11]),
            ValueError,
            r"image has the shape .*12, 12\) and reference .*12, 11\); they must be",
        ),
        ((IMAGE, IMAGE.expand(1, 3, 12, 12)), ValueError, "they must be equal"),
        ((IMAGE, IMAGE.to("meta")), ValueError, "image is on cpu and reference on meta; move one of them"),
        ((IMAGE, torch.linspace(0, 255, 144).view(1, 1, 12, 12)), ValueError, "reference spans 255, more than peak=1"),
    ],
)
def test_images_that_do_not_fit_are_refused(measure, pair, error, message):
    with pytest.raises(error, match=message):
        measure(*pair)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"peak": 0}, ValueError, "peak=0 must be a number above 0"),
        ({"peak": math.nan}, ValueError, "peak=nan must be"),
        ({"peak": "1"}, TypeError, "peak='1' must be a real number"),
        ({"sigma": -1.5}, ValueError, "sigma=-1.5 must be"),
        ({"k1": 0}, ValueError, "k1=0 must be"),
        ({"k2": math.inf}, ValueError, "k2=inf must be"),
        ({"window": 10}, ValueError, "window=10 must be odd"),
        ({"window": 11.0}, TypeError, "window=11.0 must be a whole number"),
        ({"window": 13}, ValueError, "images of 12×12 pixels are smaller than the window of 13×13"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        ssim(IMAGE, IMAGE, **settings)
