"""A simulated training over every kind of hyperparameter: a formula instead of a network.

It writes one JSON object an epoch into metrics.jsonl in the folder given by --out, as many training
scripts do, and takes no time, so that a study of it can be tried at once.
"""

import argparse
import json
import math
import random
from pathlib import Path

BEST_LR = {"relu": 3e-3, "gelu": 1e-3, "tanh": 1e-2}
FLOOR = {"relu": 0.06, "gelu": 0.05, "tanh": 0.09}  # the error that is left in the best case
BEST_PARAMETERS = 1500  # width * layers
BEST_DROPOUT, BEST_DECAY = 0.2, 1e-3
NOISE = 0.001


def read_arguments() -> argparse.Namespace:
    """Read the hyperparameters from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--activation", choices=sorted(FLOOR), default="relu")
    parser.add_argument("--augment", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--weight_decay", type=float, default=0.0)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path())
    return parser.parse_args()


def final_error(args: argparse.Namespace) -> float:
    """Give the error that a training without end would reach."""
    best_lr = BEST_LR[args.activation] * math.sqrt(args.batch_size / 64)
    return (
        FLOOR[args.activation]
        + 0.03 * math.log10(args.lr / best_lr) ** 2
        + 0.02 * math.log2(args.width * args.layers / BEST_PARAMETERS) ** 2 / 4
        + 0.10 * (args.dropout - BEST_DROPOUT) ** 2
        + 0.01 * min(4.0, math.log10(max(args.weight_decay, 1e-7) / BEST_DECAY) ** 2)
        + (0.0 if args.augment else 0.02)
    )


def main() -> None:
    """Write a curve that falls towards the final error."""
    args = read_arguments()
    noise = random.Random(args.seed)  # noqa: S311  nothing secret
    end = final_error(args)
    with (args.out / "metrics.jsonl").open("w", encoding="utf-8") as file:
        for epoch in range(1, args.epochs + 1):
            progress = math.exp(-max(0, epoch - args.warmup))
            error = end + (0.9 - end) * progress + noise.gauss(0.0, NOISE)
            file.write(json.dumps({"epoch": epoch, "error": round(error, 6)}) + "\n")


if __name__ == "__main__":
    main()
