"""The real weights of ResNet-20 load unchanged, and score what their author says."""

import lzma
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnbook.networks.resnet import resnet20

DATA = Path(os.environ.get("CNNBOOK_DATA", Path(__file__).parents[3] / "shared" / "data"))
WEIGHTS, TEST_SET = DATA / "weights/resnet20-12fca82f.th", DATA / "cifar10/test_batch.bin.xz"
MEAN, DEVIATION = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])  # as its author trained


@pytest.mark.skipif(not (WEIGHTS.exists() and TEST_SET.exists()), reason=f"CNNBOOK_DATA={DATA} has no CIFAR-10")
def test_published_weights_are_right_on_91_73_percent_of_cifar10s_test_set():
    saved = torch.load(WEIGHTS, map_location="cpu", weights_only=True)["state_dict"]
    network = resnet20().eval()
    network.load_state_dict({name.removeprefix("module."): value for name, value in saved.items()})
    records = np.frombuffer(lzma.decompress(TEST_SET.read_bytes()), np.uint8).reshape(10_000, 1 + 3 * 32 * 32)
    labels = torch.from_numpy(records[:, 0].astype(np.int64))
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32)) / 255
    images = (images - MEAN[:, None, None]) / DEVIATION[:, None, None]
    with torch.inference_mode():
        right = sum(
            (network(x).argmax(1) == y).sum().item() for x, y in zip(images.split(500), labels.split(500), strict=True)
        )
    assert right / 10_000 == pytest.approx(0.9173, abs=0.0005)
