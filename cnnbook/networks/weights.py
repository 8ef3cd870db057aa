"""Published weights in the book's networks: by name, by address, or from a file; all of them or none.

Names of weights are torchvision's (timm's for Xception and the first MobileNet), so files fit unchanged.
Nothing is downloaded unless asked for, and nothing that a file says is run.

Images must be prepared as they were in training: see the page that offers the weights.
GoogLeNet's and Inception's want numbers from −1 to 1, all others of the table below ImageNet's mean and deviation.
"""

import hashlib
import os
import pickle
import re
import zipfile
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from cnnbook.download import check_digits, check_hash, fetch

Weights = Mapping[str, Shaped[Tensor, "..."]]
"""Tensors by name, as ``state_dict`` gives them."""

SERVER = "https://download.pytorch.org/models/"

PUBLISHED = {
    "alexnet": "alexnet-owt-7be5be79.pth",
    "vgg11": "vgg11-8a719046.pth",
    "vgg11_bn": "vgg11_bn-6002323d.pth",
    "vgg13": "vgg13-19584684.pth",
    "vgg13_bn": "vgg13_bn-abd245e5.pth",
    "vgg16": "vgg16-397923af.pth",
    "vgg16_bn": "vgg16_bn-6c64b313.pth",
    "vgg19": "vgg19-dcbb9e9d.pth",
    "vgg19_bn": "vgg19_bn-c79401a0.pth",
    "googlenet": "googlenet-1378be20.pth",
    "inception_v3": "inception_v3_google-0cc3c7bd.pth",
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-0676ba61.pth",
    "resnet101": "resnet101-63fe2227.pth",
    "resnet152": "resnet152-394f9c45.pth",
    "densenet121": "densenet121-a639ec97.pth",
    "densenet161": "densenet161-8d451a50.pth",
    "densenet169": "densenet169-b2777c0a.pth",
    "densenet201": "densenet201-c1103571.pth",
    "mobilenet_v2": "mobilenet_v2-b0353104.pth",
}
"""What torchvision calls ``IMAGENET1K_V1``; a name's eight last digits are the beginning of the file's SHA-256."""

SHOWN = 3  # how many names an error lists


def load_weights(
    network: nn.Module,
    source: str | os.PathLike[str],
    *,
    sha256: str | None = None,
    download: bool = False,
    strict: bool = True,
) -> None:
    """Give a network saved weights; after any refusal it is as it was.

    Args:
        network: any network whose names of weights are the file's.
        source: a file of ``torch.save`` (``state_dict`` or a checkpoint with one) or of safetensors,
            a name from :data:`PUBLISHED`, or an address.
        sha256: the file's SHA-256, or its beginning; the table's files are checked without it.
        download: fetch what is not in torch's cache (``$TORCH_HOME/hub/checkpoints``).
        strict: refuse a file that lacks weights of the network, or has others; shapes must always agree.

    Raises:
        FileNotFoundError: there is no such file or name, or it is not in the cache and ``download`` is false.
        ImportError: the file is of safetensors, which is not installed.
        OSError: the download fails; nothing is kept of it.
        TypeError: the network is no module, or the source neither text nor a path.
        ValueError: the hash differs, the file is damaged, holds anything but weights, or its weights do not fit.

    >>> load_weights(nn.Linear(2, 1), "vgg61")
    Traceback (most recent call last):
    FileNotFoundError: source='vgg61' is neither a file nor one of alexnet, vgg11, ...
    """
    if not isinstance(network, nn.Module):
        raise TypeError(f"network must be a torch.nn.Module, not {type(network).__name__}")
    path = locate(source, sha256, download=download)
    install(network, renamed(read(path), network), path, strict=strict)


def locate(source: str | os.PathLike[str], sha256: str | None = None, *, download: bool = False) -> Path:
    """Find the file of :func:`load_weights` and check its hash; arguments and errors are the same."""
    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"source must be a name, an address or a path, not {type(source).__name__}")
    name = os.fspath(source)
    expected = None if sha256 is None else check_digits(sha256)
    url = SERVER + PUBLISHED[name] if name in PUBLISHED else name
    if not url.startswith(("https://", "http://")):
        path = Path(name)
        if not path.is_file():
            raise FileNotFoundError(f"source={name!r} is neither a file nor one of {', '.join(PUBLISHED)}")
        expected = expected or (digits(path.name) if path.name in PUBLISHED.values() else None)
    else:
        path = cached(url)
        expected = expected or (digits(url) if url.startswith(SERVER) else None)
        if not path.is_file():
            if not download:
                raise FileNotFoundError(f"{path} is not there; download=True fetches it from {url}")
            fetch(url, path, expected)
            return path
    if expected is not None:
        check_hash(path, expected)
    return path


def digits(file: str) -> str | None:
    """Read the beginning of the SHA-256 off a name such as torchvision gives.

    >>> digits("vgg16-397923af.pth")
    '397923af'
    """
    found = re.search(r"-([0-9a-f]{8})\.pth$", file)
    return found and found[1]


def cached(url: str) -> Path:
    """Say where torch keeps a file; those of other servers get their address's hash before a name they may share.

    >>> cached("https://example.org/model.pth").name == cached("https://example.com/model.pth").name
    False
    """
    name = Path(urlsplit(url).path).name
    if not name:
        raise ValueError(f"source={url!r} names no file")
    if not url.startswith(SERVER):
        name = f"{hashlib.sha256(url.encode()).hexdigest()[:8]}-{name}"
    return Path(torch.hub.get_dir()) / "checkpoints" / name


def read(path: Path) -> Weights:
    """Read the tensors of a file by their names, without running anything that it says.

    Raises:
        ImportError: the file is of safetensors, which is not installed.
        ValueError: the file is damaged, or holds anything but weights.
    """
    load = import_module("safetensors.torch").load_file if path.suffix == ".safetensors" else _unpickle
    try:
        loaded = load(path)
    except Exception as error:  # a damaged file can provoke any
        asked = re.search(r"GLOBAL (\S+)", str(error)) if isinstance(error, pickle.UnpicklingError) else None
        if asked:
            raise ValueError(f"{path} holds more than weights: it asks for {asked[1]}, which was not run") from error
        raise ValueError(f"{path} is damaged or no file of weights: {type(error).__name__}") from error
    if isinstance(loaded, Mapping) and isinstance(loaded.get("state_dict"), Mapping):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, Mapping):
        raise ValueError(f"{path} holds no weights by name, but {type(loaded).__name__}")  # noqa: TRY004  the file is wrong
    strange = [str(name) for name, value in loaded.items() if not (isinstance(name, str) and isinstance(value, Tensor))]
    if strange:
        raise ValueError(f"{path} holds more than weights: {listed(strange)}")
    return loaded


def _unpickle(path: Path) -> object:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # torch itself does not compare the checksums
        if damaged:
            raise zipfile.BadZipFile(damaged)
    return torch.load(path, map_location="cpu", weights_only=True)


def renamed(weights: Weights, network: nn.Module) -> Weights:
    """Undo what ``DataParallel`` puts before every name, and how DenseNet's layers were once called.

    >>> list(renamed({"module.weight": torch.zeros(1, 2)}, nn.Linear(2, 1)))
    ['weight']
    >>> list(renamed({"denselayer1.norm.1.weight": torch.zeros(2)}, nn.Linear(2, 1)))
    ['denselayer1.norm1.weight']
    """
    wrapped = all(name.startswith("module.") for name in weights)
    prefix = "module." if wrapped and not all(name.startswith("module.") for name in network.state_dict()) else ""
    return {
        re.sub(r"(denselayer\d+\.(?:norm|conv))\.(?=[12]\.)", r"\1", name.removeprefix(prefix)): value
        for name, value in weights.items()
    }


def install(network: nn.Module, weights: Weights, file: str | os.PathLike[str], *, strict: bool = True) -> None:
    """Copy weights into a network if all of them fit; ``file`` is what a refusal names.

    How many batches a normalisation has seen may be missing, as in files from before it was counted.

    Raises:
        ValueError: weights are missing or unexpected (if ``strict``), have other shapes, hold numbers that the
            network's type cannot, or none has a name in common.

    >>> install(nn.Linear(2, 1), {"weight": torch.zeros(1, 3), "scale": torch.ones(1)}, "one.pth")
    Traceback (most recent call last):
    ValueError: one.pth does not fit Linear: it lacks bias; nobody asked for scale; weight is (1, 3), not (1, 2)
    """
    own = {name: value for name, value in network.state_dict().items() if isinstance(value, Tensor)}
    missing = [name for name in own if name not in weights and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in weights if name not in own]
    other = [
        f"{name} is {described(value)}, not {described(own[name])}"
        for name, value in weights.items()
        if name in own and described(value) != described(own[name])
    ]
    other = other or [
        f"{name} holds {number}, which {own[name].dtype} cannot"
        for name, weight in weights.items()
        if name in own and (number := too_large(weight, own[name].dtype)) is not None
    ]
    nothing = len(unexpected) == len(weights)
    faults = [f"it lacks {listed(missing)}"] if missing and (strict or nothing) else []
    faults += [f"nobody asked for {listed(unexpected)}"] if unexpected and (strict or nothing) else []
    faults += [listed(other)] if other else []
    if faults:
        raise ValueError(f"{os.fspath(file)} does not fit {type(network).__name__}: {'; '.join(faults)}")
    before = {name: value.detach().clone() for name, value in own.items()}
    try:
        network.load_state_dict(weights, strict=False)
    except RuntimeError as error:  # a buffer whose places share memory, say
        with torch.no_grad():
            for name, value in own.items():
                if not torch.equal(value, before[name]):
                    value.copy_(before[name])
        raise ValueError(f"{os.fspath(file)} does not fit {type(network).__name__}: {error}") from error


def too_large(weight: Shaped[Tensor, "..."], dtype: torch.dtype) -> float | None:
    """Find, among the numbers that a type would make infinite or wrap round, the one farthest from zero.

    >>> too_large(torch.tensor([1.0, -7e4]), torch.float16), too_large(torch.tensor([300]), torch.uint8)
    (-70000.0, 300)
    """
    if weight.dtype == dtype or weight.is_meta or weight.is_quantized or weight.layout is not torch.strided:
        return None
    kept = weight.to(dtype).to(weight.dtype)
    rounds = weight.is_floating_point() or weight.is_complex()
    lost = weight[weight.isfinite() & ~kept.isfinite() if rounds else kept != weight]
    return lost[lost.abs().argmax()].item() if lost.numel() else None


def described(value: Shaped[Tensor, "..."]) -> str:
    """Say a tensor's shape, and what else copying must heed.

    >>> described(torch.zeros(2, 3)), described(torch.zeros(2, dtype=torch.int64))
    ('(2, 3)', '(2,) of whole numbers')
    """
    kind = "complex" if value.is_complex() else "" if value.is_floating_point() else "whole"
    dense = value.layout is torch.strided and not value.is_quantized
    kept = "" if dense else ", packed"
    kept += ", without numbers" if value.is_meta else ""
    return f"{tuple(value.shape)}{f' of {kind} numbers' if kind else ''}{kept}"


def listed(names: Iterable[str]) -> str:
    """List a few names, and say how many more there are.

    >>> listed("abcde")
    'a, b, c and 2 more'
    """
    names = list(names)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
