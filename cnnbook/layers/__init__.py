"""The operations as torch modules, written out by hand; each takes the place of its namesake in :mod:`torch.nn`."""

from cnnbook.layers.avg_pool import AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, AvgPool3d
from cnnbook.layers.causal import CausalConv1d
from cnnbook.layers.conv import Conv1d, Conv2d, Conv3d
from cnnbook.layers.conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from cnnbook.layers.depthwise_separable import DepthwiseSeparableConv2d
from cnnbook.layers.dropout import Dropout
from cnnbook.layers.max_pool import MaxPool1d, MaxPool2d, MaxPool3d
from cnnbook.layers.max_unpool import MaxUnpool1d, MaxUnpool2d, MaxUnpool3d
from cnnbook.layers.norm import BatchNorm2d, LocalResponseNorm
from cnnbook.layers.upsample import Upsample

__all__ = [
    "AdaptiveAvgPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BatchNorm2d",
    "CausalConv1d",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "DepthwiseSeparableConv2d",
    "Dropout",
    "LocalResponseNorm",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
    "Upsample",
]
