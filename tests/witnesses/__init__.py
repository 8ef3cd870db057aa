"""Every operation of the book with its configurations, an oracle, and the witnesses that must say the same."""

from importlib import import_module
from pkgutil import iter_modules

import numpy as np

from witnesses.operation import by_autograd

OPERATIONS = {}
for module in sorted(iter_modules(__path__)):
    for operation in getattr(import_module(f"witnesses.{module.name}"), "OPERATIONS", []):
        assert OPERATIONS.setdefault(operation.name, operation) is operation, (
            f"two operations are called {operation.name}"
        )


def compare(operation, case):
    """Hold every witness against the oracle: the output, and the gradient to every array."""
    oracle = by_autograd(operation.oracle)
    output, _ = oracle(case, None)
    grad_output = np.random.default_rng(0).standard_normal(output.shape)
    output, gradients = oracle(case, grad_output)
    for witness, testify in operation.witnesses.items():
        found, found_gradients = testify(case, grad_output)
        for name, expected in {"output": output, **gradients}.items():
            ours = found if name == "output" else found_gradients[name]
            assert ours.shape == expected.shape, f"{witness}: {name}"
            np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-10, err_msg=f"{witness}: {name}")
