"""Which network of which library each of the book's must equal: ours, theirs, the images' size, options of both.

The first word of a name is the factory's.
"""

from typing import Any, NamedTuple


class Reference(NamedTuple):
    """A library's network, and what it is asked."""

    library: str
    name: str
    size: int  # pixels: more than the least, and such that roundings show
    options: dict[str, Any] = {}  # noqa: RUF012  never changed
    same_seed: bool = True  # draws the same weights from the same seed
    only_theirs: dict[str, Any] = {}  # noqa: RUF012  never changed


DRAWN = {"init_weights": True}  # torchvision asks for a word whether to draw slowly

REFERENCES: dict[str, dict[str, Reference]] = {
    "alexnet": {"alexnet": Reference("torchvision", "alexnet", 75)},
    "vgg": {
        f"vgg{depth}{norm}": Reference("torchvision", f"vgg{depth}{norm}", 45)
        for depth in (11, 13, 16, 19)
        for norm in ("", "_bn")
    },
    "resnet": {f"resnet{depth}": Reference("torchvision", f"resnet{depth}", 75) for depth in (18, 34, 50, 101, 152)},
    "densenet": {
        f"densenet{depth}": Reference("torchvision", f"densenet{depth}", 75) for depth in (121, 161, 169, 201)
    },
    "mobilenet": {
        "mobilenet_v1": Reference("timm", "mobilenetv1_100", 75, same_seed=False),  # timm's own generators
        "mobilenet_v2": Reference("torchvision", "mobilenet_v2", 75),
    },
    "xception": {"xception": Reference("timm", "legacy_xception", 75)},
    "googlenet": {
        "googlenet": Reference("torchvision", "googlenet", 75, only_theirs=DRAWN),
        "googlenet without heads": Reference(
            "torchvision", "googlenet", 75, {"aux_logits": False, "transform_input": True}, only_theirs=DRAWN
        ),
    },
    "inception": {
        "inception_v3": Reference("torchvision", "inception_v3", 299, only_theirs=DRAWN),  # the head needs them all
        "inception_v3 without head": Reference(
            "torchvision", "inception_v3", 106, {"aux_logits": False, "transform_input": True}, only_theirs=DRAWN
        ),
    },
}
