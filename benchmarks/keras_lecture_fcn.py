"""Build the lecture's segmentation network in Keras, a sixteenth as wide, and record what it answers.

pip install --editable . --group keras
KERAS_BACKEND=torch python benchmarks/keras_lecture_fcn.py

Image and weights are small numbers that :func:`small` makes from a shape, so the record holds only the answer.
"""

from importlib.metadata import version

import keras
import numpy as np
from keras import layers

from cnnbook import recorded

SEED = 0  # nothing is drawn
WIDTH, CLASSES, IMAGE = 4, 3, (16, 24)


def small(shape: tuple[int, ...]) -> np.ndarray:
    """Fill an array with the remainders of 7, 14, 21, … by eleven, less five.

    >>> small((2, 3))
    array([[-5.,  2., -2.],
           [ 5.,  1., -3.]], dtype=float32)
    """
    return (np.arange(np.prod(shape)) * 7 % 11 - 5).reshape(shape).astype(np.float32)


def image(rows: int, columns: int) -> np.ndarray:
    """Make an image as Keras wants it: numbers from 0 to 250, channels last.

    >>> image(1, 2)
    array([[[[  0., 175., 75.],
             [250., 150., 50.]]]], dtype=float32)
    """
    return (small((1, rows, columns, 3)) + 5) * 25


def lecture_model(width: int = 64, classes: int = 3, size: tuple[int | None, int | None] = (200, 200)) -> keras.Model:
    """Write the network down as the lecture does."""
    inputs = keras.Input(shape=(*size, 3))
    x = layers.Rescaling(1.0 / 255)(inputs)
    for filters, strides in ((1, 2), (1, 1), (2, 2), (2, 1), (4, 2), (4, 1)):
        x = layers.Conv2D(filters * width, 3, strides=strides, activation="relu", padding="same")(x)
    for filters, strides in ((4, 1), (4, 2), (2, 1), (2, 2), (1, 1), (1, 2)):
        x = layers.Conv2DTranspose(filters * width, 3, strides=strides, activation="relu", padding="same")(x)
    outputs = layers.Conv2D(classes, 3, activation="softmax", padding="same")(x)
    return keras.Model(inputs, outputs)


def weighted(model: keras.Model) -> keras.Model:
    """Give a model small weights: each kernel by the root of the numbers it reads, each bias a fiftieth."""
    arrays = []
    for array in model.get_weights():
        share = 50 if array.ndim == 1 else 1.4 * np.sqrt(array[..., 0].size)
        arrays.append(small(array.shape) / share)
    model.set_weights(arrays)
    return model


def answer(model: keras.Model, rows: int, columns: int) -> np.ndarray:
    """Return the probabilities that a model gives, channels last."""
    return keras.ops.convert_to_numpy(model(keras.ops.convert_to_tensor(image(rows, columns))))


def main() -> None:
    """Record the probabilities for one image."""
    model = weighted(lecture_model(WIDTH, CLASSES, IMAGE))
    found = answer(model, *IMAGE)
    backend = keras.backend.backend()
    path = recorded.write(
        "lecture_fcn",
        script="benchmarks/keras_lecture_fcn.py",
        seed=SEED,
        versions={"keras": keras.__version__, backend: version(backend).split("+")[0]},
        width=WIDTH,
        image=IMAGE,
        parameters={"64": lecture_model().count_params(), str(WIDTH): model.count_params()},
        weights=[list(array.shape) for array in model.get_weights()],
        output=list(found.shape),
        probabilities=" ".join(f"{number:.7f}" for number in found.ravel()),
    )
    print(f"probabilities from {found.min():.3f} to {found.max():.3f}, deviation {found.std():.3f}: {path}")


if __name__ == "__main__":
    main()
