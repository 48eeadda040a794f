"""Are the importances that `tuner explain` states true? On functions whose indices are known exactly.

Every study is searched by Sobol points or by the model, so its trials lie all over the space or crowd
around the best of them. A stated interval should hold the true index in 95 % of cases, and where two
parameters clearly differ (by CLEAR of the variance) the more important one should come first.

    python benchmarks/importance.py --seeds 5
    python benchmarks/importance.py --seeds 2 --functions linear --trials 60 --methods sobol
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from tuner import Study
from tuner.insight.base import Importance
from tuner.insight.make import understand
from tuner.study import History

RESULTS = Path(__file__).parent / "results" / "importance.json"
CLEAR = 0.1
METHODS = ("sobol", "bayes")


@dataclass(frozen=True, kw_only=True)
class Function:
    """A formula on a box, with its Sobol indices.

    Attributes:
        value: of the places (k,) in the unit cube.
        first, total: (k,) true indices.
    """

    value: Callable[[np.ndarray], float]
    first: tuple[float, ...]
    total: tuple[float, ...]


def ishigami() -> Function:
    """Ishigami & Homma (1990) with a = 7, b = 0.1; indices as in Sobol & Levitan (1999)."""
    a, b = 7.0, 0.1
    one = 0.5 * (1 + b * math.pi**4 / 5) ** 2
    two = a**2 / 8
    three = b**2 * math.pi**8 * 8 / 225
    variance = one + two + three

    def value(u: np.ndarray) -> float:
        x = math.pi * (2 * u - 1)
        return float(np.sin(x[0]) + a * np.sin(x[1]) ** 2 + b * x[2] ** 4 * np.sin(x[0]))

    return Function(
        value=value,
        first=(one / variance, two / variance, 0.0),
        total=((one + three) / variance, two / variance, three / variance),
    )


def g_function(a: tuple[float, ...] = (0, 1, 4.5, 9, 99, 99)) -> Function:
    """Sobol's g-function; the smaller a, the more a parameter matters (Saltelli & Sobol 1995)."""
    shares = np.array([1 / (3 * (1 + each) ** 2) for each in a])
    variance = float(np.prod(1 + shares) - 1)
    total = [s * np.prod(1 + np.delete(shares, j)) / variance for j, s in enumerate(shares)]

    def value(u: np.ndarray) -> float:
        return float(np.prod((np.abs(4 * u - 2) + np.array(a)) / (1 + np.array(a))))

    return Function(
        value=value, first=tuple((shares / variance).tolist()), total=tuple(map(float, total))
    )


def linear(slopes: tuple[float, ...] = (4, 2, 1, 0, 0, 0)) -> Function:
    """A plane in some parameters among others that do nothing."""
    shares = np.square(slopes) / np.square(slopes).sum()
    exact = tuple(map(float, shares))
    return Function(value=lambda u: float(u @ np.array(slopes)), first=exact, total=exact)


FUNCTIONS: dict[str, Callable[[], Function]] = {
    "ishigami": ishigami,
    "g": g_function,
    "linear": linear,
}


def searched(function: Function, trials: int, method: str, seed: int) -> tuple[History, Any]:
    """Run a study in memory; give its history and its space."""
    names = [f"x{j}" for j in range(len(function.first))]
    study = Study.create(
        parameters={name: {"type": "float", "min": 0.0, "max": 1.0} for name in names},
        metric={"name": "loss", "goal": "minimize"},
        search={"method": method},
        seed=seed,
        path=None,
    )
    for _ in range(trials):
        trial = study.ask()
        study.tell(trial, function.value(np.array([trial.params[name] for name in names])))
    return study._desk.history, study.config.space


def judged(function: Function, found: Importance) -> dict[str, Any]:
    """Hold what was stated to the truth."""
    stated = {weight.name: weight for weight in found.weights}
    rows = []
    for j, (first, total) in enumerate(zip(function.first, function.total, strict=True)):
        weight = stated[f"x{j}"]
        for what, true, said in (("first", first, weight.first), ("total", total, weight.total)):
            rows.append(
                {
                    "name": f"x{j}",
                    "index": what,
                    "true": true,
                    "value": said.value,
                    "low": said.low,
                    "high": said.high,
                    "inside": said.low <= true <= said.high,
                }
            )
    order = [
        (stated[f"x{i}"].total.value > stated[f"x{j}"].total.value)
        == (function.total[i] > function.total[j])
        for i, j in combinations(range(len(function.total)), 2)
        if abs(function.total[i] - function.total[j]) >= CLEAR
    ]
    return {"rows": rows, "ordered": sum(order), "pairs": len(order)}


def measure(name: str, trials: int, method: str, seed: int) -> dict[str, Any]:
    """Search once and ask once."""
    function = FUNCTIONS[name]()
    history, space = searched(function, trials, method, seed)
    since = time.process_time()
    understood = understand(history, space)
    found = understood.importance()
    spent = time.process_time() - since
    case = {"function": name, "trials": trials, "method": method, "seed": seed}
    r2 = understood.calibration().r2
    more = {"seconds": round(spent, 3), "r2": round(r2, 3), "doubts": list(found.doubts)}
    return {**case, **judged(function, found), **more}


def summary(runs: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Say how often the truth was inside, and how wide the intervals were."""
    rows = [row for run in runs for row in run["rows"]]
    pairs = sum(run["pairs"] for run in runs)
    parts = {}
    for what in ("first", "total"):
        some = [row for row in rows if row["index"] == what]
        parts[what] = {
            "inside": float(np.mean([row["inside"] for row in some])),
            "error": float(np.mean([abs(row["value"] - row["true"]) for row in some])),
            "width": float(np.mean([row["high"] - row["low"] for row in some])),
        }
    return {
        **parts,
        "inside": float(np.mean([row["inside"] for row in rows])),
        "ordered": sum(run["ordered"] for run in runs) / pairs if pairs else None,
        "seconds": float(np.median([run["seconds"] for run in runs])),
        "studies": len(runs),
    }


def main() -> None:
    """Measure, print a table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--functions", nargs="+", default=list(FUNCTIONS))
    parser.add_argument("--trials", nargs="+", type=int, default=[60, 100, 150])
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS)
    args = parser.parse_args()
    cases, everything = [], []
    print(
        f"{'function':10} {'method':6} {'trials':>6}  inside  first  total  width  error  ordered"
    )
    for name in args.functions:
        for method in args.methods:
            for trials in args.trials:
                runs = [measure(name, trials, method, seed) for seed in range(args.seeds)]
                everything += runs
                said = summary(runs)
                cases.append({"function": name, "method": method, "trials": trials, **said})
                first, total = said["first"], said["total"]
                print(
                    f"{name:10} {method:6} {trials:6d}  {said['inside']:6.2f} {first['inside']:6.2f}"
                    f" {total['inside']:6.2f} {total['width']:6.3f} {total['error']:6.3f}"
                    f" {said['ordered']:8.2f}",
                    flush=True,
                )
    whole = summary(everything)
    print(f"all: inside {whole['inside']:.3f}, in order {whole['ordered']:.3f}")
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps({"all": whole, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
