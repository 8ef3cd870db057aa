"""``{term-entry} kernel``: one term, in both languages and in both libraries.

An entry is a term of Sphinx's own glossary, so ``{term}`kernel` `` links to it and an unknown term warns.
In the Korean edition the Korean word leads and orders the entries; the link, ``#term-kernel``, is the same.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, cast

from docutils import nodes
from docutils.nodes import Element, Node
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_id
from sphinx.util.typing import OptionSpec

from cnnbook.ext.words import _


def names(option: str) -> list[str]:
    """Split an option at its commas.

    >>> names("filter, channel")
    ['filter', 'channel']
    """
    return [name.strip() for name in directives.unchanged_required(option).split(",")]


class TermEntry(SphinxDirective):
    """Define the term that the argument names; the content is its definition."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[OptionSpec] = {
        "ko": directives.unchanged_required,
        "loan": names,
        "keras": directives.unchanged_required,
        "torch": directives.unchanged_required,
        "taught": directives.unchanged_required,
        "not": names,
    }

    def run(self) -> list[Node]:
        """Make a definition list of one; :class:`Arrange` joins it with its neighbours."""
        self.assert_has_content()
        for option in ("ko", "taught"):
            if option not in self.options:
                raise self.error(f"the entry of {self.arguments[0]!r} needs its :{option}:")
        definition = nodes.definition("", *self.parse_content_to_nodes(), self.facts())
        entry = nodes.definition_list_item("", self.heading(), definition)
        glossary = addnodes.glossary(
            "", nodes.definition_list("", entry, classes=["glossary", "cb-terms"]), sorted=False
        )
        for node in (definition, entry, glossary):
            self.set_source_info(node)
        return [glossary]

    def heading(self) -> nodes.term:
        """Set both words, the reader's own first, and register them."""
        english, korean = self.arguments[0], self.options["ko"]
        words = {"en": english, "ko": korean}
        leading, other = ("ko", "en") if self.config.language == "ko" else ("en", "ko")
        term = nodes.term(
            "",
            "",
            nodes.strong("", words[leading], classes=[f"language-{leading}"]),
            nodes.Text(" "),
            nodes.inline("", words[other], classes=[f"language-{other}", "cb-other-word"]),
            translatable=False,
            english=english,
            korean=korean,
        )
        self.set_source_info(term)
        anchor = make_id(self.env, self.state.document, "term", english)
        term["ids"].append(anchor)
        self.state.document.note_explicit_target(term)
        standard = self.env.domains.standard_domain
        standard._note_term(english, anchor, location=term)  # noqa: SLF001 - what Sphinx's own directive calls
        if korean.lower() not in standard._terms:  # noqa: SLF001
            standard._note_term(korean, anchor, location=term)  # noqa: SLF001
        entries = [("single", word, anchor, "main", None) for word in dict.fromkeys((words[leading], words[other]))]
        term += addnodes.index(entries=entries)
        return term

    def facts(self) -> nodes.field_list:
        """List what stands beside the definition, each with its label in the reader's language."""
        facts = nodes.field_list("", classes=["cb-term-facts"])
        if "loan" in self.options:
            facts += fact(
                _("Also in Korean"), nodes.inline("", ", ".join(self.options["loan"]), classes=["language-ko"])
            )
        for library, label in (("keras", "Keras"), ("torch", "PyTorch")):
            name = self.options.get(library)
            facts += fact(label, nodes.literal(name, name) if name and name != "—" else nodes.Text("—"))
        facts += fact(_("Taught on"), self.link("doc", "/" + self.options["taught"].lstrip("/")))
        if "not" in self.options:
            facts += fact(
                _("Not to be confused with"), *joined([self.link("term", name) for name in self.options["not"]])
            )
        return facts

    def link(self, role: str, target: str) -> addnodes.pending_xref:
        """Link to a page or another term; where there is none, Sphinx warns at this line."""
        title = nodes.inline("", target, classes=["xref", "std", f"std-{role}"])
        link = addnodes.pending_xref(
            "",
            title,
            refdomain="std",
            reftype=role,
            reftarget=target,
            refexplicit=False,
            refwarn=True,
            refdoc=self.env.docname,
        )
        self.set_source_info(link)
        return link


def fact(label: str, *content: Node) -> nodes.field:
    """Set one labelled line."""
    return nodes.field("", nodes.field_name("", label), nodes.field_body("", nodes.paragraph("", "", *content)))


def joined(links: list[addnodes.pending_xref]) -> Iterator[Node]:
    """Put commas between links."""
    for place, link in enumerate(links):
        if place:
            yield nodes.Text(", ")
        yield link


class Arrange(SphinxTransform):
    """Join neighbouring entries into one list, ordered as the edition's alphabet orders them."""

    default_priority = 25  # after the translation of the definitions

    def apply(self, **_kwargs: Any) -> None:
        """Sort each run of entries; a heading or a paragraph ends it."""
        if self.config.language == "ko":
            self.speak_korean()
        for glossary in list(self.document.findall(addnodes.glossary)):
            entries, following = cast("Element", glossary[0]), glossary.next_node(descend=False, siblings=True)
            if isinstance(following, addnodes.glossary):
                cast("Element", following[0]).insert(0, entries.children)
                cast("Element", glossary.parent).remove(glossary)
            else:
                entries.children = sorted(entries.children, key=self.order)

    def speak_korean(self) -> None:
        """Show links to terms, where the page gives them no words of its own, in Korean."""
        korean = {
            term["english"].lower(): term["korean"] for term in self.document.findall(nodes.term) if "english" in term
        }
        for link in self.document.findall(addnodes.pending_xref):
            if link["reftype"] == "term" and not link["refexplicit"] and link["reftarget"].lower() in korean:
                title = cast("Element", link[0])
                title.children = []
                title += nodes.Text(korean[link["reftarget"].lower()])

    def order(self, entry: Node) -> str:
        """Compare Hangul by its code points, which are in the order of 가나다; English without regard to case."""
        term = cast("Element", cast("Element", entry)[0])
        word: str = term["korean" if self.config.language == "ko" else "english"]
        return word.casefold()


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive and the ordering."""
    app.setup_extension("cnnbook.ext.words")
    app.add_directive("term-entry", TermEntry)
    app.add_transform(Arrange)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
