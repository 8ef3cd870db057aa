"""What GoogLeNet and Inception v3 have in common: their unit of convolution, and how their weights want images."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import relu

Kernel = int | tuple[int, int]
"""Rows and columns, or one number for both."""


class ConvNorm(nn.Module):
    """A convolution without bias, batch normalisation, ReLU; ``padded`` keeps the size where the stride is 1."""

    def __init__(self, channels: int, filters: int, kernel: Kernel, stride: int = 1, *, padded: bool = True) -> None:
        super().__init__()
        rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        padding = (rows // 2, columns // 2) if padded else 0
        self.conv = nn.Conv2d(channels, filters, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(filters, eps=0.001)

    def forward(self, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c_out oh ow"]:
        """Make maps of another number, and no negative ones."""
        return relu(self.bn(self.conv(maps)), inplace=True)


def as_published(images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 3 h w"]:
    """Scale images that were normalised by ImageNet's mean and deviation to -1 ... 1, as TensorFlow's weights ask.

    >>> as_published(torch.zeros(1, 3, 1, 1)).flatten()  # the mean, of 0 ... 1: a little darker than grey
    tensor([-0.0300, -0.0880, -0.1880])
    """
    mean = images.new_tensor([0.485, 0.456, 0.406])[:, None, None]
    deviation = images.new_tensor([0.229, 0.224, 0.225])[:, None, None]
    return images * (deviation / 0.5) + (mean - 0.5) / 0.5
