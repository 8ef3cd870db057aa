"""Weights are loaded whole or not at all, and what is wrong with a file is said."""

import copy
import hashlib
import importlib
import os
import pickle
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from torch import nn

from cnnbook import download
from cnnbook.networks import densenet, weights
from cnnbook.networks.weights import PUBLISHED, load_weights
from parity import agreement
from parity.references import Reference


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 5, 1))


@pytest.fixture
def other():
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 5, 1)).state_dict()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))
    return tmp_path / "hub" / "checkpoints"


@pytest.fixture
def file(tmp_path, other):
    torch.save(other, tmp_path / "other.pth")
    return tmp_path / "other.pth"


@pytest.fixture
def server(file, monkeypatch):
    """A server of the file: whole, without its end, or with a fault."""
    monkeypatch.setenv("no_proxy", "*")
    content = file.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if "missing" in self.path:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:-100] if "short" in self.path else content)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def equal(network, state):
    found = network.state_dict()
    return found.keys() == state.keys() and all(torch.equal(value, found[name]) for name, value in state.items())


def refused(network, source, error, said, **options):
    """Check that loading fails with these words and leaves every weight as it was."""
    before = copy.deepcopy(network.state_dict())
    with pytest.raises(error, match=said):
        load_weights(network, source, **options)
    assert equal(network, before)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3, "best": 91.7},
        lambda state: {f"module.{name}": value for name, value in state.items()},
        lambda state: {"state_dict": {f"module.{name}": value for name, value in state.items()}},
    ],
)
def test_weights_are_found_however_they_were_saved(network, other, tmp_path, wrap):
    torch.save(wrap(other), tmp_path / "saved.pth")
    load_weights(network, tmp_path / "saved.pth")
    assert equal(network, other)


def test_files_in_torch_s_old_format_are_read_too(network, other, tmp_path):
    torch.save(other, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    load_weights(network, str(tmp_path / "old.pth"))
    assert equal(network, other)


def test_a_network_of_data_parallel_keeps_the_word_that_the_file_has(network, other, tmp_path):
    torch.save({f"module.{name}": value for name, value in other.items()}, tmp_path / "saved.pth")
    load_weights(nn.DataParallel(network), tmp_path / "saved.pth")
    assert equal(network, other)


def test_files_from_before_batches_were_counted_are_whole(network, other, tmp_path):
    torch.save({k: v for k, v in other.items() if "num_batches" not in k}, tmp_path / "old.pth")
    load_weights(network, tmp_path / "old.pth")
    assert torch.equal(network[0].weight, other["0.weight"])


def test_safetensors_are_read_where_they_are_installed(network, other, tmp_path):
    save_file = pytest.importorskip("safetensors.torch").save_file
    save_file(other, tmp_path / "other.safetensors")
    load_weights(network, tmp_path / "other.safetensors")
    assert equal(network, other)
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "other.safetensors").read_bytes()[:-9])
    refused(network, tmp_path / "cut.safetensors", ValueError, r"cut\.safetensors is damaged or no file of weights")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"0.bias": None}, r"it lacks 0\.bias$"),
        (
            {"0.bias": None, "0.weight": None, "2.bias": None, "1.bias": None},
            r"it lacks 0\.weight, 0\.bias, 1\.bias and 1",
        ),
        ({"3.bias": torch.zeros(2)}, r"nobody asked for 3\.bias$"),
        ({"2.weight": torch.zeros(7, 4, 1, 1)}, r"2\.weight is \(7, 4, 1, 1\), not \(5, 4, 1, 1\)$"),
        ({"2.bias": torch.zeros(5, dtype=torch.int8)}, r"2\.bias is \(5,\) of whole numbers, not \(5,\)$"),
        ({"2.bias": torch.zeros(5, dtype=torch.complex64)}, r"2\.bias is \(5,\) of complex numbers"),
        ({"2.bias": torch.zeros(5).to_sparse()}, r"2\.bias is \(5,\), packed"),
    ],
)
def test_weights_that_do_not_fit_are_named_and_nothing_is_loaded(network, other, tmp_path, change, said):
    changed = {name: value for name, value in (dict(other) | change).items() if value is not None}
    torch.save(changed, tmp_path / "other.pth")
    refused(network, tmp_path / "other.pth", ValueError, r"other\.pth does not fit Sequential: " + said)


def test_not_strict_takes_what_fits_but_no_other_shape(network, other, tmp_path):
    head = network[2].weight.clone()
    torch.save({"0.weight": other["0.weight"], "fc.weight": torch.zeros(2)}, tmp_path / "part.pth")
    load_weights(network, tmp_path / "part.pth", strict=False)
    assert torch.equal(network[0].weight, other["0.weight"])
    assert torch.equal(network[2].weight, head)
    torch.save({"0.weight": torch.zeros(1), "0.bias": other["0.bias"]}, tmp_path / "part.pth")
    refused(network, tmp_path / "part.pth", ValueError, "0.weight is", strict=False)
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "part.pth")
    refused(network, tmp_path / "part.pth", ValueError, "nobody asked for fc.weight", strict=False)


class Trap:
    def __reduce__(self):
        return os.mkdir, ("trapped",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is damaged or no file of weights"),
        (b"<html>404: not found</html>", "is damaged or no file of weights"),
        (pickle.dumps({"weight": Trap()}, protocol=2), "holds more than weights: it asks for"),
    ],
)
def test_what_is_no_file_of_weights_is_not_run(network, tmp_path, monkeypatch, content, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.pth").write_bytes(content)
    refused(network, tmp_path / "bad.pth", ValueError, r"bad\.pth " + said)
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ([1, 2], "holds no weights by name, but list"),
        ({"state_dict": 3}, "holds more than weights: state_dict"),
        ({1: torch.zeros(1)}, "holds more than weights: 1"),
        ({}, "it lacks 0.weight"),
    ],
)
def test_what_holds_no_weights_by_name_is_refused(network, tmp_path, saved, said):
    torch.save(saved, tmp_path / "saved.pth")
    refused(network, tmp_path / "saved.pth", ValueError, said)


def test_every_cut_and_a_flipped_byte_are_found(network, file, tmp_path, other):
    content = file.read_bytes()
    for end in range(1, len(content), len(content) // 25):
        (tmp_path / "cut.pth").write_bytes(content[:end])
        refused(network, tmp_path / "cut.pth", ValueError, r"cut\.pth is damaged or no file of weights")
    middle = content.index(other["0.weight"].numpy().tobytes()) + 20
    flipped = content[:middle] + bytes([content[middle] ^ 64]) + content[middle + 1 :]
    (tmp_path / "flipped.pth").write_bytes(flipped)
    refused(network, tmp_path / "flipped.pth", ValueError, r"flipped\.pth is damaged or no file of weights")


def test_a_hash_may_be_whole_or_begun_and_must_agree(network, file, other):
    digits = hashlib.sha256(file.read_bytes()).hexdigest()
    refused(network, file, ValueError, r"other\.pth is damaged or another file: .* not 00000000$", sha256="0" * 8)
    refused(network, file, ValueError, "must be 8 to 64 hexadecimal digits", sha256=digits[:7])
    load_weights(network, file, sha256=digits[:8].upper())
    load_weights(network, file, sha256=digits)
    assert equal(network, other)


def test_a_file_with_a_published_name_must_be_that_file(network, file, tmp_path):
    published = file.rename(tmp_path / PUBLISHED["vgg16"])
    refused(network, published, ValueError, "another file: its SHA-256 begins with [0-9a-f]{8}, not 397923af")
    load_weights(network, published.rename(tmp_path / "run-20261127.pth"))  # a date is no hash


def test_a_name_is_found_in_the_cache_and_else_not_fetched_unasked(network, file, cache, other, monkeypatch):
    refused(
        network, "vgg16", FileNotFoundError, r"vgg16-397923af\.pth is not there; download=True fetches it from https"
    )
    cache.mkdir(parents=True)
    digits = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    monkeypatch.setitem(PUBLISHED, "other", f"other-{digits}.pth")
    file.rename(cache / f"other-{digits}.pth")
    load_weights(network, "other")
    assert equal(network, other)


def test_a_download_is_kept_whole(network, server, cache, other):
    refused(network, f"{server}/other.pth", FileNotFoundError, "download=True")
    load_weights(network, f"{server}/other.pth", download=True)
    assert equal(network, other)
    assert [path.name.endswith("-other.pth") for path in cache.iterdir()] == [True]
    load_weights(network, f"{server}/other.pth")  # now it is there


def test_a_published_name_is_downloaded_and_its_hash_checked(network, server, cache, monkeypatch):
    monkeypatch.setattr(weights, "SERVER", f"{server}/")
    refused(network, "vgg16", ValueError, r"vgg16-397923af\.pth is damaged or another file", download=True)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    ("page", "said"),
    [("short.pth", r"ended after [\d,]+ of [\d,]+ bytes; nothing was kept|IncompleteRead"), ("missing.pth", "404")],
)
def test_of_a_download_that_fails_nothing_is_kept(network, server, cache, page, said):
    refused(network, f"{server}/{page}", OSError, said, download=True)
    assert list(cache.iterdir()) == []


def test_of_a_download_that_is_interrupted_nothing_is_kept(network, server, cache, monkeypatch):
    class Interrupted:
        def __init__(self, *_, **__): ...
        def __enter__(self):
            return self

        def __exit__(self, *_): ...
        def update(self, _):
            raise KeyboardInterrupt("enough")

    monkeypatch.setattr(download, "tqdm", Interrupted)
    refused(network, f"{server}/other.pth", KeyboardInterrupt, "enough", download=True)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("vgg61", FileNotFoundError, "source='vgg61' is neither a file nor one of alexnet, vgg11"),
        (3, TypeError, "source must be a name, an address or a path, not int"),
        ("https://example.org/", ValueError, "names no file"),
        ("file:///other.pth", FileNotFoundError, "neither a file nor"),
    ],
)
def test_sources_that_are_none_are_named(network, source, error, said):
    refused(network, source, error, said)


def test_only_the_network_of_torch_s_modules_is_filled(file):
    with pytest.raises(TypeError, match=r"network must be a torch.nn.Module, not dict"):
        load_weights({}, file)
    with pytest.raises(ValueError, match="must begin with https"):
        download.fetch("ftp://example.org/other.pth", file)


def test_densenet_s_published_names_are_read():
    with torch.device("meta"):
        names = list(densenet.densenet121().state_dict())
    was = [re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", name) for name in names]
    assert sum(a != b for a, b in zip(was, names, strict=True)) == 58 * (2 * 5 + 2)
    assert list(weights.renamed(dict.fromkeys(was), nn.Identity())) == names


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_name_says_its_hash(name):
    assert re.fullmatch("[0-9a-f]{8}", weights.digits(PUBLISHED[name]))


@pytest.mark.parametrize("name", PUBLISHED)
def test_addresses_are_torchvision_s(name):
    agreement.built(Reference("torchvision", "alexnet", size=75))  # skips where it is not installed
    theirs = importlib.import_module("torchvision.models").get_model_weights(name).IMAGENET1K_V1
    assert theirs.url == weights.SERVER + PUBLISHED[name]


@pytest.mark.parametrize(
    ("dtype", "most", "said"),
    [
        (torch.float16, 65504.0, r"2\.bias holds -70000\.0, which torch\.float16 cannot$"),
        (torch.float32, 3.4028234663852886e38, r"2\.bias holds -1e\+39, which torch\.float32 cannot$"),
    ],
)
def test_a_number_too_large_for_the_network_s_type_is_named_and_nothing_is_loaded(
    network, other, tmp_path, dtype, most, said
):
    largest = {name: value.double() if value.is_floating_point() else value for name, value in other.items()}
    largest["2.bias"] = torch.tensor([most, -most, 0, 1, 2], dtype=torch.float64)
    torch.save(largest, tmp_path / "w.pth")
    load_weights(network.to(dtype), tmp_path / "w.pth")
    assert network[2].bias.tolist() == [most, -most, 0, 1, 2]
    largest["2.bias"][1], largest["2.bias"][2] = -7e4 if dtype == torch.float16 else -1e39, float("inf")
    torch.save(largest, tmp_path / "w.pth")
    refused(network, tmp_path / "w.pth", ValueError, said)


def test_a_count_that_would_wrap_round_is_refused(tmp_path):
    network = nn.Linear(2, 1)
    network.register_buffer("seen", torch.zeros(1, dtype=torch.int8))
    torch.save(network.state_dict() | {"seen": torch.tensor([300])}, tmp_path / "w.pth")
    refused(network, tmp_path / "w.pth", ValueError, r"seen holds 300, which torch\.int8 cannot$")


def test_weights_without_numbers_are_refused_and_nothing_is_loaded(tmp_path):
    torch.save({"weight": torch.full((1, 2), 7.0), "bias": torch.zeros(1, device="meta")}, tmp_path / "w.pth")
    network = nn.Linear(2, 1)
    before = network.weight.clone()
    with pytest.raises(ValueError, match=r"bias is \(1,\), without numbers, not \(1,\)"):
        load_weights(network, tmp_path / "w.pth")
    assert torch.equal(network.weight, before)


def test_what_cannot_be_written_into_leaves_the_network_as_it_was(tmp_path):
    network = nn.Linear(2, 1)
    network.register_buffer("mean", torch.zeros(1).expand(3))
    before = network.weight.clone()
    torch.save({"weight": torch.ones(1, 2), "bias": torch.ones(1), "mean": torch.ones(3)}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"w\.pth does not fit Linear"):
        load_weights(network, tmp_path / "w.pth")
    assert torch.equal(network.weight, before)
