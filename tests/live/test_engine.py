"""Runs the node tests of the engine, on networks drawn at random: torch and cnnbook.summary are the oracles."""

import base64
from pathlib import Path

import numpy as np
import torch
from torch import nn

import node
from cnnbook.live import export
from cnnbook.summary import summarize

TESTS = Path(__file__).with_name("engine.test.mjs")
ACTIVATIONS = [nn.ReLU, nn.ReLU6, nn.Tanh, nn.Sigmoid]


class Residual(nn.Module):
    def __init__(self, channels, kernel):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, kernel, padding="same")

    def forward(self, x):
        y = self.conv(x)
        y += x
        return torch.relu_(y)


class Branches(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.narrow = nn.Conv2d(channels, 2, 1)
        self.wide = nn.Conv2d(channels, 3, 3, padding=1, bias=False)
        self.pool = nn.AvgPool2d(3, 1, 1, count_include_pad=False)

    def forward(self, x):
        return torch.cat([self.narrow(x), torch.relu(self.wide(x)), self.pool(x)], 1)


def drawn_step(rng, channels):
    """One layer or block, and the channels that come out of it."""
    kernel, stride = int(rng.integers(1, 4)), int(rng.choice([1, 1, 2]))
    pooling = {"padding": kernel // 2, "ceil_mode": bool(rng.integers(2))}
    out = channels * int(rng.integers(1, 3))
    steps = {
        "conv": lambda: (
            nn.Conv2d(
                channels,
                out,
                (kernel, 3),
                stride,
                int(rng.integers(0, 3)),
                int(rng.integers(1, 3)),
                groups=int(rng.choice([1, channels])),
                bias=bool(rng.integers(2)),
            ),
            out,
        ),
        "transposed": lambda: (
            nn.ConvTranspose2d(channels, 4, 3, 2, 1, 1, groups=int(rng.choice([1, 2])) if channels % 2 == 0 else 1),
            4,
        ),
        "norm": lambda: (nn.BatchNorm2d(channels, affine=bool(rng.integers(2))), channels),
        "activation": lambda: (ACTIVATIONS[rng.integers(4)](), channels),
        "maxpool": lambda: (nn.MaxPool2d(kernel, stride, **pooling), channels),
        "avgpool": lambda: (nn.AvgPool2d(kernel, stride, **pooling), channels),
        "residual": lambda: (Residual(channels, 3), channels),
        "branches": lambda: (Branches(channels), channels + 5),
    }
    return steps[rng.choice(list(steps), p=[0.25, 0.05, 0.15, 0.15, 0.1, 0.1, 0.1, 0.1])]()


def drawn_network(rng):
    """An input's channels and a network; half of them end in a classifier, which takes any input size."""
    first = channels = int(rng.integers(1, 4))
    steps = []
    for _ in range(rng.integers(2, 7)):
        step, channels = drawn_step(rng, channels)
        steps.append(step)
    if rng.integers(2):
        size = int(rng.integers(1, 3))
        head = [nn.AdaptiveAvgPool2d(size), nn.Flatten(), nn.Dropout(), nn.Linear(channels * size**2, 5), nn.Softmax(1)]
        steps += head
    return first, nn.Sequential(*steps)


def rounded(model):
    """Settle statistics at random, and round weights as the file does: what is left is the engine's own error."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.copy_(weight.half().float())
    return model.eval()


def fits(model, channels, size):
    """Whether no window of the network is larger than what it slides over."""
    try:
        with torch.no_grad():
            model(torch.zeros(1, channels, *size))
    except RuntimeError:
        return False
    return True


def answer(model, channels, size):
    image = torch.randn(1, channels, *size)
    with torch.no_grad():
        output = model(image)[0]
    summary = summarize(model, (1, channels, *size))
    return {
        "size": size,
        "image": image.flatten().tolist(),
        "shape": list(output.shape),
        "output": output.flatten().tolist(),
        "multiply_adds": summary.multiply_adds,
        "parameters": summary.parameters,
        "fields": [
            [field.size, int(field.jump), field.offset] if isinstance(field.size, int) and field.jump else None
            for field in summary.rows[-1].fields[0]
        ],
    }


def test_the_engine_computes_counts_and_sees_what_torch_and_the_summary_do(tmp_path):
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    witnesses = []
    for number in range(30):
        size = [int(n) for n in rng.integers(16, 24, 2)]
        channels, model = drawn_network(rng)
        while not fits(rounded(model), channels, size):
            channels, model = drawn_network(rng)
        path = tmp_path / f"{number}.safetensors"
        export(model, (1, channels, *size), path)
        answers = [answer(model, channels, size), answer(model, channels, [size[0] + 5, size[1] + 2])]
        witnesses.append(
            {"network": str(model), "file": base64.b64encode(path.read_bytes()).decode(), "answers": answers}
        )
    node.check(TESTS, {"witnesses": witnesses})
