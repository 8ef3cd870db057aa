"""Small arrays as cells, and signed maps."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from cnnbook.draw import grid, matrix, show_signed
from cnnbook.draw.palette import LIGHT, POSITIVE


@pytest.fixture
def ax():
    return Figure().subplots()


def numbers(ax):
    return [text.get_text() for text in ax.texts]


def cells(ax):
    return [patch for patch in ax.patches if patch.get_linewidth() < 1]


def test_one_axis_is_drawn_as_one_row(ax):
    grid(ax, np.array([1.0, 2.5, -3.0]))
    assert numbers(ax) == ["1", "2.5", "−3"]
    assert {cell.get_y() for cell in cells(ax)} == {0}


def test_row_zero_stands_on_top(ax):
    grid(ax, np.array([[1], [2]]))
    bottom, top = ax.get_ylim()
    assert bottom > top


def test_padding_is_hatched_and_the_rest_is_not(ax):
    grid(ax, np.pad(np.ones((2, 2)), 1), padding=1)
    hatched = [cell.get_xy() for cell in cells(ax) if cell.get_hatch()]
    assert len(hatched) == 16 - 4
    assert (1, 1) not in hatched


def test_padding_of_one_axis_leaves_the_other(ax):
    grid(ax, np.array([0, 1, 0]), padding=1)
    assert [cell.get_x() for cell in cells(ax) if cell.get_hatch()] == [0, 2]


def test_an_outline_frames_what_the_same_index_selects(ax):
    grid(ax, np.zeros((4, 4)), outline=[np.s_[0:3, 1:4], np.s_[3:, :]])
    frames = [patch for patch in ax.patches if patch.get_linewidth() > 1]
    assert [(f.get_x(), f.get_y(), f.get_width(), f.get_height()) for f in frames] == [(1, 0, 3, 3), (0, 3, 4, 1)]


def test_signed_cells_take_the_colour_of_their_sign_and_zero_takes_none(ax):
    grid(ax, np.array([-2, 0, 1]), role="signed")
    negative, zero, positive = (cell.get_facecolor() for cell in cells(ax))
    assert negative[:3] == to_rgba(LIGHT["input"])[:3]
    assert zero[3] == 0
    assert positive[:3] == to_rgba(LIGHT["output"])[:3]
    assert negative[3] == pytest.approx(2 * positive[3])


def test_equal_weights_share_a_colour(ax):
    matrix(ax, np.array([[5, 6, 0], [0, 5, 6]]))
    colour = [cell.get_facecolor() for cell in cells(ax)]
    assert colour[0] == colour[4]
    assert colour[1] == colour[5]
    assert colour[0] != colour[1]
    assert numbers(ax) == ["5", "6", "5", "6"]


def test_many_weights_have_the_kernel_s_colour(ax):
    matrix(ax, np.arange(1, 37).reshape(6, 6))
    assert {cell.get_facecolor()[:3] for cell in cells(ax)} == {to_rgba(LIGHT["kernel"])[:3]}


def test_the_smallest_byte_has_a_size_too(ax):
    bytes_ = np.array([[-128, 64]], dtype=np.int8)
    assert show_signed(ax, bytes_).get_clim() == (-128, 128)
    grid(ax, bytes_, role="signed")
    assert [cell.get_facecolor()[3] for cell in cells(ax)] == pytest.approx([0.6, 0.3])


def test_a_mask_is_a_map_too(ax):
    assert show_signed(ax, np.eye(2) > 0).get_clim() == (-1, 1)


def test_a_signed_map_is_symmetric_about_zero(ax):
    shown = show_signed(ax, np.array([[-1.0, 4.0]]))
    assert shown.get_clim() == (-4, 4)
    assert shown.to_rgba(np.array([[4.0]]))[0, 0] == pytest.approx(to_rgba(POSITIVE))


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ax: grid(ax, np.zeros((2, 2, 2))), r"one or two axes.*\(2, 2, 2\)"),
        (lambda ax: grid(ax, np.zeros((0, 3))), "at least one cell"),
        (lambda ax: grid(ax, np.zeros(3), role="blue sky"), "'blue sky'"),
        (lambda ax: grid(ax, np.zeros(3), padding=-1), "padding.*-1"),
        (lambda ax: grid(ax, np.zeros(3), padding=[1, 1]), r"padding=.* has length 2; .* \(1\)"),
        (lambda ax: matrix(ax, np.zeros(3)), r"two axes.*\(3,\)"),
        (lambda ax: show_signed(ax, np.ones((2, 2)), limit=0), "limit must be positive and finite, not 0"),
        (lambda ax: show_signed(ax, np.full((2, 2), np.nan)), "limit"),
        (lambda ax: show_signed(ax, np.ones((2, 2)), limit=np.inf), "limit must be positive and finite, not inf"),
        (lambda ax: show_signed(ax, np.ones((2, 2, 3))), r"image must have two axes.*\(2, 2, 3\)"),
        (lambda ax: show_signed(ax, np.ones((0, 2))), "at least one pixel"),
        (lambda ax: grid(ax, np.zeros(3), outline_role="signed"), "outline_role must be a name of the palette"),
        (lambda ax: grid(ax, np.array([1, np.nan]), role="signed"), "values must be finite to be shaded"),
    ],
)
def test_bad_arguments_are_named(ax, call, message):
    with pytest.raises(ValueError, match=message):
        call(ax)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("draw", [grid, matrix])
@pytest.mark.parametrize(
    "values", [[[1, 2]], None, "12", np.array([["a"]]), np.array([[1j]]), np.array([[None]])], ids=str
)
def test_values_that_are_no_array_of_numbers_are_refused(ax, draw, values):
    with pytest.raises(TypeError, match=r"values (must be a NumPy array, not|has dtype)"):
        draw(ax, values)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("padding", [True, 1.5, None, "1", [1.5, 1], [True, True]])
def test_padding_that_is_no_whole_number_is_refused(ax, padding):
    with pytest.raises(TypeError, match=r"padding=.* must be a whole number"):
        grid(ax, np.zeros((3, 3)), padding=padding)


@pytest.mark.usefixtures("as_the_reader_runs_it")
@pytest.mark.parametrize("outline", [3, (1, 2), [3], "ab", np.s_[..., 0:1], np.s_[0:1, 0:1, 0:1]], ids=str)
def test_an_outline_that_is_no_slice_is_refused(ax, outline):
    with pytest.raises(TypeError, match=r"outline=.* must be a slice, or one for rows and one for columns"):
        grid(ax, np.zeros((3, 3)), outline=outline)
