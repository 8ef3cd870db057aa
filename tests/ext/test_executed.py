"""Executed notebooks are no part of the site."""

PAGE = """\
---
file_format: mystnb
kernelspec: {name: python3}
---
# Sum

```{code-cell}
1 + 1
```
"""


def test_a_page_that_computes_leaves_no_notebook_in_the_site(book):
    quiet = {"nb_execution_mode": "off", "suppress_warnings": ["myst-nb.lexer"]}
    site = book("myst_nb", "cnnbook.ext.executed", source_suffix={".md": "myst-nb"}, **quiet)
    site.write("index.md", PAGE)
    assert not site.build()
    notebooks = list(site.folder.rglob("*.ipynb"))
    assert len(notebooks) == 1
    assert site.output().parent not in notebooks[0].parents
