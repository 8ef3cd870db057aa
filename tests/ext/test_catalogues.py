"""The Korean catalogues follow the English book, and what is left to translate is said."""

import ast
import sys

import pytest
from babel.messages import Catalog

from cnnbook.ext import catalogues
from cnnbook.ext.catalogues import read, titles, unfinished, updated, write

PAGE = """
# Home

See [this](page.md) and <https://example.org>.

```{toctree}
:caption: Look up

why/index
Glossary <glossary>
The API <api/index>
```

Afterwards <nothing>
"""


def template(*messages):
    catalog = Catalog(project="cnnbook")
    for message in messages:
        catalog.add(message)
    return catalog


def catalogue(path, translations, fuzzy=()):
    """Write a catalogue with these translations."""
    catalog = Catalog(locale="ko")
    for english, korean in translations.items():
        catalog.add(english, korean, flags=["fuzzy"] if english in fuzzy else [])
    write(path, catalog)
    return path


def strings(path):
    return {message.id: message.string for message in read(path) if message.id}


@pytest.fixture
def translate(tmp_path, monkeypatch, capsys):
    """Run the command on a book with one page and one live module; its answer and whether it failed."""
    folder, pages = tmp_path / "templates", tmp_path / "docs"
    monkeypatch.setattr(catalogues, "PAGES", pages)
    monkeypatch.setattr(catalogues, "CATALOGUES", pages / "ko")
    monkeypatch.setattr(catalogues, "extract_words", lambda pot: write(pot, template("Trap")))
    monkeypatch.setattr(catalogues.live, "extract", lambda pot: write(pot, template("Step")))
    write(folder / "index.pot", template("Home", "Glossary", "The API", "Look up"))
    pages.mkdir()
    (pages / "index.md").write_text(PAGE, "utf-8")

    def run(*options):
        monkeypatch.setattr(sys, "argv", ["catalogues", str(folder), *options])
        try:
            catalogues.main()
            failed = 0
        except SystemExit as stop:
            failed = stop.code
        return capsys.readouterr().out, failed

    run.ko, run.templates = pages / "ko", folder
    return run


@pytest.fixture
def translated(translate):
    """The same book, all in Korean."""
    catalogue(translate.ko / "index.po", {"Home": "집", "Glossary": "용어집", "The API": "함수", "Look up": "찾아보기"})
    catalogue(translate.ko / "cnnbook.po", {"Trap": "함정"})
    catalogue(translate.ko / "live.po", {"Step": "앞으로"})
    return translate


def test_a_new_book_gets_a_catalogue_for_each_source_with_everything_to_do(translate):
    answer, failed = translate()
    assert not failed
    assert "6 messages to do" in answer
    assert strings(translate.ko / "index.po") == dict.fromkeys(["Home", "Glossary", "The API", "Look up"], "")
    assert strings(translate.ko / "live.po") == {"Step": ""}
    assert strings(translate.ko / "cnnbook.po") == {"Trap": ""}


def test_a_finished_book_has_nothing_to_do(translated):
    answer, failed = translated("--check")
    assert answer.splitlines() == [
        "cnnbook.po: 1 messages, 0 to do",
        "index.po: 4 messages, 0 to do",
        "live.po: 1 messages, 0 to do",
        "0 messages to do",
    ]
    assert not failed


def test_a_check_changes_nothing(translated):
    write(translated.templates / "index.pot", template("Home", "Another"))
    before = {path: path.read_bytes() for path in translated.ko.rglob("*")}
    assert translated("--check")[1] == 1
    assert {path: path.read_bytes() for path in translated.ko.rglob("*")} == before


def test_a_new_sentence_is_reported_and_added_and_a_dropped_one_is_forgotten(translated):
    write(translated.templates / "index.pot", template("Home", "A sentence that nobody has translated."))
    answer, failed = translated("--check")
    assert "untranslated: 'A sentence that nobody has translated.'" in answer
    assert failed
    translated()
    assert strings(translated.ko / "index.po") == {"Home": "집", "A sentence that nobody has translated.": ""}


def test_a_title_that_stays_english_would_leave_the_contents_in_english_so_it_is_reported(translated):
    catalogue(
        translated.ko / "index.po", {"Home": "Home", "Glossary": "용어집", "The API": "The API", "Look up": "찾기"}
    )
    answer, failed = translated("--check")
    assert "unchanged, which leaves the whole table of contents in English: 'The API'" in answer
    assert "1 messages to do" in answer  # a heading such as Home may be the same in both languages
    assert failed


def test_a_catalogue_of_no_page_is_reported_then_removed_and_sphinxs_own_is_kept(translated):
    stale = catalogue(translated.ko / "why/gone.po", {"Gone": "없음"})
    sphinx = catalogue(translated.ko / "sphinx.po", {"Parameters": "인자"})
    answer, failed = translated("--check")
    assert "gone.po: belongs to no page any more" in answer
    assert failed
    assert stale.exists()
    translated()
    assert not stale.exists()
    assert sphinx.exists()


def test_a_sentence_that_changed_a_little_keeps_its_translation_as_a_guess(tmp_path):
    path = catalogue(tmp_path / "page.po", {"The kernel slides over the picture.": "커널이 그림 위를 미끄러진다."})
    catalog = updated(template("The kernel slides over the picture, row by row."), path)
    assert list(unfinished(catalog)) == [("fuzzy", "The kernel slides over the picture, row by row.")]
    assert catalog.get("The kernel slides over the picture, row by row.").string == "커널이 그림 위를 미끄러진다."


def test_a_guess_stays_one_until_somebody_looks_at_it(tmp_path):
    path = catalogue(tmp_path / "page.po", {"Filter": "필터"}, fuzzy=["Filter"])
    write(path, updated(template("Filter"), path))
    assert list(unfinished(read(path))) == [("fuzzy", "Filter")]


def test_titles_are_those_that_the_contents_give_by_themselves():
    assert titles(PAGE) == {"Look up", "Glossary", "The API"}
    assert titles(".. toctree::\n   :caption: More\n\n   one\n   Two words <two>\n\nText <link>\n") == {
        "More",
        "Two words",
    }


def test_written_twice_is_written_the_same_and_without_dates_or_places(tmp_path):
    catalog = Catalog(locale="ko", project="cnnbook")
    catalog.add("Home", "집", locations=[("docs/index.md", 3)])
    write(tmp_path / "one.po", catalog)
    write(tmp_path / "two.po", read(tmp_path / "one.po"))
    written = (tmp_path / "one.po").read_text("utf-8")
    assert (tmp_path / "two.po").read_text("utf-8") == written
    assert not any(word in written for word in ("Date", "Translator", "Generated", "index.md"))


def test_a_catalogue_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = catalogue(tmp_path / "page.po", {"Home": "집"})
    before = path.read_bytes()

    def full_disk(_path, _content):
        raise OSError("no space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full_disk)
    with pytest.raises(OSError, match="no space left"):
        write(path, template("Home", "Another"))
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"msgid Home\n", b'msgid "Home"\nmsgstr "\xff\xfe"\n'])
def test_what_is_no_catalogue_is_named(tmp_path, content):
    path = tmp_path / "page.po"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"page\.po cannot be read as a catalogue"):
        read(path)


def test_the_extensions_words_are_all_offered(tmp_path):
    catalogues.extract_words(tmp_path / "cnnbook.pot")
    said = {
        call.args[0].value
        for path in (catalogues.ROOT / "cnnbook/ext").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_"
        if isinstance(call.args[0], ast.Constant)
    }
    assert said
    assert set(strings(tmp_path / "cnnbook.pot")) == said
