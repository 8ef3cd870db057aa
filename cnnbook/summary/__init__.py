"""The anatomy of any model of torch: what each layer makes, costs and sees.

:func:`~cnnbook.summary.summarize.summarize` traces a model at the level of torch's operators, without computing.
So it finds what a ``forward`` calls itself, and follows branches, skips, and layers that are used twice.
"""

from cnnbook.summary.rows import Row, Summary
from cnnbook.summary.summarize import summarize

__all__ = ["Row", "Summary", "summarize"]
