"""What all tests share."""

import jaxtyping
import pytest


@pytest.fixture(scope="class")  # a test without a class is one to pytest; hypothesis refuses scope="function"
def as_the_reader_runs_it():
    """Switch the shape annotations off, which pytest checks and a reader's Python does not.

    A wrong argument then meets the package's own error, and not jaxtyping's before it.
    """
    jaxtyping.config.update("jaxtyping_disable", value=True)
    yield
    jaxtyping.config.update("jaxtyping_disable", value=False)
