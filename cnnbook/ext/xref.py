"""Links from the names in signatures to the pages that describe them.

jaxtyping prints a type by its short name (``Float[Tensor, "n c h w"]``), and a class knows the private module in which
it happens to be defined, not the public one where its documentation stands.
"""

from typing import Any

from docutils import nodes
from docutils.nodes import TextElement
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.intersphinx import missing_reference

PUBLIC = {
    "ndarray": "numpy.ndarray",
    "numpy.random._generator.Generator": "numpy.random.Generator",
    "Tensor": "torch.Tensor",
    "torch._tensor.Tensor": "torch.Tensor",
    "torch.fx.graph_module.GraphModule": "torch.fx.GraphModule",
    "torch.nn.modules.batchnorm.BatchNorm1d": "torch.nn.BatchNorm1d",
    "torch.nn.modules.batchnorm.BatchNorm2d": "torch.nn.BatchNorm2d",
    "torch.nn.modules.conv.Conv2d": "torch.nn.Conv2d",
    "torch.nn.modules.conv.ConvTranspose2d": "torch.nn.ConvTranspose2d",
    "torch.nn.modules.container.Sequential": "torch.nn.Sequential",
    "torch.nn.modules.linear.Linear": "torch.nn.Linear",
    "torch.nn.modules.module.Module": "torch.nn.Module",
    "torch.utils.data.dataloader.DataLoader": "torch.utils.data.DataLoader",
    "torch.utils.data.dataset.Dataset": "torch.utils.data.Dataset",
    "torch.optim.optimizer.Optimizer": "torch.optim.Optimizer",
    "matplotlib.axes._axes.Axes": "matplotlib.axes.Axes",
    "pathlib._local.Path": "pathlib.Path",  # Python 3.13
}
"""For each name that a signature shows, the one under which its project documents it."""


def resolve(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, contnode: TextElement
) -> nodes.reference | None:
    """Look a name up under its public form; anything else is left to others."""
    public = PUBLIC.get(node.get("reftarget", ""))
    if node.get("refdomain") != "py" or public is None:
        return None
    link = node.copy()
    link["reftarget"] = public
    return missing_reference(app, env, link, contnode)


def setup(app: Sphinx) -> dict[str, Any]:
    """Ask before intersphinx does, which would find nothing."""
    app.setup_extension("sphinx.ext.intersphinx")
    app.connect("missing-reference", resolve, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
