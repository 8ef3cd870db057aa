"""Ask Keras what its layers answer, and record it for the page that compares Keras with PyTorch.

pip install --editable . --group keras tensorflow-cpu
KERAS_BACKEND=tensorflow python benchmarks/keras_layers.py     record what Keras answers
KERAS_BACKEND=torch python benchmarks/keras_layers.py --also   add what it answers differently on another backend

Inputs and weights are small whole numbers that :func:`small` makes from a shape, so the record holds only the answers.
Weights that Keras draws itself are recorded as the largest one, which tells the bound of their distribution.
"""

import argparse
import inspect
from importlib.metadata import version
from typing import Any

import keras
import numpy as np

from cnnbook import recorded

SEED = 0
Case = tuple[str, dict[str, Any], tuple[int, ...]]  # a layer, its arguments, the shape of its input
CASES: dict[str, Case] = {
    "causal": ("Conv1D", {"filters": 2, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, (1, 7, 2)),
    "causal, stride": ("Conv1D", {"filters": 1, "kernel_size": 3, "padding": "causal", "strides": 2}, (1, 7, 1)),
    "valid": ("Conv2D", {"filters": 3, "kernel_size": (3, 2)}, (1, 4, 5, 2)),
    "relu": ("Conv2D", {"filters": 2, "kernel_size": 3, "activation": "relu"}, (1, 4, 4, 1)),
    "groups": ("Conv2D", {"filters": 4, "kernel_size": 2, "groups": 2}, (1, 3, 3, 4)),
    "same, kernel 4": ("Conv2D", {"filters": 1, "kernel_size": 4, "padding": "same"}, (1, 3, 4, 1)),
    "same, dilation": ("Conv2D", {"filters": 1, "kernel_size": 3, "padding": "same", "dilation_rate": 2}, (1, 4, 5, 1)),
    "same, stride, 6×5": ("Conv2D", {"filters": 1, "kernel_size": 3, "padding": "same", "strides": 2}, (1, 6, 5, 1)),
    "same, stride, 5×6": ("Conv2D", {"filters": 2, "kernel_size": 3, "padding": "same", "strides": 2}, (1, 5, 6, 2)),
    "volume": ("Conv3D", {"filters": 2, "kernel_size": 3, "padding": "same", "strides": 2}, (1, 3, 4, 4, 1)),
    "depthwise": ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}, (1, 4, 5, 2)),
    "depthwise, one axis": ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2}, (1, 5, 2)),
    "separable": ("SeparableConv2D", {"filters": 3, "kernel_size": 3, "depth_multiplier": 2}, (1, 4, 4, 2)),
    "dense": ("Dense", {"units": 3}, (2, 4)),
    "maximum": ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (1, 6, 5, 1)),
    "mean": ("AveragePooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (1, 6, 5, 1)),
    "mean, pairs": ("AveragePooling2D", {"pool_size": 2, "padding": "same"}, (1, 3, 5, 1)),
    "global mean": ("GlobalAveragePooling2D", {}, (2, 3, 2, 2)),
    "nearest": ("UpSampling2D", {}, (1, 2, 3, 1)),
    "bilinear": ("UpSampling2D", {"interpolation": "bilinear"}, (1, 2, 3, 1)),
    "zeros": ("ZeroPadding2D", {"padding": ((1, 0), (2, 3))}, (1, 2, 2, 1)),
    "transposed, channels": ("Conv2DTranspose", {"filters": 3, "kernel_size": (3, 2), "strides": 2}, (1, 2, 3, 2)),
    "transposed, dilation": ("Conv1DTranspose", {"filters": 1, "kernel_size": 3, "dilation_rate": 2}, (1, 4, 1)),
    "transposed, output padding": (
        "Conv1DTranspose",
        {"filters": 1, "kernel_size": 4, "strides": 3, "padding": "same", "output_padding": 1},
        (1, 3, 1),
    ),
    "transposed, volume": ("Conv3DTranspose", {"filters": 2, "kernel_size": 2}, (1, 1, 2, 2, 3)),
} | {
    f"transposed, {padding}, kernel {kernel}, stride {stride}, {n}": (
        "Conv1DTranspose",
        {"filters": 1, "kernel_size": kernel, "strides": stride, "padding": padding},
        (1, n, 1),
    )
    for padding in ("same", "valid")
    for kernel in range(1, 7)
    for stride in (2, 3)
    for n in (3, 4)
    if padding == "same" or n == 3  # noqa: PLR2004  without cutting, one size is enough
}
DRAWN: dict[str, Case] = {
    "Conv2D": ("Conv2D", {"filters": 64, "kernel_size": 3}, (1, 8, 8, 32)),
    "Dense": ("Dense", {"units": 64}, (1, 128)),
    "DepthwiseConv2D": ("DepthwiseConv2D", {"kernel_size": 3}, (1, 8, 8, 512)),
    "Conv2DTranspose": ("Conv2DTranspose", {"filters": 64, "kernel_size": 3}, (1, 8, 8, 32)),
}
REFUSED: dict[str, Case] = {
    "stride and dilation": ("Conv2D", {"filters": 1, "kernel_size": 3, "strides": 2, "dilation_rate": 2}, (1, 8, 8, 1)),
    "transposed, groups": ("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "groups": 2}, (1, 4, 4, 2)),
    "a number as padding": ("Conv2D", {"filters": 1, "kernel_size": 3, "padding": 1}, (1, 4, 4, 1)),
    "causal in the plane": ("Conv2D", {"filters": 1, "kernel_size": 3, "padding": "causal"}, (1, 4, 4, 1)),
    "mirrors": ("Conv2D", {"filters": 1, "kernel_size": 3, "padding_mode": "reflect"}, (1, 4, 4, 1)),
}
LAYERS = sorted({layer for layer, _, _ in CASES.values()} | {"BatchNormalization", "Dropout"})


def small(shape: tuple[int, ...]) -> np.ndarray:
    """Fill an array with the remainders of 7, 14, 21, … by eleven, less five.

    >>> small((2, 3))
    array([[-5.,  2., -2.],
           [ 5.,  1., -3.]], dtype=float32)
    """
    return (np.arange(np.prod(shape)) * 7 % 11 - 5).reshape(shape).astype(np.float32)


def answer(case: Case) -> dict[str, Any]:
    """Build a layer, give it small weights, and let it answer."""
    name, options, shape = case
    layer = getattr(keras.layers, name)(**options)
    layer.build((None, *shape[1:]))
    weights = [tuple(map(int, weight.shape)) for weight in layer.weights]
    layer.set_weights([small(weight) for weight in weights])
    output = keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(small(shape))))
    numbers = [int(x) if x.is_integer() else round(x, 5) for x in map(float, output.ravel())]
    about = {"layer": name, "options": options, "input": shape, "weights": weights}
    return about | {"output": list(output.shape), "numbers": " ".join(map(str, numbers))}


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two answers are the same up to rounding."""
    return np.allclose(*[np.array(answer["numbers"].split(), float) for answer in (one, other)], atol=1e-4)


def largest(case: Case) -> dict[str, Any]:
    """Find the largest of the weights that a layer draws, and what its biases begin with."""
    name, options, shape = case
    keras.utils.set_random_seed(SEED)
    layer = getattr(keras.layers, name)(**options)
    layer.build((None, *shape[1:]))
    kernel, bias = layer.get_weights()
    return {"kernel": list(kernel.shape), "largest": float(np.abs(kernel).max()), "bias": float(np.abs(bias).max())}


def refusal(case: Case) -> str:
    """Return the first sentence with which Keras refuses a layer."""
    try:
        answer(case)
    except (AttributeError, TypeError, ValueError) as error:
        return str(error).split(". ")[0].split("\n")[0]
    raise AssertionError(f"Keras {keras.__version__} takes {case}")


def defaults(name: str) -> dict[str, Any]:
    """List the arguments of a layer that have a default other than None."""
    arguments = inspect.signature(getattr(keras.layers, name).__init__).parameters.values()
    return {one.name: one.default for one in arguments if one.default not in {inspect.Parameter.empty, None}}


def trained() -> dict[str, list[float]]:
    """Normalise a batch of four in training, and return what the layer answers and keeps."""
    layer = keras.layers.BatchNormalization()
    output = layer(keras.ops.convert_to_tensor(small((4, 1, 1, 2))), training=True)
    kept = {weight.name: weight for weight in layer.weights}
    found = {"output": output, "moving_mean": kept["moving_mean"], "moving_variance": kept["moving_variance"]}
    return {name: keras.ops.convert_to_numpy(array).round(6).ravel().tolist() for name, array in found.items()}


def dropped() -> list[float]:
    """List the different numbers that ones become when a quarter is dropped."""
    ones = keras.ops.ones((1, 1000))
    output = keras.ops.convert_to_numpy(keras.layers.Dropout(0.25, seed=SEED)(ones, training=True))
    return sorted({round(float(number), 5) for number in output.ravel()})


def ask() -> dict[str, Any]:
    """Ask Keras everything that the page compares."""
    return {
        "answers": {name: answer(case) for name, case in CASES.items()},
        "drawn": {name: largest(case) for name, case in DRAWN.items()},
        "refused": {name: refusal(case) for name, case in REFUSED.items()},
        "defaults": {name: defaults(name) for name in LAYERS},
        "BatchNormalization": trained(),
        "Dropout": dropped(),
    }


def main() -> None:
    """Record all answers with the backend that gave them, or what another one answers differently."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--also", action="store_true", help="add to the record what this backend answers differently")
    backend, found, versions = keras.backend.backend(), ask(), {"keras": keras.__version__}
    if parser.parse_args().also:
        record = recorded.read("keras")
        pairs = {name: (record["answers"][name], other) for name, other in found["answers"].items()}
        different = {name: other["numbers"] for name, (one, other) in pairs.items() if not agree(one, other)}
        versions, found = record["versions"], {key: record[key] for key in found} | {"elsewhere": {backend: different}}
        print(f"{backend} differs in: {', '.join(different) or 'nothing'}")
    versions[backend] = version({"tensorflow": "tensorflow_cpu"}.get(backend, backend)).split("+")[0]
    path = recorded.write("keras", script="benchmarks/keras_layers.py", seed=SEED, versions=versions, **found)
    print(f"{len(CASES)} answers of Keras {keras.__version__} on {backend}: {path}")


if __name__ == "__main__":
    main()
