"""Does the model beat space-filling points at 40 trials? One-sided tests over seeds.

    python benchmarks/beats_sobol.py --seeds 10

Both start with the same five Sobol points of a seed, so what differs is what the model does with
the other 35. Prints p values and writes `results/beats_sobol.json`; exits 1 if bayes does not win
on every problem at p < 0.05.
"""

import argparse
import math
import statistics
import sys

import numpy as np
from scipy.stats import ttest_rel, wilcoxon
from studies import save, search

from tuner.samplers.spec import SearchSpec
from tuner.space import Choice, Float, Int, Space
from tuner.study import Point

FLOOR = 1e-6  # regret below this is the same to everybody

BRANIN = Space((Float(name="x", min=-5.0, max=10.0), Float(name="y", min=0.0, max=15.0)))
HARTMANN = Space(tuple(Float(name=f"x{j}", min=0.0, max=1.0) for j in range(6)))
TRAINING = Space(
    (
        Float(name="lr", min=1e-5, max=1.0, log=True),
        Int(name="layers", min=1, max=8),
        Choice(name="batch", values=(32, 64, 128, 256), ordered=True),
        Choice(name="optimizer", values=("sgd", "adam", "rmsprop")),
        Float(name="momentum", min=0.0, max=0.99, when="optimizer == 'sgd'"),
        Float(name="beta", min=0.8, max=0.999, when="optimizer != 'sgd'"),
        Float(name="decay", min=1e-6, max=1e-1, log=True, or_zero=True),
    ),
    require=("layers * batch <= 1024",),
)


def branin(_: int, p: Point) -> float:
    """Give the regret on Branin's function: three minima in two dimensions."""
    x, y = p["x"], p["y"]
    wave = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
    return wave + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.39788735772973816


HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
WIDTHS = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
PLACES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann(_: int, p: Point) -> float:
    """Give the regret on Hartmann's function of six dimensions."""
    x = np.array([p[f"x{j}"] for j in range(6)])
    return 3.3223680114155 - float(HEIGHTS @ np.exp(-(WIDTHS * (x - PLACES) ** 2).sum(axis=1)))


def training(_: int, p: Point) -> float:
    """Give the regret of a made-up training: conditionals, a cliff in the learning rate, steps.

    Every optimizer has its own best learning rate, which falls with depth and rises with the batch
    size; beyond ten times of it training diverges.
    """
    middle, floor = {"sgd": (-1.0, 0.0), "adam": (-2.8, 0.02), "rmsprop": (-3.2, 0.05)}[
        p["optimizer"]
    ]
    off = (
        math.log10(p["lr"]) - middle + 0.08 * (p["layers"] - 4) - 0.1 * math.log2(p["batch"] / 128)
    )
    loss = (
        floor
        + 0.06 * off**2
        + 0.008 * (p["layers"] - 5) ** 2
        + 0.01 * math.log2(p["batch"] / 64) ** 2
    )
    if p["optimizer"] == "sgd":
        loss += 0.3 * (p["momentum"] - 0.88) ** 2
    else:
        loss += 4.0 * (p["beta"] - 0.93) ** 2
    decay = -7.0 if p["decay"] == 0 else math.log10(p["decay"])
    loss += 0.008 * (decay + 3.5) ** 2
    return loss + (10 ** min(2.0 * (off - 1.0), 6.0) if off > 1 else 0.0)


PROBLEMS = {
    "branin": (BRANIN, branin),
    "hartmann6": (HARTMANN, hartmann),
    "mixed conditional": (TRAINING, training),
}


def compared(name: str, seeds: range, trials: int) -> dict[str, object]:
    """Run both methods on one problem over all seeds."""
    space, measure = PROBLEMS[name]
    logs: dict[str, list[float]] = {"bayes": [], "sobol": []}
    seconds: list[float] = []
    fallbacks = 0
    for seed in seeds:
        for method, regrets in logs.items():
            told = search(space, measure, SearchSpec(method=method), trials=trials, seed=seed)
            regrets.append(math.log10(max(FLOOR, min(loss for _, loss, _ in told))))
            seconds += [s for given, _, s in told if given.method == "bayes"]
            fallbacks += sum(method == "bayes" and given.reason is not None for given, _, _ in told)
    return {
        "problem": name,
        "median_log10_regret": {m: round(statistics.median(r), 3) for m, r in logs.items()},
        "wins": sum(b < s for b, s in zip(*logs.values(), strict=True)),
        "p_wilcoxon": float(wilcoxon(logs["bayes"], logs["sobol"], alternative="less").pvalue),
        "p_t": float(ttest_rel(logs["bayes"], logs["sobol"], alternative="less").pvalue),
        "median_seconds_per_suggestion": round(statistics.median(seconds), 3),
        "fallbacks": fallbacks,
        "log10_regrets": {m: [round(value, 3) for value in r] for m, r in logs.items()},
    }


def main() -> int:
    """Run, print, save, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0, help="0 to 9 saw the design choices")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--problems", nargs="*", default=list(PROBLEMS), choices=list(PROBLEMS))
    arguments = parser.parse_args()
    rows = []
    for name in arguments.problems:
        seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
        row = compared(name, seeds, arguments.trials)
        rows.append(row)
        regret = row["median_log10_regret"]
        print(
            f"{name:18} log10 regret bayes {regret['bayes']:.2f} sobol {regret['sobol']:.2f}, "
            f"wins {row['wins']}/{arguments.seeds}, p {row['p_wilcoxon']:.2g} (Wilcoxon) "
            f"{row['p_t']:.2g} (t), {row['median_seconds_per_suggestion']:.2f} s a suggestion",
            flush=True,
        )
    if len(rows) == len(PROBLEMS):
        asked = {key: vars(arguments)[key] for key in ("trials", "seeds", "first_seed")}
        save("beats_sobol", {**asked, "rows": rows})
    return int(any(row["p_wilcoxon"] >= 0.05 for row in rows))


if __name__ == "__main__":
    sys.exit(main())
