"""Hold a network of the book against torchvision's or timm's: the same keys, the same answers, the same gradients.

Where the libraries are installed they are asked; where they are not, their recorded answers are
(``golden/<file>.json``, written by ``nox -s parity -- --record``).
Both times every weight is drawn by a stated rule, so that nothing needs to be downloaded.
"""

import hashlib
import importlib
import importlib.util
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from parity.references import Reference

GOLDEN = Path(__file__).parent / "golden"
PERIOD = 1_000_003
SHOWN = 5  # how many numbers of each answer are recorded beside its norm


def drawn(name: str, shape: tuple[int, ...]) -> Tensor:
    """Draw the tensor of this name: its seed is the name's hash, its stream is NumPy's that never changes.

    The largest repeat a stretch of a prime length: no two rows are alike, and VGG is drawn in seconds.
    Weights have He's variance, so that signals neither vanish nor explode; scales and variances are near one.
    """
    seed = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    once = np.random.RandomState(seed).random_sample(min(int(np.prod(shape)), PERIOD)) * 2 - 1
    wave = torch.from_numpy(np.resize(once, shape))
    if len(shape) > 1:
        inputs = int(np.prod(shape[1:]))
        return wave.mul_((6 / inputs) ** 0.5)
    if name.endswith(("running_var", "weight")):
        return wave.mul_(0.3).add_(1)
    return wave.mul_(0.1)


def filled(network: nn.Module) -> nn.Module:
    """Give a network the weights of the rule, in float64, and switch the chance of dropout off."""
    network = network.double()
    state = {
        name: torch.tensor(1) if name.endswith("num_batches_tracked") else drawn(name, tuple(value.shape))
        for name, value in network.state_dict().items()
    }
    network.load_state_dict(state)
    for layer in network.modules():
        if isinstance(layer, nn.Dropout | nn.Dropout2d):
            layer.p = 0.0
    return network


def schema(network: nn.Module) -> list[str]:
    """List the names and shapes of what a network saves, sorted."""
    return sorted(f"{name} {tuple(value.shape)}" for name, value in network.state_dict().items())


def answers(network: nn.Module, size: int, channels: int = 3) -> dict[str, Tensor]:
    """Ask for scores in evaluation and in training, and for the gradient that the latter send to the images.

    The weights' gradients are asked for their norm, in the order of their names.
    """
    images = drawn("images", (2, channels, size, size))
    network.eval()
    with torch.no_grad():
        answered = {"scores": joined(network(images))}
    network.train()
    images.requires_grad_()
    scores = joined(network(images))
    (scores * drawn("direction", tuple(scores.shape))).sum().backward()
    norms = [weight.grad.norm() for _, weight in sorted(network.named_parameters()) if weight.grad is not None]
    return answered | {"training": scores.detach(), "gradient": images.grad, "norms": torch.stack(norms)}


def joined(scores: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Put the scores of several heads (GoogLeNet's in training) side by side."""
    return scores if isinstance(scores, Tensor) else torch.cat([head for head in scores if head is not None], dim=1)


def built(reference: Reference) -> nn.Module:
    """Build a library's network, without its published weights; skip where it is not installed."""
    library, name, options = reference.library, reference.name, reference.options | reference.only_theirs
    if importlib.util.find_spec(library) is None or importlib.util.find_spec("torchvision") is None:
        pytest.skip(f"{library} is not installed (nox -s parity)")
    define_operators()
    if library == "timm":
        return importlib.import_module("timm").create_model(name, pretrained=False, **options)
    factory = getattr(importlib.import_module("torchvision.models"), name)
    return factory(weights=None, **options)


def define_operators() -> None:
    """Name torchvision's compiled operators, which no network here calls, where its wheel is for another torch."""
    package = Path(importlib.util.find_spec("torchvision").origin).parent
    text = "".join(path.read_text("utf-8") for path in package.glob("*.py"))
    names = set(re.findall(r'torchvision::(\w+)"', text)) | set(re.findall(r'register_meta\("(\w+)"', text))
    for name in names - defined:
        try:
            operators.define(f"{name}(Tensor boxes) -> Tensor")
        except RuntimeError:  # it is there: the wheel fits
            return
        defined.add(name)


operators = torch.library.Library("torchvision", "FRAGMENT")
defined: set[str] = set()


def check_equal(ours: nn.Module, theirs: nn.Module, size: int) -> None:
    """Hold a network of the book against a library's: saved names, scores, gradients."""
    assert schema(ours) == schema(theirs)
    want, found = answers(filled(theirs), size), answers(filled(ours), size)
    for what, value in want.items():
        torch.testing.assert_close(found[what], value, rtol=1e-10, atol=1e-10, msg=partial("{}: {}".format, what))


def check_seed(build: Callable[[], nn.Module], build_theirs: Callable[[], nn.Module]) -> None:
    """Hold what a seed draws for a network of the book against what it draws for a library's."""
    torch.manual_seed(0)
    ours = build().state_dict()
    torch.manual_seed(0)
    theirs = build_theirs().state_dict()
    assert [name for name in theirs if not torch.equal(ours[name], theirs[name])] == []


def recorded(network: nn.Module, size: int) -> dict[str, Any]:
    """What the golden file keeps of a library's network."""
    entry: dict[str, Any] = {"size": size, "keys": len(schema(network)), "schema": digest(network)}
    for what, value in answers(filled(network), size).items():
        entry[what] = [*value.flatten()[:SHOWN].tolist(), value.norm().item()]
    return entry


def digest(network: nn.Module) -> str:
    """Identify the names and shapes of what a network saves."""
    return hashlib.sha256("\n".join(schema(network)).encode()).hexdigest()


def check_golden(network: nn.Module, file: str, name: str) -> None:
    """Hold a network against what its library answered once."""
    want = json.loads((GOLDEN / f"{file}.json").read_text("utf-8"))["networks"][name]
    assert (len(schema(network)), digest(network)) == (want["keys"], want["schema"])
    for what, value in answers(filled(network), want["size"]).items():
        found = [*value.flatten()[:SHOWN].tolist(), value.norm().item()]
        assert found == pytest.approx(want[what], rel=1e-9, abs=1e-9), what
