"""A classifier as a graph of calls, and how each call is rewritten when rows of numbers become maps."""

import operator
from math import prod
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor, fx, nn
from torch.func import functional_call

from cnnbook.tasks.segmentation.fully_connected import as_convolution, as_norm2d

POINTWISE = (nn.Identity, nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Hardswish, nn.Tanh, nn.Sigmoid)
ALONE = (*POINTWISE, nn.Dropout)
"""Layers that look at one number at a time, so that it does not matter where it stands."""

FUNCTIONS = {
    *(torch.relu, torch.tanh, torch.sigmoid, nn.functional.relu, nn.functional.gelu, nn.functional.dropout),
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.neg),
    *("relu", "relu_", "tanh", "sigmoid", "contiguous"),
}
"""Functions, and methods of tensors, of which the same is true."""

FLATTENINGS = {torch.flatten, torch.reshape, "flatten", "view", "reshape"}
POOLINGS = {nn.functional.adaptive_avg_pool2d, torch.mean, "mean"}
Pair = tuple[int, int]  # rows and columns


class _Noting(fx.Interpreter):
    """Computes each node, and lets it know the shape of its output."""

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        n.meta["shape"] = tuple(result.shape) if isinstance(result, Tensor) else ()
        return result


class _Shapes(nn.Module):
    """A graph that is only looked at."""

    def __init__(self, layers: fx.GraphModule) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, images: Float[Tensor, "n c h w"]) -> object:
        return _Noting(self.layers).run(images)


def note_shapes(layers: fx.GraphModule, channels: int, size: Pair) -> None:
    """Send shapes without numbers through the graph: of two images, for normalisation in training needs two."""
    wrapped = _Shapes(layers)
    named = [*wrapped.named_parameters(), *wrapped.named_buffers()]
    state = {name: value.to("meta", torch.float if value.is_floating_point() else None) for name, value in named}
    try:
        functional_call(wrapped, state, (torch.zeros(2, channels, *size, device="meta"),))
    except Exception as error:  # whatever the layers raise
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(f"image_size={size} does not fit the classifier: {reason}") from error


class Rewriting:
    """Walks through a classifier's graph once, and remembers which rows of numbers have become maps."""

    def __init__(self, layers: fx.GraphModule) -> None:
        self.layers = layers
        self.windows: dict[fx.Node, Pair] = {}  # of all that was flat, the maps that a unit reads
        self.spread: dict[fx.Node, Pair] = {}  # how many places lie from one of their numbers to the next
        self.linear = 0

    def run(self) -> None:
        graph = self.layers.graph
        for node in list(graph.nodes):
            if node.op == "output":
                self.end(node)
            elif any(source in self.windows for source in node.all_input_nodes):
                self.windows[node] = self.behind(node)
            elif self.layer(node, nn.Flatten) or (self.calls(node, FLATTENINGS) and _flattens(node)):
                self.flatten(node)
            elif self.layer(node, nn.AdaptiveAvgPool2d) or self.calls(node, POOLINGS):
                self.pool(node)
            elif self.layer(node, nn.Linear):
                raise self.refused(node, "its inputs are not maps in a row")
        graph.eliminate_dead_code()
        graph.lint()
        self.layers.recompile()

    def end(self, node: fx.Node) -> None:
        """Check that what comes out are scores."""
        (result,) = node.args
        if not self.linear:
            raise ValueError("classifier has no nn.Linear behind its maps that could become a convolution")
        if not isinstance(result, fx.Node) or self.windows.get(result) != (1, 1):
            raise ValueError("classifier must end in one row of scores, from its last nn.Linear")

    def behind(self, node: fx.Node) -> Pair:
        """Rewrite what reads a row of numbers, and say what a unit of its own output sees."""
        sources = node.all_input_nodes
        if len(sources) > 1:
            raise self.refused(node, "it joins a row of maps with something else")
        window, apart = self.windows[sources[0]], self.spread.get(sources[0], (1, 1))
        if self.layer(node, nn.Linear):
            old = cast("nn.Linear", self.layers.get_submodule(str(node.target)))
            self.layers.set_submodule(str(node.target), as_convolution(old, window, apart))
            self.linear += 1
            return 1, 1
        if self.layer(node, nn.BatchNorm1d) and window == (1, 1):
            norm = cast("nn.BatchNorm1d", self.layers.get_submodule(str(node.target)))
            self.layers.set_submodule(str(node.target), as_norm2d(norm))
            return window
        softmax = self.layers.get_submodule(str(node.target)) if node.op == "call_module" else None
        if isinstance(softmax, nn.Softmax | nn.LogSoftmax) and softmax.dim in {1, -1} and window == (1, 1):
            softmax.dim = 1
            return window
        if self.layer(node, *ALONE) or self.calls(node, FUNCTIONS):
            self.spread[node] = apart
            return window
        raise self.refused(node, "it stands behind the flattening and is neither fully connected nor pointwise")

    def flatten(self, node: fx.Node) -> None:
        """Leave the maps as they are."""
        source = node.all_input_nodes[0]
        if len(_shape(source)) != 4 or not _flattens(node):  # noqa: PLR2004
            raise self.refused(node, "it must make one row of all maps")
        self.replace(node, source)
        self.windows[source] = cast("Pair", _shape(source)[2:])

    def pool(self, node: fx.Node) -> None:
        """Leave pooling out that changes nothing; let its windows slide where they halve, or take everything."""
        source = node.all_input_nodes[0]
        before, after = _shape(source)[2:], _shape(node)[2:] or (1, 1)
        if len(_shape(source)) != 4 or _shape(node)[:2] != _shape(source)[:2]:  # noqa: PLR2004
            return
        if before == after and len(_shape(node)) == 4:  # noqa: PLR2004
            self.replace(node, source)
            return
        if any(n % m for n, m in zip(before, after, strict=True)):
            sizes = " and ".join("×".join(map(str, size)) for size in (before, after))
            raise self.refused(node, f"from {sizes} places its windows are not all alike, so none could slide")
        apart = cast("Pair", tuple(n // m for n, m in zip(before, after, strict=True)))
        name = f"pool_{node.name}"
        self.layers.add_submodule(name, nn.AvgPool2d(apart, stride=1))
        with self.layers.graph.inserting_after(source):
            slid = self.layers.graph.call_module(name, (source,))
        slid.meta = node.meta
        self.replace(node, slid)
        if len(_shape(slid)) == 2:  # noqa: PLR2004
            self.windows[slid] = (1, 1)
        else:
            self.slide_apart(slid, apart)

    def slide_apart(self, node: fx.Node, apart: Pair) -> None:
        """Remember how far pooled maps lie apart, until they are flattened; nothing else may read them."""
        self.spread[node] = apart
        for user in node.users:
            if self.layer(user, *ALONE):
                self.slide_apart(user, apart)
            elif not (self.layer(user, nn.Flatten) or (self.calls(user, FLATTENINGS) and _flattens(user))):
                raise self.refused(user, "it reads pooled maps that are not flattened next")

    def replace(self, node: fx.Node, by: fx.Node) -> None:
        """Let everybody who read a node read another."""
        node.replace_all_uses_with(by)
        self.layers.graph.erase_node(node)

    def layer(self, node: fx.Node, *kinds: type[nn.Module]) -> bool:
        """Say whether a node calls a layer of such a kind."""
        return node.op == "call_module" and isinstance(self.layers.get_submodule(str(node.target)), kinds)

    def calls(self, node: fx.Node, targets: set[object]) -> bool:
        """Say whether a node calls such a function, or such a method of a tensor."""
        return node.op in {"call_function", "call_method"} and node.target in targets

    def refused(self, node: fx.Node, reason: str) -> ValueError:
        """Name a node, and say why it cannot be rewritten."""
        kind = type(self.layers.get_submodule(str(node.target))).__name__ if node.op == "call_module" else node.op
        return ValueError(f"classifier has {node.target}, {kind}: {reason}")


def _shape(node: fx.Node) -> tuple[int, ...]:
    """Read the shape that was noted; what is no tensor has none."""
    return cast("tuple[int, ...]", node.meta.get("shape", ()))


def _flattens(node: fx.Node) -> bool:
    """Say whether maps become one row for each image."""
    before, after = _shape(node.all_input_nodes[0]), _shape(node)
    return len(before) == 4 and after == (before[0], prod(before[1:]))  # noqa: PLR2004
