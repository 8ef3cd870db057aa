r"""How near an image comes to the one that it should be: PSNR and SSIM.

PSNR counts errors pixel by pixel and knows nothing of neighbours.
SSIM compares what windows look like: their brightness, their contrast, their pattern.

Both are taken over all channels as they are, and computed in float64, or in float32 on a device that has no other:
the variance of a bright window is a small difference of large numbers.
Papers on super-resolution often compare the brightness alone and cut off the rim: their numbers are others.

References:
    Wang, Bovik, Sheikh & Simoncelli (2004), Image quality assessment: from error visibility to structural similarity.
"""

from math import isfinite
from typing import SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d

from cnnbook.layers.checks import InputError, check_tensor
from cnnbook.shapes.checks import real_number, whole_number


def psnr(
    image: Float[Tensor, "n c h w"], reference: Float[Tensor, "n c h w"], *, peak: float = 1.0
) -> Float[Tensor, " n"]:
    r"""Compute each image's peak signal-to-noise ratio in decibels (dB).

    .. math:: \mathrm{PSNR} = 10 \log_{10} \frac{\mathrm{peak}^2}{\mathrm{MSE}}, \quad
        \mathrm{MSE} = \frac{1}{CHW} \sum_{c,i,j} (x_{c,i,j} - y_{c,i,j})^2

    Ten decibels more are a tenth of the squared error.
    An image that equals its reference has no error, and its PSNR is infinite.

    Args:
        image: what was made; it may overshoot.
        reference: what it should be.
        peak: from the darkest to the brightest value that is possible: 1 for images in 0…1, 255 for bytes.

    Raises:
        TypeError: an image is no tensor, or ``peak`` no number.
        InputError: the images differ in shape, hold whole numbers, or have no pixel; ``peak`` is not above 0,
            or the reference spans more.

    Example:
        Each pixel is wrong by a tenth, so the mean squared error is a hundredth.

        >>> psnr(torch.full((1, 3, 2, 2), 0.6), torch.full((1, 3, 2, 2), 0.5)).tolist()
        [20.000]
        >>> psnr(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)).tolist()
        [inf]
    """
    image, reference, peak = _pair(image, reference, peak)
    error = (image - reference).square().mean((1, 2, 3))
    return 10 * torch.log10(peak**2 / error)


def ssim(
    image: Float[Tensor, "n c h w"],
    reference: Float[Tensor, "n c h w"],
    *,
    peak: float = 1.0,
    window: SupportsIndex = 11,
    sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Float[Tensor, " n"]:
    """Compute each image's structural similarity: the mean of :func:`ssim_map` over places and channels.

    It is 1 for equal images and for no others, and at least −1.

    Args:
        image: what was made.
        reference: what it should be; image and reference may change places.
        peak: from the darkest to the brightest value that is possible.
        window: rows and columns of the window, odd.
        sigma: standard deviation of the Gaussian that weighs the window, in pixels.
        k1: keeps dark windows from dividing by 0, as a share of ``peak``.
        k2: the same for windows without contrast.

    Raises:
        TypeError: an image is no tensor, or a setting no number.
        InputError: the images differ in shape, hold whole numbers, or are smaller than the window; the window is even;
            ``peak``, ``sigma``, ``k1`` or ``k2`` is not above 0; the reference spans more than ``peak``.

    Example:
        Two images without any pattern are told apart by their brightness alone.

        >>> dark, bright = torch.full((1, 1, 11, 11), 0.25), torch.full((1, 1, 11, 11), 0.75)
        >>> ssim(dark, bright).item(), (2 * 0.25 * 0.75 + 0.01**2) / (0.25**2 + 0.75**2 + 0.01**2)
        (0.600, 0.600)
    """
    similar = ssim_map(image, reference, peak=peak, window=window, sigma=sigma, k1=k1, k2=k2)
    return similar.mean((1, 2, 3))


def ssim_map(
    image: Float[Tensor, "n c h w"],
    reference: Float[Tensor, "n c h w"],
    *,
    peak: float = 1.0,
    window: SupportsIndex = 11,
    sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Float[Tensor, "n c oh ow"]:
    r"""Compare each window of an image with the same window of the reference, channel by channel.

    .. math:: \mathrm{SSIM}(x, y) = \frac{(2 \mu_x \mu_y + C_1)(2 \sigma_{xy} + C_2)}
        {(\mu_x^2 + \mu_y^2 + C_1)(\sigma_x^2 + \sigma_y^2 + C_2)}, \quad
        C_1 = (k_1\, \mathrm{peak})^2, \quad C_2 = (k_2\, \mathrm{peak})^2

    Mean :math:`\mu`, variance :math:`\sigma^2` and covariance :math:`\sigma_{xy}` are weighed by a Gaussian.
    Only windows that lie inside the image are asked, so the map has ``window - 1`` rows and columns less.

    Args and errors are those of :func:`ssim`.

    Example:
        >>> ssim_map(torch.eye(12)[None, None], torch.eye(12)[None, None]).tolist()
        [[[[1.0, 1.0], [1.0, 1.0]]]]
    """
    image, reference, peak = _pair(image, reference, peak)
    size = whole_number("window", window, least=1)
    if size % 2 == 0:
        raise ValueError(f"window={window!r} must be odd: it has a pixel in its middle")
    if min(image.shape[2:]) < size:
        rows, columns = image.shape[2:]
        raise ValueError(f"images of {rows}×{columns} pixels are smaller than the window of {size}×{size}")
    away = torch.arange(size, dtype=torch.float64) - size // 2
    weights = torch.exp(-((away / _positive("sigma", sigma)) ** 2) / 2)
    weights = (weights / weights.sum()).to(image)
    c1, c2 = (_positive("k1", k1) * peak) ** 2, (_positive("k2", k2) * peak) ** 2

    def mean(values: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c oh ow"]:
        """Weigh the rows, then the columns: the Gaussian of both is their product."""
        rows = conv2d(values.flatten(0, 1)[:, None], weights.view(1, 1, -1, 1))
        both = conv2d(rows, weights.view(1, 1, 1, -1))
        return both.view(*values.shape[:2], *both.shape[2:])

    mean_x, mean_y = mean(image), mean(reference)
    variance_x, variance_y = mean(image**2) - mean_x**2, mean(reference**2) - mean_y**2
    covariance = mean(image * reference) - mean_x * mean_y
    alike = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return alike / ((mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2))


def _pair(
    image: Float[Tensor, "n c h w"], reference: Float[Tensor, "n c h w"], peak: float
) -> tuple[Float[Tensor, "n c h w"], Float[Tensor, "n c h w"], float]:
    """Check both images and the peak, and return them in float64."""
    check_tensor(image, "image")
    check_tensor(reference, "reference")
    for name, pixels in {"image": image, "reference": reference}.items():
        if not pixels.is_floating_point():
            raise InputError(f"{name} is {pixels.dtype}; floating-point numbers are needed, such as {name}.float()")
    if image.ndim != len("nchw") or 0 in image.shape[1:]:
        raise InputError(f"image has the shape {tuple(image.shape)}; axes n c h w are needed, of which n may be 0")
    if image.shape != reference.shape:
        raise InputError(
            f"image has the shape {tuple(image.shape)} and reference {tuple(reference.shape)}; they must be equal"
        )
    if image.device != reference.device:
        raise InputError(f"image is on {image.device} and reference on {reference.device}; move one of them")
    peak = _positive("peak", peak)
    span = (reference.amax((1, 2, 3)) - reference.amin((1, 2, 3))).double().tolist()
    if any(wide > peak for wide in span):
        raise InputError(f"reference spans {max(span):g}, more than peak={peak:g}: give the span that is possible")
    precise = torch.float32 if image.device.type == "mps" else torch.float64
    return image.to(precise), reference.to(precise), peak


def _positive(name: str, value: float) -> float:
    number = real_number(name, value)
    if not (isfinite(number) and number > 0):
        raise ValueError(f"{name}={value!r} must be a number above 0")
    return number
