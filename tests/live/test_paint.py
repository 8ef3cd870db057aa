"""Runs the node tests of *paint and segment*: torch computes the answers, the book's own modules the rest."""

import base64
import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

import node
from cnnbook import recorded
from cnnbook.data import scenes
from cnnbook.data.scenes import CLASSES
from cnnbook.draw.labels import colour_of
from cnnbook.live import export
from cnnbook.tasks.segmentation.small_fcn import enlarge, small_fcn

TESTS = Path(__file__).with_name("paint.test.mjs")
LIVE = Path(__file__).parents[2] / "docs" / "live"
FIGURE = LIVE / "paint"
SHARED = ("loader.js", "dom.js", "controls.js", "live.css", "network/picture.js")
MOST = 500_000  # bytes, the figure with all that it loads


class Finest(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        return self.network.steps(images)[2]


def drawn_network():
    """A small network whose scores differ, rounded as a file rounds it."""
    network = small_fcn(4, widths=(3, 4, 5), channels=2).eval()
    for weight in network.parameters():
        weight.requires_grad_(requires_grad=False)
        if weight.ndim > 1:
            weight.copy_(nn.init.normal_(weight, std=0.5).half().float())
    return network


def test_the_figure_answers_at_every_step_as_torch_does(tmp_path):
    torch.manual_seed(0)
    network = drawn_network()
    image = torch.rand(1, 2, 16, 16)
    export(Finest(network), (1, 2, 16, 16), tmp_path / "small.safetensors")
    answers = network.steps(image)
    settings = json.loads((FIGURE / "settings.json").read_text("utf-8"))
    fixtures = {
        "file": base64.b64encode((tmp_path / "small.safetensors").read_bytes()).decode(),
        "image": image.flatten().tolist(),
        "scores": [scores.flatten().tolist() for scores in answers.values()],
        "smooth": [enlarge(scores, step).softmax(1).flatten().tolist() for step, scores in answers.items()],
        "squares": [
            functional.interpolate(scores, scale_factor=step).softmax(1).flatten().tolist()
            for step, scores in answers.items()
        ],
        "classes": [enlarge(scores, step).argmax(1).flatten().tolist() for step, scores in answers.items()],
        "settings": settings,
        "network": base64.b64encode((FIGURE / "network.safetensors").read_bytes()).decode(),
        "street": (scenes(1, first=4100).images[0] / 255).flatten().tolist(),
        "truth": scenes(1, first=4100).classes.flatten().tolist(),
    }
    node.check(TESTS, fixtures)


def test_its_classes_and_colours_are_the_book_s():
    settings = json.loads((FIGURE / "settings.json").read_text("utf-8"))
    assert tuple(settings["classes"]) == CLASSES
    assert settings["colours"] == [colour_of(label) for label in range(len(CLASSES))]
    assert {thing["class"] for thing in settings["things"]} == set(range(4, 9))
    assert all(math.isfinite(thing["metres"]) and 1 < thing["metres"] < 9 for thing in settings["things"])


def test_with_all_that_it_loads_it_weighs_less_than_it_may():
    loaded = [*FIGURE.iterdir(), *(LIVE / "engine").iterdir(), *(LIVE / name for name in SHARED)]
    assert sum(path.stat().st_size for path in loaded) < MOST


def test_what_was_measured_says_that_every_finer_step_is_better():
    found = recorded.read("paint")
    ious = [found["mean_iou"][str(step)] for step in (32, 16, 8, 4, 2)]
    assert ious == sorted(ious)
    assert ious[-1] > 0.6
