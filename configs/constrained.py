"""A simulated network whose accuracy, latency and size depend on its shape.

The more it can hold the better it is, and the slower; all three numbers are printed.
"""

import argparse
import math


def main() -> None:
    """Print what a measurement would give."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--bits", type=int, default=32, help="of a weight")
    args = parser.parse_args()

    weights = args.layers * args.width**2
    size_mb = weights * args.bits / 8e6
    latency_ms = 1.5 * args.layers + weights * (8 + args.bits) / 8e6
    capacity = 1 - 0.6 / (1 + math.log10(weights / 1000 + 1))
    best_lr = 3e-3 / math.sqrt(args.layers)
    val_acc = capacity - 0.05 * math.log10(args.lr / best_lr) ** 2 - 0.3 * 2.0**-args.bits
    print(f"val_acc={val_acc:.5f} latency_ms={latency_ms:.3f} size_mb={size_mb:.3f}")


if __name__ == "__main__":
    main()
