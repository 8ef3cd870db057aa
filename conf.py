"""Sphinx settings of the book; what computes stands in ``cnnbook/ext``."""

import os
from pathlib import Path

ROOT = Path(__file__).parent.resolve()

project = "The CNN Book"
author = "The CNN Book authors"
copyright = "2026, The CNN Book authors"
version = release = "0.1.0"
language = "en"  # the Korean edition is built with -D language=ko

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.intersphinx",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
    "sphinxext.opengraph",
    "sphinx_sitemap",
    "notfound.extension",
    "sphinx_llms_txt",
    "cnnbook.ext",
]
nitpicky = True
exclude_patterns = [
    "**/.ipynb_checkpoints",
    "jupyter_execute",
    "live",
    "locale",
    "inventories",
    "gallery/**.ipynb",  # MyST-NB would read the gallery's notebooks in place of its pages
    "sg_execution_times.rst",
    "**/sg_execution_times.rst",
]
numfig = True

# Two editions from one execution
locale_dirs = [str(ROOT / "docs/locale")]  # absolute, or Sphinx's own strings cannot be overridden
gettext_compact = False
gettext_uuid = False

# Pages that compute
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_cache_path = str(ROOT / "_build/jupyter_cache")
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_mime_priority_overrides = [("html", "image/svg+xml", 5), ("gettext", "image/svg+xml", 5)]

# Scripts that run
sphinx_gallery_conf = {
    "examples_dirs": "../gallery",
    "gallery_dirs": "gallery",
    "image_scrapers": ("cnnbook.ext.figures.scraper",),
    "reset_modules": ("cnnbook.draw.style.reset",),
    "backreferences_dir": "gallery/backreferences",
    "doc_module": ("cnnbook",),
    "reference_url": {"cnnbook": None},
    "abort_on_example_error": True,
    "parallel": True,  # as many scripts at once as Sphinx reads pages
    "write_computation_times": False,  # a measured time would differ in every build
    "min_reported_time": 1e9,
    "show_memory": False,
    "show_signature": False,
    "within_subsection_order": "FileNameSortKey",
    "remove_config_comments": True,
    "first_notebook_cell": """\
try:
    import cnnbook
except ImportError:  # in Colab, say
    %pip install --quiet cnnbook""",
}

# The package
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True  # as written, not as printed: `functools.partial(…)`
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_google_docstring = True
napoleon_numpy_docstring = False
nitpick_ignore_regex = [
    ("py:class", r"jaxtyping\.\w+(\[.*\])?"),  # jaxtyping publishes no inventory
    ("py:class", r"Arguments|cnnbook\.reference\.\w+\.Result|cnnbook\.data\.\w+\.Item"),  # type variables have no page
]
intersphinx_mapping = {  # vendored, so that a build needs no network
    "python": ("https://docs.python.org/3", "inventories/python.inv"),
    "numpy": ("https://numpy.org/doc/stable", "inventories/numpy.inv"),
    "scipy": ("https://docs.scipy.org/doc/scipy", "inventories/scipy.inv"),
    "torch": ("https://docs.pytorch.org/docs/stable", "inventories/torch.inv"),
    "matplotlib": ("https://matplotlib.org/stable", "inventories/matplotlib.inv"),
    "pillow": ("https://pillow.readthedocs.io/en/stable", "inventories/pillow.inv"),
}

# References
bibtex_bibfiles = ["docs/references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

# The site
html_theme = "furo"
html_title = project
html_baseurl = os.environ.get("CNNBOOK_URL", "https://cnnbook.github.io/cnnbook/")  # each edition adds its language
html_static_path = ["docs/_static"]
templates_path = ["docs/_templates"]
html_css_files = ["book.css"]
html_favicon = "docs/_static/favicon.svg"
html_copy_source = True  # llms.txt points at the sources
html_show_sourcelink = False
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "language.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_theme_options = {"top_of_page_buttons": []}
math_renderer = html_math_renderer = "katex"
copybutton_exclude = ".linenos, .gp, .go"
ogp_social_cards = {"enable": False}
ogp_enable_meta_description = True
sitemap_url_scheme = "{link}"
sitemap_locales = [None]  # the pages themselves name their other edition
sitemap_excludes = ["404.html", "search.html", "genindex.html", "py-modindex.html"]
