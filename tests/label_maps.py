"""Pairs of maps of labels, drawn by hypothesis."""

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

IGNORED = 255


def labels(shape, values):
    return arrays(np.int64, shape, elements=st.sampled_from(values)).map(torch.from_numpy)


@st.composite
def pairs(draw, most=4, side=5, images=3):
    """Return the number of classes, a predicted map, and a target in which some pixels are not judged."""
    num_classes = draw(st.integers(1, most))
    shape = draw(st.tuples(st.integers(1, images), st.integers(1, side), st.integers(1, side)))
    classes = list(range(num_classes))
    ignored = draw(st.sampled_from([[], [IGNORED]]))
    return num_classes, draw(labels(shape, classes)), draw(labels(shape, classes + ignored))
