"""Each pixel is read for what it says, whatever the file's form, and what cannot be read is named."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from cnnbook.data.pictures import (
    check_all_there,
    check_size,
    choose,
    load_examples,
    read_mask,
    read_picture,
    resize_mask,
    resize_picture,
    watched,
)
from tiny_sets import photograph, save

GREY = np.uint8([[0, 100], [200, 255]])
SIDES = st.integers(1, 40)


def test_colours_stay_as_they_are(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    np.testing.assert_array_equal(read_picture(save(tmp_path / "a.png", pixels)), pixels)


def test_grey_is_given_to_all_colours(tmp_path):
    picture = np.asarray(read_picture(save(tmp_path / "a.png", GREY)))
    assert picture.shape == (2, 2, 3)
    assert (picture == GREY[..., None]).all()


def test_16_bits_of_grey_become_8(tmp_path):
    picture = np.asarray(read_picture(save(tmp_path / "a.png", np.uint16([[0, 257, 25700, 65535]]))))
    assert picture[0, :, 0].tolist() == [0, 1, 100, 255]


@pytest.mark.parametrize(("alpha", "seen"), [(0, [0, 0, 0]), (128, [100, 50, 25]), (255, [200, 100, 50])])
def test_what_is_transparent_is_laid_over_black(tmp_path, alpha, seen):
    pixels = np.dstack([photograph(1, 1), np.uint8([[alpha]])])
    assert np.asarray(read_picture(save(tmp_path / "a.png", pixels)))[0, 0].tolist() == seen


def test_a_grey_picture_and_a_palette_may_be_transparent_too(tmp_path):
    Image.new("LA", (1, 1), (200, 128)).save(tmp_path / "grey.png")
    assert read_picture(tmp_path / "grey.png").getpixel((0, 0)) == (100, 100, 100)
    image = Image.new("P", (1, 1), 1)
    image.putpalette([9, 9, 9, 200, 100, 50])
    image.save(tmp_path / "palette.png", transparency=b"\xff\x80")
    assert read_picture(tmp_path / "palette.png").getpixel((0, 0)) == (100, 50, 25)


def test_a_palette_picture_shows_its_colours_and_a_palette_mask_its_places(tmp_path):
    image = Image.new("P", (1, 1), 1)
    image.putpalette([9, 9, 9, 200, 100, 50])
    image.save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").getpixel((0, 0)) == (200, 100, 50)
    assert read_mask(tmp_path / "a.png").tolist() == [[1]]


def test_a_masks_numbers_may_need_16_bits(tmp_path):
    assert read_mask(save(tmp_path / "a.png", np.uint16([[0, 1000, 65535]]))).tolist() == [[0, 1000, 65535]]


def test_a_mask_of_transparent_places_keeps_its_places(tmp_path):
    image = Image.fromarray(np.uint8([[0, 1, 2]])).convert("P")
    image.save(tmp_path / "a.png", transparency=0)
    assert read_mask(tmp_path / "a.png").tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_a_mask_of_colours_is_refused(tmp_path, mode):
    Image.new(mode, (2, 2)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=rf"a\.png is a picture of mode {mode}; a mask needs one whole number"):
        read_mask(tmp_path / "a.png")


def test_a_mask_that_was_saved_with_loss_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a\.jpg is a JPEG, which changes the numbers of a mask"):
        read_mask(save(tmp_path / "a.jpg", GREY))


def test_numbers_without_a_known_range_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a\.tiff is a picture of mode F"):
        read_picture(save(tmp_path / "a.tiff", np.float32([[0.5, 3]])))


@pytest.mark.parametrize("kind", ["png", "jpg", "gif"])
@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("read", [read_picture, read_mask])
def test_a_picture_that_was_cut_off_is_named(tmp_path, kind, keep, read):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60), dtype=np.uint8)
    path = save(tmp_path / f"a.{kind}", noise)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(ValueError, match=rf"a\.{kind} is (damaged or no picture|a JPEG)"):
        read(path)


def test_a_flipped_bit_in_a_png_is_found(tmp_path):
    path = save(tmp_path / "a.png", np.random.default_rng(0).integers(0, 4, (60, 60), dtype=np.uint8))
    content = bytearray(path.read_bytes())
    for place in range(60, len(content) - 20, 97):
        damaged = content.copy()
        damaged[place] ^= 4
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"a\.png is damaged or no picture"):
            read_mask(path)


@pytest.mark.parametrize("read", [read_picture, read_mask])
def test_missing_files_and_texts_are_named(tmp_path, read):
    with pytest.raises(FileNotFoundError, match=r"a\.png is not there"):
        read(tmp_path / "a.png")
    (tmp_path / "a.png").write_text("a picture")
    with pytest.raises(ValueError, match=r"a\.png is damaged or no picture: UnidentifiedImageError"):
        read(tmp_path / "a.png")


@given(SIDES, SIDES, SIDES, SIDES)
def test_a_new_pixel_of_a_mask_is_the_old_one_under_its_centre(h, w, oh, ow):
    rows = resize_mask(np.repeat(np.arange(h)[:, None], w, 1), (oh, ow))
    columns = resize_mask(np.repeat(np.arange(w)[None], h, 0), (oh, ow))
    assert rows.shape == columns.shape == (oh, ow)
    for old, new, taken in ((h, oh, rows[:, 0]), (w, ow, columns[0])):
        centre = (2 * torch.arange(new) + 1) * old  # in halves of new pixels
        assert ((taken * 2 * new <= centre) & (centre < (taken + 1) * 2 * new)).all()


@given(arrays(np.int64, st.tuples(SIDES, SIDES), elements=st.sampled_from([0, 1, 20, 255])), SIDES, SIDES)
def test_no_class_is_invented(mask, rows, columns):
    assert set(resize_mask(mask, (rows, columns)).flatten().tolist()) <= set(mask.flatten().tolist())


@given(arrays(np.int64, st.tuples(SIDES, SIDES)), st.integers(1, 4))
def test_whole_factors_repeat_the_numbers_of_a_mask(mask, factor):
    h, w = mask.shape
    larger = resize_mask(mask, (h * factor, w * factor))
    np.testing.assert_array_equal(larger, mask.repeat(factor, 0).repeat(factor, 1))


@given(SIDES, SIDES, SIDES, st.integers(2, 40), st.integers(0, 2**32 - 1))  # torch repeats the first row in one column
def test_pictures_are_resized_as_torch_does_with_antialiasing(h, w, oh, ow, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (h, w, 3), dtype=np.uint8)
    ours = resize_picture(Image.fromarray(pixels), (oh, ow))
    theirs = torch.nn.functional.interpolate(
        torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255, (oh, ow), mode="bilinear", antialias=True
    )
    torch.testing.assert_close(ours, theirs[0], atol=1.01 / 255, rtol=0)  # rounded after rows and after columns
    assert ours.dtype == torch.float32


def test_a_column_of_pixels_is_resized_too():
    pixels = np.uint8([[[0, 40, 80]], [[120, 160, 200]]])
    resized = resize_picture(Image.fromarray(pixels), (3, 1))[:, :, 0] * 255
    assert resized.round().tolist() == [[0, 60, 120], [40, 100, 160], [80, 140, 200]]


@given(st.integers(1, 400), st.data())
def test_a_limit_chooses_evenly_and_keeps_the_order(count, data):
    limit = data.draw(st.integers(1, count))
    chosen = choose(range(count), limit)
    gaps = {b - a for a, b in zip(chosen, [*chosen[1:], count], strict=True)}
    assert len(chosen) == limit
    assert chosen[0] == 0
    assert gaps <= {count // limit, -(-count // limit)}


@pytest.mark.parametrize(
    ("limit", "error", "said"),
    [
        (0, ValueError, "limit=0 must be at least 1"),
        (4, ValueError, "limit=4 must be at most 3"),
        (1.5, TypeError, "whole"),
    ],
)
def test_limits_that_are_none_are_named(limit, error, said):
    with pytest.raises(error, match=said):
        choose("abc", limit)


@pytest.mark.usefixtures("as_the_reader_runs_it")
def test_a_size_is_one_number_or_rows_and_columns():
    assert check_size(np.int64(3)) == (3, 3)
    assert check_size((2, 5)) == (2, 5)
    for size, error in ((0, ValueError), ((1, 2, 3), ValueError), (2.5, TypeError), ("200", TypeError)):
        with pytest.raises(error, match="size="):
            check_size(size)


@pytest.mark.parametrize(("count", "shown"), [(300, False), (301, True)])
def test_a_bar_shows_only_for_more_than_a_few_hundred(capsys, count, shown):
    assert list(watched(range(count), "tiny")) == list(range(count))
    assert ("tiny" in capsys.readouterr().err) == shown


def test_all_missing_files_are_counted_before_one_is_read(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"0, .*1, .*2 and 2 more are not there"):
        check_all_there([tmp_path / str(number) for number in range(5)])


def load(tmp_path, mask, **options):
    pairs = [(save(tmp_path / "a.png", photograph(4, 6)), save(tmp_path / "m.png", mask))]
    return load_examples(pairs, (2, 3), "tiny", ("no", "yes"), lambda numbers: numbers, **options)


def test_pictures_and_labels_come_together(tmp_path):
    examples = load(tmp_path, np.repeat(np.uint8([[0, 0, 0, 1, 1, 1]]), 4, 0))
    assert examples.labels.tolist() == [[[0, 1, 1], [0, 1, 1]]]
    expected = torch.tensor([200, 100, 50])[:, None, None].expand(3, 2, 3) / 255
    torch.testing.assert_close(examples.inputs[0], expected)


def test_a_mask_of_another_size_is_named_with_its_picture(tmp_path):
    with pytest.raises(ValueError, match=r"m\.png has 6×4 pixels, but its picture .*a\.png has 4×6"):
        load(tmp_path, np.zeros((6, 4), np.uint8))


def test_a_number_that_means_nothing_is_named_and_the_ignored_one_is_not(tmp_path):
    mask = np.zeros((4, 6), np.uint8)
    mask[1, 2] = 255  # a pixel that resizing leaves out
    with pytest.raises(ValueError, match=re.escape("m.png holds 255, which is none of tiny's numbers")):
        load(tmp_path, mask)
    assert load(tmp_path, mask, ignored=255).ignored == 255
