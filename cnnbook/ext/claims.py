"""A claim stands once, with its check: ``{claim-entry} C1.1``; pages cite it: ``{claim}`C1.1` ``.

The checks are tests marked ``@pytest.mark.claim("C1.1")``.
The build runs them when the package or a test changed, and fails where a claim has no check that passes.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, cast

from docutils import nodes
from docutils.nodes import Element, Node, system_message
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.domains import Domain
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode

from cnnbook.ext.boxes import folded
from cnnbook.ext.claims_pytest import Check
from cnnbook.ext.claims_run import results
from cnnbook.ext.words import _

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where an entry, a correction or a citation stands."""

    docname: str
    line: int
    anchor: str


class Claims(Domain):
    """What the pages say about claims: entries, corrections and citations."""

    name = "claim"
    label = "Claim"
    initial_data: ClassVar[dict[str, Any]] = {"entry": {}, "correction": {}, "cited": [], "checks": [], "shown": []}
    dangling_warnings: ClassVar[dict[str, str]] = {"entry": "no {claim-entry} %(target)s", "correction": ""}

    def note(self, kind: str, claim: str, place: Place) -> None:
        """Note an entry or a correction; there is one of each to a claim."""
        first: Place = self.data[kind].setdefault(claim, place)
        if first is not place:
            log.warning("%s has one %s already: %s:%s", claim, kind, first.docname, first.line, location=place[:2])

    def clear_doc(self, docname: str) -> None:
        """Forget a page that is about to be read again."""
        for kind in ("entry", "correction"):
            self.data[kind] = {claim: place for claim, place in self.data[kind].items() if place.docname != docname}
        self.data["cited"] = [citation for citation in self.data["cited"] if citation[1] != docname]

    def merge_domaindata(self, docnames: AbstractSet[str], otherdata: dict[str, Any]) -> None:
        """Take over what a parallel process has read."""
        for kind in ("entry", "correction"):
            found = otherdata[kind].items()
            self.data[kind] |= {claim: place for claim, place in found if place.docname in docnames}
        self.data["cited"] += [citation for citation in otherdata["cited"] if citation[1] in docnames]

    def resolve_any_xref(self, *_args: Any, **_options: Any) -> list[tuple[str, nodes.reference]]:
        """Find nothing for links that do not say what they look for: a claim is cited by its role."""
        return []

    def taught_on(self, claim: str) -> list[str]:
        """List the pages that cite a claim, but for those that only list claims."""
        lists = {place.docname for kind in ("entry", "correction") for place in self.data[kind].values()}
        return sorted({docname for cited, docname in self.data["cited"] if cited == claim} - lists)

    def resolve_xref(
        self,
        env: BuildEnvironment,  # noqa: ARG002 - Sphinx's signature
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: addnodes.pending_xref,  # noqa: ARG002
        contnode: Element,
    ) -> nodes.reference | None:
        """Link to the entry or the correction of a claim."""
        place: Place | None = self.data[typ].get(target)
        return place and make_refnode(builder, fromdocname, place.docname, place.anchor, contnode)


def link_to(kind: str, claim: str, text: str, docname: str) -> addnodes.pending_xref:
    """Refer to a claim's entry or correction; Sphinx warns where there is none."""
    content = nodes.inline("", text, classes=["cb-claim"])
    return addnodes.pending_xref(
        "", content, refdomain="claim", reftype=kind, reftarget=claim, refdoc=docname, refexplicit=False, refwarn=True
    )


class Cite(SphinxRole):
    """Cite a claim where a page teaches it."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Link to the entry, and let the entry know."""
        claims = cast("Claims", self.env.get_domain("claim"))
        claims.data["cited"].append((self.text, self.env.docname))
        link = link_to("entry", self.text, self.text, self.env.docname)
        self.set_source_info(link)
        return [link], []


class claim_check(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes after their tags
    """Stands for the results of a claim's checks until the page is written."""


class ClaimEntry(SphinxDirective):
    """State a claim; its check, result and pages follow by themselves."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[Node]:
        """Set the statement under its number, which is its address as well."""
        self.assert_has_content()
        [claim] = self.arguments
        heading = nodes.rubric("", claim, classes=["cb-claim-id"])
        heading["heading-level"] = 3
        statement = nodes.container("", *self.parse_content_to_nodes(), classes=["cb-claim-statement"])
        entry = nodes.container("", heading, statement, claim_check("", claim=claim), classes=["cb-claim-entry"])
        entry["ids"].append(claim)
        self.set_source_info(entry)
        self.state.document.note_explicit_target(entry)
        place = Place(self.env.docname, self.lineno, claim)
        cast("Claims", self.env.get_domain("claim")).note("entry", claim, place)
        return [entry]


class Correction(SphinxDirective):
    """Say what a lecture said; the claim is right, and the cells that follow settle it."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[Node]:
        """Make a box whose title leads to the claim."""
        self.assert_has_content()
        [claim] = self.arguments
        title = nodes.title("", "", link_to("entry", claim, claim, self.env.docname))
        box = nodes.admonition("", title, classes=["cb-box", "cb-correction"], label=_("A lecture said"))
        box += self.parse_content_to_nodes()
        box["ids"].append(f"correction-{claim}")
        for node in (box, title[0]):
            self.set_source_info(node)
        title.source = None  # made here, not written by an author: nothing to translate
        self.state.document.note_explicit_target(box)
        place = Place(self.env.docname, self.lineno, f"correction-{claim}")
        cast("Claims", self.env.get_domain("claim")).note("correction", claim, place)
        return [box]


class ShowChecks(SphinxPostTransform):
    """Put the results of this build under each statement."""

    default_priority = 5  # before references are resolved

    def run(self, **_kwargs: Any) -> None:
        """Show the result, the source of each check, the lecture's slip, and the pages that teach the claim."""
        claims = cast("Claims", self.env.get_domain("claim"))
        for node in list(self.document.findall(claim_check)):
            claim, docname = node["claim"], self.env.current_document.docname
            checks = [check for check in claims.data["checks"] if claim in check["claims"]]
            shown: list[Node] = [verdict(checks), *map(fold, checks)]
            if claim in claims.data["correction"]:
                slip = link_to("correction", claim, _("A lecture said otherwise."), docname)
                shown.append(nodes.paragraph("", "", slip))
            if pages := claims.taught_on(claim):
                taught = nodes.paragraph("", _("Taught on") + " ", classes=["cb-claim-pages"])
                taught += [child for page in pages for child in (nodes.Text(", "), link_to_page(page, docname))][1:]
                shown.append(taught)
            node.replace_self(shown)


def verdict(checks: list[Check]) -> nodes.paragraph:
    """Say whether the claim holds, and how often that was tried."""
    runs, passed = sum(check["runs"] for check in checks), sum(check["passed"] for check in checks)
    if not runs:
        return nodes.paragraph("", _("Not checked in this build."), classes=["cb-claim-result", "cb-unchecked"])
    holds = runs == passed
    text = _("Holds: {passed} of {runs} checks passed.") if holds else _("Fails: {passed} of {runs} checks passed.")
    classes = ["cb-claim-result", "cb-holds" if holds else "cb-fails"]
    return nodes.paragraph("", text.format(passed=passed, runs=runs), classes=classes)


def fold(check: Check) -> folded:
    """Show the source of a check to whoever asks for it."""
    block = nodes.literal_block(check["source"], check["source"], language="python", linenos=True)
    block["highlight_args"] = {"linenostart": check["line"]}
    return folded("", block, summary=f"{check['name']} ({check['file']})", classes=["cb-check"])


def link_to_page(page: str, docname: str) -> addnodes.pending_xref:
    """Refer to a page by its title."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", page),
        refdomain="std",
        reftype="doc",
        reftarget=f"/{page}",
        refdoc=docname,
        refexplicit=False,
        refwarn=True,
    )


def check_claims(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Run the checks if need be, complain, and write the list of claims again if it would read differently."""
    claims = cast("Claims", env.get_domain("claim"))
    entries: dict[str, Place] = claims.data["entry"]
    if not entries or app.builder.name == "gettext":
        return []
    checks = results(app)
    for claim, place in entries.items():
        tried = [check for check in checks if claim in check["claims"]]
        if not tried:
            log.warning('%s has no check: mark a test with @pytest.mark.claim("%s")', claim, claim, location=place[:2])
        for check in tried:
            if check["passed"] < check["runs"]:
                counts = f"{check['passed']} of {check['runs']}"
                log.warning("%s fails: %s passed of %s", claim, counts, check["name"], location=place[:2])
    for check in checks:
        for claim in set(check["claims"]) - set(entries):
            location = f"{Path(app.confdir, check['file'])}:{check['line']}"
            log.warning("%s checks %s, which has no {claim-entry}", check["name"], claim, location=location)
    claims.data["checks"] = checks
    before = claims.data["shown"]
    claims.data["shown"] = [
        checks,
        sorted(claims.data["correction"]),
        {claim: claims.taught_on(claim) for claim in entries},
    ]
    return [] if claims.data["shown"] == before else {place.docname for place in entries.values()}


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the role, the directives and the run of the checks."""
    app.setup_extension("cnnbook.ext.boxes")
    app.add_config_value("claims_tests", "tests/claims", "", types=frozenset({str}))
    sources = ["cnnbook", "tests/claims", "tests/conftest.py", "pyproject.toml"]
    app.add_config_value("claims_sources", sources, "", types=frozenset({list}))
    app.add_domain(Claims)
    app.add_node(claim_check)
    app.add_role("claim", Cite())
    app.add_directive("claim-entry", ClaimEntry)
    app.add_directive("correction", Correction)
    app.add_post_transform(ShowChecks)
    app.connect("env-updated", check_claims)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
