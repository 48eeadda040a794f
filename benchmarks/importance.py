"""Are the importances that `tuner explain` states true? On functions whose indices are known exactly.

Every study is searched by Sobol points or by the model, so its trials lie all over the space or crowd
around the best of them. A stated interval should hold the true index in 95 % of cases, and where two
parameters clearly differ (by CLEAR of the variance) the more important one should come first. How
intervals are made was chosen by other functions (`known_indices.py`), which are a set of their own.

    python benchmarks/importance.py --set judged --seeds 6 --from-seed 1000
    python benchmarks/importance.py --set chosen_by --seeds 2
    python benchmarks/importance.py --set judged --functions linear --trials 60 --methods sobol --out /tmp/i.json
"""

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from known_indices import CHOSEN_BY, JUDGED, Function

from tuner import Study
from tuner.insight.base import Importance
from tuner.insight.make import understand

RESULTS = Path(__file__).parent / "results" / "importance.json"
CLEAR = 0.1
METHODS = ("sobol", "bayes")


FUNCTIONS = {**JUDGED, **CHOSEN_BY}
SETS = {"judged": JUDGED, "chosen_by": CHOSEN_BY}


def searched(function: Function, counts: list[int], method: str, seed: int) -> Iterator[Study]:
    """Run a study in memory; stop at each count of trials."""
    names = [f"x{j}" for j in range(len(function.first))]
    study = Study.create(
        parameters={name: {"type": "float", "min": 0.0, "max": 1.0} for name in names},
        metric={"name": "loss", "goal": "minimize"},
        search={"method": method},
        seed=seed,
        path=None,
    )
    for number in range(1, max(counts) + 1):
        trial = study.ask()
        study.tell(trial, function.value(np.array([trial.params[name] for name in names])))
        if number in counts:
            yield study


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


def measure(name: str, counts: list[int], method: str, seed: int) -> Iterator[dict[str, Any]]:
    """Search once and ask after each count of trials."""
    function = FUNCTIONS[name]()
    for study in searched(function, counts, method, seed):
        since = time.process_time()
        understood = understand(study._desk.history, study.config.space)
        found = understood.importance()
        spent = time.process_time() - since
        trials = len(study._desk.history.trials)
        case = {"function": name, "trials": trials, "method": method, "seed": seed}
        more = {"seconds": round(spent, 3), "tells": found.tells, "doubts": list(found.doubts)}
        yield {**case, **judged(function, found), **more}


def summary(runs: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Say how often the truth was inside, and how wide the intervals were."""
    rows = [row for run in runs for row in run["rows"]]
    pairs = sum(run["pairs"] for run in runs)
    parts = {}
    for what in ("first", "total"):
        some = [row for row in rows if row["index"] == what]
        widths = [row["high"] - row["low"] for row in some]
        large = [row["high"] - row["low"] for row in some if row["true"] >= CLEAR]
        parts[what] = {
            "inside": float(np.mean([row["inside"] for row in some])),
            "error": float(np.mean([abs(row["value"] - row["true"]) for row in some])),
            "width": float(np.mean(widths)),
            "median_width": float(np.median(widths)),
            "median_width_of_large": float(np.median(large)),
        }
    return {
        **parts,
        "inside": float(np.mean([row["inside"] for row in rows])),
        "ordered": sum(run["ordered"] for run in runs) / pairs if pairs else None,
        "cannot_say": float(np.mean([not run["tells"] for run in runs])),
        "seconds": float(np.median([run["seconds"] for run in runs])),
        "studies": len(runs),
    }


def told(runs: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Print a table of all cases, and give it with what all say together."""
    print(f"{'function':10} {'method':6} {'trials':>6}  inside  first  total  width  ordered")
    cases = []
    keys = ("function", "method", "trials")
    for case in dict.fromkeys(tuple(run[key] for key in keys) for run in runs):
        said = summary([run for run in runs if tuple(run[key] for key in keys) == case])
        cases.append({**dict(zip(keys, case, strict=True)), **said})
        first, total = said["first"], said["total"]
        print(
            f"{case[0]:10} {case[1]:6} {case[2]:6d}  {said['inside']:6.2f} {first['inside']:6.2f}"
            f" {total['inside']:6.2f} {total['width']:6.3f} {said['ordered']:8.2f}"
        )
    whole = summary(runs)
    print(f"all: inside {whole['inside']:.3f}, in order {whole['ordered']:.3f}")
    by_method = {
        method: summary([run for run in runs if run["method"] == method])
        for method in dict.fromkeys(run["method"] for run in runs)
    }
    return {
        "seeds": sorted({run["seed"] for run in runs}),
        "all": whole,
        **by_method,
        "cases": cases,
    }


def main() -> None:
    """Measure, print a table, write the results of one set beside those of the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--set", choices=list(SETS), default="judged")
    parser.add_argument("--functions", nargs="+")
    parser.add_argument("--trials", nargs="+", type=int, default=[60, 120])
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--from-seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    args = parser.parse_args()
    seeds = range(args.from_seed, args.from_seed + args.seeds)
    runs = [
        run
        for name in args.functions or SETS[args.set]
        for method in args.methods
        for seed in seeds
        for run in measure(name, args.trials, method, seed)
    ]
    found = told(runs)
    kept = json.loads(args.out.read_text()) if args.out.exists() else {}
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps({**kept, args.set: found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
