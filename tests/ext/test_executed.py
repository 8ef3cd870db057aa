"""What a cell prints reads the same on an idle and on a busy machine."""

import re

from cnnbook.ext.executed import joined


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def test_a_line_that_came_in_two_pieces_is_one_line():
    assert joined([stream("variance: "), stream("[1 2]\n"), stream("done\n")]) == [stream("variance: [1 2]\ndone\n")]


def test_what_was_printed_after_a_picture_stays_after_it():
    picture = {"output_type": "display_data", "data": {}, "metadata": {}}
    outputs = [stream("before\n"), picture, stream("after\n")]
    assert joined(outputs) == outputs


def test_the_other_stream_is_another_output():
    outputs = [stream("said\n"), stream("warned\n", "stderr"), stream("said again\n")]
    assert joined(outputs) == outputs


def test_a_page_shows_a_line_whole_though_its_cell_paused_within_it(book):
    book = book("myst_nb", "cnnbook.ext.executed", nb_execution_mode="force", nb_merge_streams=True)
    book.write(
        "index.md",
        """
        ---
        file_format: mystnb
        kernelspec: {name: python3}
        ---
        # Home

        ```{code-cell}
        import sys, time
        print("one", end=" ", flush=True)
        time.sleep(0.5)
        print("line")
        ```
        """,
    )
    assert not book.build()
    assert re.search(r"</span>one line\n", book.page())
