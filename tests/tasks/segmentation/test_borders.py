"""What is added before is cut off after."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnbook.tasks.segmentation.borders import crop, crop_centre, pad_to_multiple

sides = st.integers(1, 20)


@given(rows=sides, columns=sides, multiple=st.integers(1, 9))
def test_padding_adds_the_least_and_cropping_takes_it_away(rows, columns, multiple):
    images = torch.rand(1, 2, rows, columns)
    padded = pad_to_multiple(images, multiple)
    assert all(n % multiple == 0 for n in padded.shape[2:])
    assert padded.shape[2] - rows < multiple > padded.shape[3] - columns
    assert torch.equal(crop(padded, (rows, columns)), images)
    torch.testing.assert_close(padded.sum(), images.sum())


@given(rows=sides, columns=sides, more=st.tuples(st.integers(0, 5), st.integers(0, 5)))
def test_the_middle_has_as_much_on_both_sides(rows, columns, more):
    maps = torch.arange(float((rows + more[0]) * (columns + more[1]))).view(1, 1, rows + more[0], columns + more[1])
    middle = crop_centre(maps, (rows, columns))
    assert middle.shape[2:] == (rows, columns)
    above, left = more[0] // 2, more[1] // 2
    assert torch.equal(middle, maps[:, :, above : above + rows, left : left + columns])
    assert above <= more[0] - above <= above + 1
