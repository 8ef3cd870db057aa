r"""Dropout as a layer: forget numbers at random while training."""

from typing import SupportsFloat

import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from cnnbook.layers.checks import check_floating, check_tensor
from cnnbook.shapes import real_number


class Dropout(nn.Module):
    r"""Set each number to zero with probability :math:`p`: as :class:`torch.nn.Dropout`, written out.

    .. math:: y = \frac{r}{1 - p}\,x \qquad r = 1 \text{ with probability } 1 - p, \text{ else } 0

    The numbers that stay are enlarged, so that the expectation of each is what it was.
    In evaluation the input is returned as it is.
    Input and output may have any axes.
    The CPU draws what :mod:`torch.nn` draws from the same seed; a GPU has its own order there.

    Args:
        p: probability of zero.
        inplace: whether the input itself is changed.

    Raises:
        TypeError: ``p`` is no number, or the input is no tensor.
        ValueError: ``p`` is not within 0 and 1, or the input holds no floating-point numbers;
            the latter is a :class:`RuntimeError` too.

    References:
        Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov (2014),
        *Dropout: a simple way to prevent neural networks from overfitting*.

    >>> set(Dropout(p=0.75)(torch.ones(1000)).tolist()) == {0.0, 4.0}
    True
    >>> Dropout(p=0.75).eval()(torch.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, p: SupportsFloat = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= real_number("p", p) <= 1:
            raise ValueError(f"p={p} must be within 0 and 1")
        self.p, self.inplace = p, inplace

    def forward(self, input: Shaped[Tensor, "*size"]) -> Shaped[Tensor, "*size"]:
        """Return the input, or while training, what is left of it."""
        check_tensor(input)
        if not self.training or self.p == 0 or not input.numel():
            return input
        kept = self.mask(input)
        return input.mul_(kept) if self.inplace else input * kept

    def mask(self, input: Shaped[Tensor, "*size"]) -> Shaped[Tensor, "..."]:
        """Draw zero where a number is to be forgotten, and :math:`1/(1 - p)` elsewhere."""
        if self.p == 1:
            return torch.zeros((), dtype=input.dtype, device=input.device)
        check_floating(input)
        kept = 1 - float(self.p)
        return torch.empty_like(input).bernoulli_(kept).div_(kept)

    def extra_repr(self) -> str:
        """Show the settings as :mod:`torch.nn` does."""
        return f"p={self.p}, inplace={self.inplace}"
