"""Weights of ``keras.applications`` in the book's VGG-16 and Xception: one table says which layer is which.

================  ==================================  ================================================
what differs      Keras                               here
================  ==================================  ================================================
axes              filters last                        filters first: :mod:`cnnbook.layers.keras`
VGG's fc1         reads rows, columns, channels       reads channels, rows, columns
Xception's norms  epsilon 0.001 beside each variance  0.00001: what is missing is added to the
                                                      variance, so evaluation gives Keras's answers
Xception's pools  where the side is even, the border  one before and one after: equal answers for
                  is after only                       sides of 32k + 7 and 32k + 8, such as 295 or 327
================  ==================================  ================================================

Keras's published VGG-16 wants channels blue, green, red from 0 to 255 less 103.939, 116.779 and 123.68;
its Xception wants red, green, blue from −1 to 1.
"""

import io
import os
import re
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from cnnbook.layers.keras import from_keras
from cnnbook.networks.vgg import VGG
from cnnbook.networks.weights import install, listed
from cnnbook.networks.xception import Xception

Row = tuple[str, str, str]
"""Kind and name of a layer in Keras, and its name here; Keras names layers without a name by counting."""

Arrays = dict[str, list[Shaped[np.ndarray, "..."]]]
"""The arrays of each layer in a file."""

FLATTENED = {"fc1": (7, 7, 512)}  # rows, columns, channels that a dense layer reads in a row
EPSILON = 1e-3  # Keras's, beside a variance


def vgg16_rows() -> Iterator[Row]:
    """Write out which layer of Keras's VGG16 is which of ours."""
    ours = iter((0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28))
    for block, count in enumerate((2, 2, 3, 3, 3), start=1):
        for number in range(1, count + 1):
            yield "Conv2D", f"block{block}_conv{number}", f"features.{next(ours)}"
    for name, place in (("fc1", 0), ("fc2", 3), ("predictions", 6)):
        yield "Dense", name, f"classifier.{place}"


def xception_rows() -> Iterator[Row]:
    """Write out which layer of Keras's Xception is which of ours: its blocks 2 to 13 are our 1 to 12."""
    for number in (1, 2):
        yield "Conv2D", f"block1_conv{number}", f"conv{number}"
        yield "BatchNormalization", f"block1_conv{number}_bn", f"bn{number}"
    for block in range(2, 14):
        places = {2: (0, 3), 3: (1, 4), 4: (1, 4), 13: (1, 4)}.get(block, (1, 4, 7))
        for number, place in enumerate(places, start=1):
            yield "SeparableConv2D", f"block{block}_sepconv{number}", f"block{block - 1}.rep.{place}"
            yield "BatchNormalization", f"block{block}_sepconv{number}_bn", f"block{block - 1}.rep.{place + 1}"
        if len(places) == 2:  # noqa: PLR2004  the blocks that halve have a shortcut with weights
            yield "Conv2D", "", f"block{block - 1}.skip"
            yield "BatchNormalization", "", f"block{block - 1}.skipbn"
    for number in (1, 2):
        yield "SeparableConv2D", f"block14_sepconv{number}", f"conv{number + 2}"
        yield "BatchNormalization", f"block14_sepconv{number}_bn", f"bn{number + 2}"
    yield "Dense", "predictions", "fc"


ROWS: dict[type[nn.Module], tuple[Row, ...]] = {VGG: tuple(vgg16_rows()), Xception: tuple(xception_rows())}


def load_keras_weights(network: VGG | Xception, file: str | os.PathLike[str], *, strict: bool = True) -> None:
    """Give a VGG-16 or an Xception the weights that Keras has saved; after any refusal it is as it was.

    Args:
        network: :func:`~cnnbook.networks.vgg.vgg16` or :func:`~cnnbook.networks.xception.xception`.
        file: what ``save_weights`` or ``save`` wrote: ``.weights.h5``, ``.keras``, or the old ``.h5``.
        strict: refuse a file that lacks layers (as those with ``include_top=False`` do) or has others.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: h5py is not installed.
        TypeError: the network is another.
        ValueError: the file is damaged or not Keras's, or its weights do not fit.

    >>> load_keras_weights(nn.Linear(2, 1), "vgg16.weights.h5")
    Traceback (most recent call last):
    TypeError: network must be VGG or Xception, not Linear
    """
    if type(network) not in ROWS:
        raise TypeError(f"network must be VGG or Xception, not {type(network).__name__}")
    if not Path(file).is_file():
        raise FileNotFoundError(f"file={os.fspath(file)!r} is not there")
    arrays, counted = read(Path(file))
    weights: dict[str, Tensor] = {}
    seen: dict[str, int] = {}
    unnamed = {kind: _without_a_name(arrays, kind) for kind in ("Conv2D", "BatchNormalization")}
    for kind, name, ours in ROWS[type(network)]:
        number = seen[kind] = seen.get(kind, -1) + 1
        found = _numbered(kind, number) if counted else name or next(unnamed[kind], "")
        try:
            weights |= converted(network, kind, name, ours, arrays.pop(found, []))
        except ValueError as error:
            raise ValueError(f"{os.fspath(file)} does not fit {type(network).__name__}: {found}: {error}") from error
    if arrays and strict:
        raise ValueError(f"{os.fspath(file)} does not fit {type(network).__name__}: nobody asked for {listed(arrays)}")
    install(network, weights, file, strict=strict)


def converted(
    network: nn.Module, kind: str, name: str, ours: str, arrays: list[Shaped[np.ndarray, "..."]]
) -> dict[str, Shaped[Tensor, "..."]]:
    """Name and turn the arrays of one layer as torch does; none, where the file has none."""
    tensors = [torch.from_numpy(np.asarray(array)) for array in arrays]
    if kind == "BatchNormalization":
        if len(tensors) == 4:  # noqa: PLR2004  scale, shift, mean, variance
            tensors[3] = tensors[3] + (EPSILON - getattr(network.get_submodule(ours), "eps", EPSILON))
        names = ["weight", "bias", "running_mean", "running_var"]
    elif kind == "SeparableConv2D":
        names = ["conv1.weight", "pointwise.weight"]
        kinds = ["DepthwiseConv2D", "Conv2D"]
        tensors = [from_keras(one, kernel) for one, kernel in zip(kinds, tensors, strict=False)]
    else:
        names = ["weight", "bias"]
        if tensors and name in FLATTENED and tensors[0].shape[0] == np.prod(FLATTENED[name]):
            maps = torch.unflatten(tensors[0], 0, FLATTENED[name])  # dense after maps: a convolution as large as they
            tensors[0] = from_keras("Conv2D", maps).flatten(1)
        elif tensors:
            tensors[0] = from_keras(kind, tensors[0])
    return {f"{ours}.{part}": tensor for part, tensor in zip(names, tensors, strict=False)}


def read(path: Path) -> tuple[Arrays, bool]:
    """Read the arrays of each layer that has any, and say whether Keras has named the layers by counting.

    Raises:
        ImportError: h5py is not installed.
        ValueError: the file is damaged or not Keras's.
    """
    h5py = import_module("h5py")
    try:
        content: Any = path
        if zipfile.is_zipfile(path):  # .keras
            with zipfile.ZipFile(path) as archive:
                content = io.BytesIO(archive.read("model.weights.h5"))
        with h5py.File(content) as file:
            group = file.get("model_weights", file)
            if "layer_names" in group.attrs:
                names = [_text(name) for name in group.attrs["layer_names"]]
                arrays = {n: [group[n][_text(part)][()] for part in group[n].attrs["weight_names"]] for n in names}
            else:
                layers = file["layers"]
                arrays = {
                    n: [layers[n]["vars"][part][()] for part in sorted(layers[n]["vars"], key=int)] for n in layers
                }
            return {name: found for name, found in arrays.items() if found}, "layer_names" not in group.attrs
    except Exception as error:  # a damaged file can provoke any
        raise ValueError(f"{path} is damaged or no file of Keras's weights: {error}") from error


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _numbered(kind: str, number: int) -> str:
    """Name a layer as Keras does in files: ``SeparableConv2D``, the third, is ``separable_conv2d_2``."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
    return f"{snake}_{number}" if number else snake


def _without_a_name(arrays: Arrays, kind: str) -> Iterator[str]:
    """List the layers that Keras has named by counting, in its order."""
    names = [name for name in arrays if re.fullmatch(_numbered(kind, 0) + r"(_\d+)?", name)]
    return iter(sorted(names, key=lambda name: int(name.removeprefix(_numbered(kind, 0)).lstrip("_") or 0)))
