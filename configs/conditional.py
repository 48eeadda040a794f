"""A simulated choice between three models, each with parameters of its own.

The values come as a JSON object in a file; the ones that do not belong to the chosen model are not
in it. The result is written as a JSON object, too.
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any


def loss_of(values: dict[str, Any]) -> float:
    """Give the loss of a model; a value of another model in `values` is an error."""
    match values:
        case {"model": "linear", "ridge": ridge, **rest} if not rest:
            return 0.40 + 0.01 * math.log10(ridge / 0.1) ** 2
        case {"model": "forest", "trees": trees, "depth": depth, **rest} if not rest:
            return 0.22 + 0.5 / math.sqrt(trees) + 0.002 * (depth - 9) ** 2
        case {"model": "network", "layers": layers, "lr": lr, "optimizer": "adamw", **rest} if (
            not rest
        ):
            return 0.12 + 0.03 * (layers - 2) ** 2 + 0.05 * math.log10(lr / 1e-3) ** 2
        case {
            "model": "network",
            "layers": layers,
            "lr": lr,
            "optimizer": "sgd",
            "momentum": momentum,
            **rest,
        } if not rest:
            best_lr = 0.1 * (1 - momentum)
            return 0.10 + 0.03 * (layers - 3) ** 2 + 0.05 * math.log10(lr / best_lr) ** 2
        case _:
            raise SystemExit(f"these values do not belong together: {values}")


def main() -> None:
    """Read the values, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("values", type=Path, help="JSON object of the hyperparameters")
    parser.add_argument("--out", type=Path, default=Path(), help="folder for result.json")
    args = parser.parse_args()
    loss = loss_of(json.loads(args.values.read_text(encoding="utf-8")))
    (args.out / "result.json").write_text(json.dumps({"loss": loss}), encoding="utf-8")


if __name__ == "__main__":
    main()
