"""Write down what torchvision and timm answer, for machines that have neither: ``nox -s parity -- --record``."""

import json
from datetime import UTC, datetime
from importlib.metadata import version

from parity import agreement
from parity.references import REFERENCES
from tqdm import tqdm


def main() -> None:
    """Write a golden file for each file of networks."""
    for file, references in REFERENCES.items():
        networks = {}
        for ours, reference in tqdm(references.items(), file):
            networks[ours] = agreement.recorded(agreement.built(reference), reference.size)
        libraries = {
            name: version(name) for name in ("torch", *sorted({entry.library for entry in references.values()}))
        }
        record = {
            "script": "nox -s parity -- --record",
            "measured": datetime.now(UTC).date().isoformat(),
            "libraries": libraries,
            "networks": networks,
        }
        path = agreement.GOLDEN / f"{file}.json"
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        unfinished.replace(path)


if __name__ == "__main__":
    main()
