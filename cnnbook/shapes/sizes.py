"""How many places a window has on a row of pixels: convolution, its transpose, pooling, and the padding for each."""

from operator import index
from typing import SupportsIndex

from cnnbook.shapes.checks import padding_per_axis, whole_number


def padding_sides(
    kernel: SupportsIndex, stride: SupportsIndex = 1, padding: SupportsIndex | str = 0, dilation: SupportsIndex = 1
) -> tuple[int, int]:
    """Count the pixels that are added before and after a row.

    ``"valid"`` adds none.
    ``"same"`` adds as many as the convolution takes away, :math:`d(k - 1)` in all.
    Where that number is odd, the one left over goes to the end, as in PyTorch.

    Args:
        kernel: weights in the row.
        stride: pixels from one place to the next; 1 with ``"same"``.
        padding: pixels on each side, ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is out of range, or ``"same"`` meets a stride: no padding would keep the size.

    >>> padding_sides(kernel=3, padding="same")
    (1, 1)
    >>> padding_sides(kernel=4, padding="same")
    (1, 2)
    """
    stride = whole_number("stride", stride, least=1)
    steps = whole_number("kernel", kernel, least=1) - 1
    taken = whole_number("dilation", dilation, least=1) * steps
    (amount,) = padding_per_axis(padding, axes=1)
    if amount == "same":
        if stride != 1:
            raise ValueError(f"padding='same' needs stride=1, not {stride}: a stride shrinks the row whatever is added")
        return taken // 2, taken - taken // 2
    return (0, 0) if isinstance(amount, str) else (amount, amount)


def conv_output_size(
    n: SupportsIndex,
    kernel: SupportsIndex,
    stride: SupportsIndex = 1,
    padding: SupportsIndex | str = 0,
    dilation: SupportsIndex = 1,
) -> int:
    r"""Count the places where a kernel fits on a padded row of ``n`` pixels.

    .. math:: o = \left\lfloor \frac{n + 2p - d(k - 1) - 1}{s} \right\rfloor + 1

    Args:
        n: pixels in the row.
        kernel: weights in the row, :math:`k`.
        stride: pixels from one place to the next, :math:`s`.
        padding: pixels on each side, :math:`p`, or ``"same"`` or ``"valid"``.
        dilation: pixels from one weight to the next, :math:`d`.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is out of range, or the kernel does not fit the padded row.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, relationship 15.

    >>> conv_output_size(8, kernel=3)
    6
    >>> conv_output_size(8, kernel=3, padding="same")
    8
    >>> conv_output_size(200, kernel=3, stride=2, padding=1)
    100
    """
    before, after = padding_sides(kernel, stride, padding, dilation)
    padded = whole_number("n", n, least=1) + before + after
    reach = index(dilation) * (index(kernel) - 1) + 1
    if reach > padded:
        raise ValueError(
            f"kernel={kernel} with dilation={dilation} reaches over {reach} pixels "
            f"and does not fit the {padded} that n={n} with padding={padding!r} offers"
        )
    return (padded - reach) // index(stride) + 1


def transposed_output_size(
    n: SupportsIndex,
    kernel: SupportsIndex,
    stride: SupportsIndex = 1,
    padding: SupportsIndex = 0,
    dilation: SupportsIndex = 1,
    output_padding: SupportsIndex = 0,
) -> int:
    r"""Count the pixels onto which a transposed convolution spreads a row of ``n``.

    .. math:: o = (n - 1)\,s - 2p + d(k - 1) + p_{out} + 1

    It is the number of pixels from which a convolution with the same kernel, stride, padding and dilation makes ``n``.
    A stride rounds down, so several rows give the same ``n``, and :math:`p_{out}` says which of them is meant.

    Args:
        n: pixels in the row.
        kernel: weights in the row, :math:`k`.
        stride: pixels of the output from one copy of the kernel to the next, :math:`s`.
        padding: pixels that are cut off on each side, :math:`p`.
        dilation: pixels from one weight to the next, :math:`d`.
        output_padding: pixels that are added at the end, :math:`p_{out}`; fewer than the stride or the dilation.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is out of range, or the padding cuts everything off.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, relationships 8 to 14.

    >>> transposed_output_size(4, kernel=3)
    6
    >>> transposed_output_size(100, kernel=3, stride=2, padding=1)
    199
    >>> transposed_output_size(100, kernel=3, stride=2, padding=1, output_padding=1)
    200
    """
    n = whole_number("n", n, least=1)
    steps = whole_number("kernel", kernel, least=1) - 1
    stride = whole_number("stride", stride, least=1)
    padding = whole_number("padding", padding, least=0)
    dilation = whole_number("dilation", dilation, least=1)
    added = whole_number("output_padding", output_padding, least=0)
    if added >= max(stride, dilation):
        raise ValueError(f"output_padding={added} must be below stride={stride} or dilation={dilation}")
    size = (n - 1) * stride - 2 * padding + dilation * steps + added + 1
    if size < 1:
        raise ValueError(f"padding={padding} must leave at least one of the {size + 2 * padding} pixels")
    return size


def pool_output_size(
    n: SupportsIndex,
    kernel: SupportsIndex,
    stride: SupportsIndex | None = None,
    padding: SupportsIndex = 0,
    dilation: SupportsIndex = 1,
    ceil_mode: bool = False,  # noqa: FBT001, FBT002 - in its place, as in torch
) -> int:
    r"""Count the windows that are pooled on a row of ``n`` pixels.

    .. math:: o = \left\lfloor \frac{n + 2p - d(k - 1) - 1}{s} \right\rfloor + 1

    ``ceil_mode`` rounds up: the last window may reach beyond the padding.
    It must not start there, nor in the padding on the right.

    Args:
        n: pixels in the row.
        kernel: pixels in a window, :math:`k`.
        stride: pixels from one window to the next, :math:`s`; the window's own size where it is not given.
        padding: pixels on each side, :math:`p`; at most half a window.
        dilation: pixels of the row from one pixel of the window to the next, :math:`d`.
        ceil_mode: whether to round up.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is out of range, or no window fits.

    References:
        Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*, relationship 7.

    >>> pool_output_size(5, kernel=2)
    2
    >>> pool_output_size(5, kernel=2, ceil_mode=True)
    3
    >>> pool_output_size(5, kernel=3, stride=2, padding=1)
    3
    """
    n = whole_number("n", n, least=1)
    kernel = whole_number("kernel", kernel, least=1)
    stride = kernel if stride is None else whole_number("stride", stride, least=1)
    padding = whole_number("padding", padding, least=0)
    reach = whole_number("dilation", dilation, least=1) * (kernel - 1) + 1
    if 2 * padding > kernel:
        raise ValueError(f"padding={padding} must be at most half of kernel={kernel}")
    padded = n + 2 * padding
    steps = -((reach - padded) // stride) if ceil_mode else (padded - reach) // stride
    if steps * stride >= n + padding:
        steps -= 1
    if steps < 0:
        raise ValueError(
            f"kernel={kernel} with dilation={dilation} reaches over {reach} pixels "
            f"and does not fit the {padded} that n={n} with padding={padding} offers"
        )
    return steps + 1


def same_padding(
    n: SupportsIndex, kernel: SupportsIndex, stride: SupportsIndex = 1, dilation: SupportsIndex = 1
) -> tuple[int, int]:
    r"""Count the pixels that Keras and TensorFlow add before and after a row under ``padding="same"``.

    They promise an output of :math:`o = \lceil n / s \rceil` pixels, and add as many as that takes:

    .. math:: \max\bigl((o - 1)\,s + d(k - 1) + 1 - n,\ 0\bigr)

    Half of them stand before the row, and where their number is odd, the one left over goes to the end.
    So the padding depends on ``n``, which PyTorch's ``padding="same"`` avoids by refusing a stride.
    A transposed convolution with ``"same"`` makes :math:`ns` pixels of ``n``.
    It cuts off what the convolution of so many pixels would add: ``same_padding(n * stride, kernel, stride)``.

    Args:
        n: pixels in the row.
        kernel: weights in the row, :math:`k`.
        stride: pixels from one place to the next, :math:`s`.
        dilation: pixels from one weight to the next, :math:`d`.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is below 1.

    References:
        `TensorFlow, tf.nn, notes on padding <https://www.tensorflow.org/api_docs/python/tf/nn>`_.

    >>> same_padding(13, kernel=6, stride=5)
    (1, 2)
    >>> same_padding(6, kernel=3, stride=2)
    (0, 1)
    """
    n = whole_number("n", n, least=1)
    steps = whole_number("kernel", kernel, least=1) - 1
    stride = whole_number("stride", stride, least=1)
    reach = whole_number("dilation", dilation, least=1) * steps + 1
    places = -(-n // stride)
    missing = max((places - 1) * stride + reach - n, 0)
    return missing // 2, missing - missing // 2
