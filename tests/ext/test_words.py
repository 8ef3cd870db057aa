"""The book's own strings in both languages."""

from cnnbook.ext import words


def test_a_finished_translation_is_used_and_a_fuzzy_one_is_not(book):
    site = book("cnnbook.ext.words")
    site.write("index.rst", "Home\n====\n")
    site.write(
        "locale/ko/LC_MESSAGES/cnnbook.po",
        """
        msgid ""
        msgstr "Content-Type: text/plain; charset=utf-8\\n"

        msgid "Trap"
        msgstr "함정"

        #, fuzzy
        msgid "History"
        msgstr "역사?"

        msgid "Deeper"
        msgstr ""
        """,
    )
    site.build("ko")
    assert [words._(word) for word in ("Trap", "History", "Deeper", "never seen")] == [
        "함정", "History", "Deeper", "never seen"
    ]  # fmt: skip
    site.build("en")
    assert words._("Trap") == "Trap"
