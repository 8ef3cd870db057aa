"""What a figure carries when it is saved in the book's style."""

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from cnnbook.draw import style


@pytest.fixture(autouse=True)
def book_style():
    with mpl.rc_context():
        style.reset({}, "plot_a.py")
        yield
        plt.close("all")


def saved(figure):
    file = io.StringIO()
    figure.savefig(file, format="svg")
    return file.getvalue()


def test_a_label_becomes_the_drawing_s_title():
    figure, ax = plt.subplots()
    ax.set_title("not this")
    figure.set_label("An  edge\nis found.")
    assert "<title>An edge is found.</title>" in saved(figure)


def test_without_a_label_the_titles_do():
    figure, (left, right) = plt.subplots(1, 2)
    figure.suptitle("Both")
    left.set_title("one")
    right.set_title("two", loc="right")
    assert "<title>Both\none\ntwo</title>" in saved(figure)


def test_without_any_words_there_is_no_title():
    assert "<title>" not in saved(plt.figure())


def test_equal_figures_are_equal_files():
    def draw():
        figure, ax = plt.subplots()
        ax.plot([1, 2])
        ax.set_title("$x$")
        return saved(figure)

    assert draw() == draw()


def test_words_stay_text_and_formulas_become_outlines():
    figure, ax = plt.subplots()
    ax.set(title="words", xlabel="$x^2$")
    drawn = saved(figure)
    assert ">words</text>" in drawn
    assert "x^2" not in drawn.replace("<!-- $x^2$ -->", "")


def test_a_drawn_number_has_a_minus_and_no_hyphen():
    figure, ax = plt.subplots()
    ax.set(title="by -5.4", xlabel="$-1$", ylabel="MNIST-1D")
    drawn = saved(figure)
    assert ">by −5.4</text>" in drawn
    assert ">MNIST-1D</text>" in drawn
    assert "<!-- $-1$ -->" in drawn  # a formula is set by mathematics


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("-0.03", "−0.03"),
        ("-.5", "−.5"),
        ("1, -2", "1, −2"),
        ("(-1)", "(−1)"),
        ("1e-05", "1e−05"),
        ("2-3", "2-3"),
        ("x-1", "x-1"),
        ("MNIST-1D", "MNIST-1D"),
        ("a well-known--2", "a well-known--2"),
    ],
)
def test_only_a_hyphen_that_is_a_sign_becomes_a_minus(text, printed):
    assert style.printed(text) == printed


def test_zero_is_transparent_in_the_signed_colour_map():
    assert style.SIGNED(0.5)[3] == pytest.approx(0, abs=0.01)
    assert style.SIGNED(0.0)[3] == style.SIGNED(1.0)[3] == 1


def test_using_the_style_twice_changes_nothing():
    before = dict(mpl.rcParams)
    style.use()
    assert dict(mpl.rcParams) == before
