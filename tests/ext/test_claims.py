"""A claim without a passing check is a warning; with one, the page shows it."""

import json
import re

import pytest

from cnnbook.ext import claims_run

EXTENSIONS = ("myst_parser", "cnnbook.ext.claims")
INDEX = "# Counting\n\n```{toctree}\nclaims\n```\n\nTwo and two make four. {claim}`C1.1`\n"
CLAIMS = "# Claims\n\n:::{claim-entry} C1.1\nTwo and two make *four*.\n:::\n"
CHECK = """
    import pytest

    @pytest.mark.claim("C1.1")
    @pytest.mark.parametrize("n", [1, 2, 3])
    def test_two_and_two_make_four(n):
        assert 2 + 2 == 4
"""


@pytest.fixture
def arithmetic(book, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a check of arithmetic needs none, and starts sooner
    book = book(*EXTENSIONS, myst_enable_extensions=["colon_fence"])
    book.write("index.md", INDEX)
    book.write("claims.md", CLAIMS)
    book.write("tests/claims/test_arithmetic.py", CHECK)
    return book


def results(book):
    return book.folder / "_build/claims.json"


def test_a_citation_leads_to_the_entry_and_the_entry_back(arithmetic):
    assert arithmetic.build() == ""
    assert re.search(r'href="claims\.html#C1\.1"[^>]*><span class="cb-claim">C1\.1<', arithmetic.page())
    entry = arithmetic.page("claims").split('id="C1.1"')[1]
    assert '<h3 class="cb-claim-id rubric">C1.1</h3>' in entry
    assert "<em>four</em>" in entry
    assert re.search(r'Taught on <a [^>]*href="index\.html">(<[^>]+>)?Counting', entry)


def test_the_entry_shows_its_result_and_the_source_of_its_check(arithmetic):
    arithmetic.build()
    entry = arithmetic.page("claims")
    assert "Holds: 3 of 3 checks passed." in entry
    [summary] = re.findall("<summary>(.*)</summary>", entry)
    assert summary.replace("<wbr>", "") == "test_two_and_two_make_four (tests/claims/test_arithmetic.py)"
    assert summary.startswith("test_<wbr>two_<wbr>and")  # on a phone it breaks between words
    assert '<span class="linenos">3</span><span class="nd">@pytest</span>' in entry


def test_results_are_reused_until_a_source_changes(arithmetic):
    arithmetic.build()
    stored = results(arithmetic).read_text()
    results(arithmetic).write_text(stored.replace("four", "five"))
    assert arithmetic.build("ko") == ""
    assert "test_two_and_two_make_five" in results(arithmetic).read_text()  # nothing ran
    arithmetic.write("tests/claims/test_arithmetic.py", CHECK.replace("2, 3]", "2, 3, 4]"))
    assert arithmetic.build() == ""
    assert "Holds: 4 of 4 checks passed." in arithmetic.page("claims")  # the page itself had not changed


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": "x", "checks": [{"name": 1}]}', "\x00", "\xff"])
def test_damaged_results_count_as_none(tmp_path, damage):
    file = tmp_path / "claims.json"
    file.write_text(damage, encoding="latin-1")
    assert claims_run.read(file, "x") == []


def test_damaged_results_are_made_anew(arithmetic):
    results(arithmetic).parent.mkdir()
    results(arithmetic).write_text('{"key": ')
    assert arithmetic.build() == ""
    assert len(json.loads(results(arithmetic).read_text())["checks"]) == 1
    assert [path.name for path in results(arithmetic).parent.glob("claims*")] == ["claims.json"]


def test_a_claim_without_a_check_warns_with_file_and_line(arithmetic):
    arithmetic.write("claims.md", CLAIMS + "\n:::{claim-entry} C1.2\nMore.\n:::\n")
    assert "claims.md:7: WARNING: C1.2 has no check" in arithmetic.build()


DIES = "__import__('os')._exit(1) if n == 2 else None"  # and takes its process with it


@pytest.mark.parametrize("body", ["assert n != 2", "pytest.skip('later')", "pytest.xfail('some day')", DIES])
def test_a_check_that_does_not_pass_warns_every_time(arithmetic, body):
    arithmetic.write("tests/claims/test_arithmetic.py", CHECK.replace("assert 2 + 2 == 4", body))
    for _ in range(2):
        assert re.search(r"claims\.md:3: WARNING: C1\.1 fails: [02] of 3 passed", arithmetic.build())
    assert re.search(r"Fails: [02] of 3 checks passed\.", arithmetic.page("claims"))


def test_a_check_of_a_claim_that_is_not_listed_warns_with_file_and_line(arithmetic):
    arithmetic.write("tests/claims/test_arithmetic.py", CHECK.replace('"C1.1"', '"C1.1", "C9.9"'))
    assert "tests/claims/test_arithmetic.py:3: WARNING: test_two_and_two_make_four checks C9.9" in arithmetic.build()


def test_an_unknown_claim_warns_with_file_and_line(arithmetic):
    arithmetic.write("index.md", INDEX + "\nAnd {claim}`C9.9`.\n")
    assert "index.md:9: WARNING: no {claim-entry} C9.9" in arithmetic.build()


@pytest.mark.parametrize("page", ["claims.md", "more.md"])
def test_a_second_entry_of_a_claim_warns_with_file_and_line(arithmetic, page):
    text = CLAIMS if page == "claims.md" else "---\norphan: true\n---\n"
    arithmetic.write(page, text + "# More\n\n:::{claim-entry} C1.1\nAgain.\n:::\n")
    assert re.search(rf"{page}:\d+: WARNING: C1\.1 has one entry already: claims:3", arithmetic.build())


def test_tests_that_cannot_be_imported_stop_the_build(arithmetic):
    arithmetic.write("tests/claims/test_arithmetic.py", "import nothing_of_that_name\n")
    with pytest.raises(Exception, match="nothing_of_that_name"):
        arithmetic.build()
    assert not results(arithmetic).exists()


def test_the_readers_environment_changes_no_result(arithmetic, monkeypatch):
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    check = CHECK.replace(
        "assert 2", "import os, warnings; warnings.warn('old'); assert os.environ['OMP_NUM_THREADS'] == '1'; assert 2"
    )
    arithmetic.write("tests/claims/test_arithmetic.py", check)
    assert arithmetic.build() == ""


def test_a_citing_page_that_is_new_is_shown_without_touching_the_list(arithmetic):
    arithmetic.build()
    arithmetic.write("more.md", "---\norphan: true\n---\n# More counting\n\nAgain. {claim}`C1.1`\n")
    assert arithmetic.build() == ""
    assert "More counting" in arithmetic.page("claims")


def test_a_correction_leads_to_its_claim_and_back(arithmetic):
    arithmetic.write(
        "corrections.md", "---\norphan: true\n---\n# Slips\n\n:::{correction} C1.1\nA lecture wrote five.\n:::\n"
    )
    assert arithmetic.build() == ""
    box = arithmetic.page("corrections").split('id="correction-C1.1"')[0].rsplit("<div", 1)[1]
    assert "cb-correction" in box
    assert '<span class="cb-label">A lecture said</span>' in arithmetic.page("corrections")
    assert 'href="claims.html#C1.1"' in arithmetic.page("corrections")
    assert 'href="corrections.html#correction-C1.1"' in arithmetic.page("claims")
    assert "Slips" not in arithmetic.page("claims").split("Taught on")[1].split("</p>")[0]


def test_a_correction_of_no_claim_warns(arithmetic):
    arithmetic.write(
        "corrections.md", "---\norphan: true\n---\n# Slips\n\n:::{correction} C9.9\nA lecture wrote five.\n:::\n"
    )
    assert "corrections.md:6: WARNING: no {claim-entry} C9.9" in arithmetic.build()


def test_the_korean_edition_speaks_korean(arithmetic):
    arithmetic.translate("claims", {"Two and two make *four*.": "둘에 둘을 더하면 *넷*이다."})
    arithmetic.translate("index", {"Two and two make four. {claim}`C1.1`": "넷이다. {claim}`C1.1`"})
    arithmetic.translate("cnnbook", {"Holds: {passed} of {runs} checks passed.": "참: {runs}개 중 {passed}개 통과."})
    assert arithmetic.build("ko") == ""
    entry = arithmetic.page("claims", "ko")
    assert "<em>넷</em>이다" in entry
    assert "참: 3개 중 3개 통과." in entry
    assert 'href="claims.html#C1.1"' in arithmetic.page(language="ko")


def test_pages_read_in_parallel_are_merged(arithmetic):
    for number in range(6):
        arithmetic.write(f"page{number}.md", f"---\norphan: true\n---\n# Page {number}\n\nSee {{claim}}`C1.1`.\n")
    assert arithmetic.build(parallel=2) == ""
    assert all(f"Page {number}" in arithmetic.page("claims") for number in range(6))
