"""No number in the prose is typed by hand: it is computed, cited, checked, or part of a name.

In pages, a number comes from ``{eval}``, or stands in code or a formula, or on a line that cites a claim or a source.
In scripts, it stands in an ``assert`` of the same script as well.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [path for path in sorted(ROOT.glob("docs/**/*.md")) if "_build" not in path.parts]
SCRIPTS = sorted(ROOT.glob("gallery/**/*.py"))

NUMBER = re.compile(r"(?<![\w.,])\d(?:[\d,.]*\d)?(?![\w,.]*\d)(?!\w)")
PART_OF_A_NAME = re.compile(
    r"""
      \b\d-D\b                             # 2-D
    | \b\d+(?:×\d+)+\b                     # a 3×3 kernel
    | \b(?:19|20)\d\d\b                    # a year
    | \bC\d+\.\d+                          # a claim
    | \b(?:relationship|table|figure|section|chapter)\ \d+(?:\.\d+)*  # a part of another work
    | \b[A-Z][A-Za-z]+(?:-|\ v)\d+\b       # VGG-19, YOLO v3
    | \btop-\d\b                           # the top-5 error
    | ^[ ]*(?:\#\ )?\d+\.(?=\ )            # an ordered list
    """,
    re.VERBOSE | re.MULTILINE,
)
NOT_PROSE_IN_PAGES = re.compile(
    r"""
      \A---\n(?s:.*?)^---$                                      # the header
    | ^[ ]*(?P<fence>`{3,}|~{3,})(?!\{(?:figure|image)\})(?s:.*?)^[ ]*(?P=fence)[ ]*$   # code, cells, listings
    | \$\$(?s:.*?)\$\$                                        # a formula
    | ^[ ]*:(?!alt:)[a-z-]+:.*$                                # an option, but for alternative text
    | ^\(.*\)=$ | ^%.*$ | <!--(?s:.*?)-->                           # a target, a comment
    | ^.*\{(?:claim|cite[a-z:]*)\}`.*$                         # a line that cites
    | (?:\{[a-z:_-]+\})?(?P<ticks>`+)(?!`)(?s:.*?)(?<!`)(?P=ticks)(?!`)   # code, or a role with its content
    | \$(?!\s)(?:\\.|[^$\\])+?\$                               # a formula in the line
    | \]\([^)]*\) | <https?:[^>]*> | https?://\S+              # an address
    """,
    re.VERBOSE | re.MULTILINE,
)
NOT_PROSE_IN_SCRIPTS = re.compile(
    r"""
      ^[ ]*(?:\#[ ])?\.\.[ ][a-z:_-]+::.*$(?:\n[ ]*\#?$|\n(?:\#[ ])?[ ]{3,}\S.*$)*  # a directive
    | ^.*:(?:claim|cite[a-z:]*):`.*$                                # a line that cites
    | (?::[a-z:_-]+:)?`+(?!`)(?s:.*?)`+_*                                # code, or a role with its content
    | https?://\S+                                                  # an address
    """,
    re.VERBOSE | re.MULTILINE,
)


def blanked(pattern: re.Pattern[str], text: str) -> str:
    """Replace every match by blanks, so that what is left keeps its line."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def numbers(prose: str) -> Iterator[tuple[int, str]]:
    """Yield the numbers of a text, with their lines."""
    for match in NUMBER.finditer(blanked(PART_OF_A_NAME, prose)):
        yield prose.count("\n", 0, match.start()) + 1, match[0]


def typed_in_page(text: str) -> list[tuple[int, str]]:
    """List the numbers of a page that nothing vouches for."""
    return list(numbers(blanked(NOT_PROSE_IN_PAGES, text)))


def prose_of_script(script: str) -> str:
    """Keep the title's docstring and the comments that make a page: each block under a line ``# %%``."""
    docstring = ast.parse(script).body[0]
    kept, in_prose = [], False
    for number, line in enumerate(script.splitlines(), start=1):
        in_prose = line.startswith("# %%") or (in_prose and line.startswith("#"))
        is_prose = in_prose or docstring.lineno <= number <= (docstring.end_lineno or 0)
        kept.append(line.removeprefix("# %%") if is_prose else "")
    return "\n".join(kept)


def asserted(script: str) -> set[float]:
    """Collect the numbers that stand in assertions."""
    checks = [node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Assert)]
    constants = [node.value for check in checks for node in ast.walk(check) if isinstance(node, ast.Constant)]
    return {float(value) for value in constants if isinstance(value, int | float)}


def typed_in_script(script: str) -> list[tuple[int, str]]:
    """List the numbers in a script's prose that no assertion of it checks."""
    checked = asserted(script)
    prose = blanked(NOT_PROSE_IN_SCRIPTS, prose_of_script(script))
    return [(line, number) for line, number in numbers(prose) if float(number.replace(",", "")) not in checked]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_number_in_a_page_is_typed(path):
    typed = typed_in_page(path.read_text(encoding="utf-8"))
    assert [f"{path.relative_to(ROOT)}:{line}: {number}" for line, number in typed] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_number_in_a_scripts_prose_is_asserted(path):
    typed = typed_in_script(path.read_text(encoding="utf-8"))
    assert [f"{path.relative_to(ROOT)}:{line}: {number}" for line, number in typed] == []


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("It has 2,050 weights.", "2,050"),
        ("About 14.5 % of them.", "14.5"),
        ("Accuracy: 97%.", "97"),
        (":alt: A row of 40 numbers.", "40"),
        ("(7 in all)", "7"),
        ("`code` and 8, then `code`.", "8"),
        ("$x$ and 9 and $y$", "9"),
        ("between 3 and {eval}`n`", "3"),
        ("- 5 weights", "5"),
        ("| 12 | rows |", "12"),
        ("{term}`kernel` of 6 rows", "6"),
    ],
)
def test_the_scan_of_pages_finds_a_typed_number(line, number):
    page = f"---\nkernelspec: {{name: python3}}\n---\n# Title\n\n```{{code-cell}}\n1 + 1\n```\n\n{line}\n"
    assert typed_in_page(page) == [(10, number)]


@pytest.mark.parametrize(
    "line",
    [
        'It has {eval}`f"{2050:,}"` weights.',
        "The row `1 2 4 3`, and ``a`b 3``.",
        "So $x_1 = 3$ and\n$$\ny = 7\n$$",
        "It has 22,658,678,784 weights. {claim}`C1.1`",
        "It errs in 17 % of the cases. {cite:p}`prince2023`",
        "A 3×3 kernel in 2-D, on MNIST-1D, as in VGG-19 of 2014, with conv2d_loops: C1.5; its top-5 error.",
        "Dumoulin and Visin, relationship 15.",
        "1. First\n2. Second",
        "```{math}\nx = 4\n```",
        ":kernel: 3",
        "[a page](page2.md#x-3) and https://example.org/10",
        "```{listing} a.b2\n```",
        "% 17",
    ],
)
def test_the_scan_of_pages_lets_through_what_is_vouched_for(line):
    assert typed_in_page(f"# Title\n\n{line}\n") == []


SCRIPT = '''r"""
It has 2,050 weights
====================

And 17 more.
"""

# %%
# Of 40 inputs, ``3`` are read by a 3×3 kernel, :math:`x_4` among them, and 0.5 is left.
#
# .. listing:: cnnbook.shapes.conv_output_size
#    :name: 99
#
# Then 6.
n = 7  # 8 is a comment of the code

# 9 is one, too
assert n * 0.5 < 2050
assert n != 40
'''


def test_the_scan_of_scripts_finds_what_no_assertion_checks():
    assert typed_in_script(SCRIPT) == [(5, "17"), (14, "6")]


def test_there_is_something_to_scan():
    assert PAGES
    assert SCRIPTS
