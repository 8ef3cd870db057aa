"""Write down what torchvision and timm answer, for machines that have neither: ``nox -s parity -- --record``."""

import importlib
import json
from datetime import UTC, datetime
from importlib.metadata import version

from tqdm import tqdm

from cnnbook import recorded
from parity import agreement
from parity.references import REFERENCES

LATER = ["vit_b_16", "swin_t", "convnext_tiny"]  # networks that are spoken of, and not built here
PAPERS = {  # networks that torchvision does not have; single networks, one crop
    "xception": {"top1": 79.0, "top5": 94.5, "source": "Chollet (2017), table 1"},
    "mobilenet_v1": {"top1": 70.6, "source": "Howard et al. (2017), table 8"},
}


def main() -> None:
    """Write a golden file for each file of networks, and the accuracies that are published with the weights."""
    goldens()
    accuracies()


def accuracies() -> None:
    """Write down how often each published network is right on ImageNet's validation set, in %."""
    agreement.define_operators()
    models = importlib.import_module("torchvision.models")
    ours = [entry for file in REFERENCES.values() for entry in file.values() if entry.library == "torchvision"]
    found: dict[str, list[dict[str, object]]] = {}
    for name in dict.fromkeys([*(entry.name for entry in ours), *LATER]):
        for weights in models.get_model_weights(name):
            meta = weights.meta
            if set(meta["_metrics"]) == {"ImageNet-1K"} and meta["_metrics"]["ImageNet-1K"]["acc@1"] > 0:
                right = {
                    "top1": meta["_metrics"]["ImageNet-1K"]["acc@1"],
                    "top5": meta["_metrics"]["ImageNet-1K"]["acc@5"],
                }
                costs = {"parameters": meta["num_params"], "giga_multiply_adds": meta["_ops"]}
                source = f"torchvision, {name}, {weights.name}"
                found.setdefault(name, []).append({**right, **costs, "source": source})
    found |= {name: [published] for name, published in PAPERS.items()}
    versions = {"torchvision": version("torchvision")}
    recorded.write("accuracies", "tests/parity/record.py", 0, versions, networks=found)


def goldens() -> None:
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
