"""Does a second study, inside the bounds that `tuner explain --bounds` gives, find the best sooner?

A first study searches a table of real trainings; its bounds are narrowed by what it says; a second one
with another seed searches inside, knowing nothing else. Counted are the trials until the second is as
good as the first one's best, held against the trials of the first. A second study that does not get
there counts as one trial more than it had.

    python benchmarks/narrowed.py --seeds 3
    python benchmarks/narrowed.py --problems svm_digits forest_chile --seeds 2
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "search"))

import problems  # noqa: E402  beside the other benchmarks of the search
from landscape import Problem  # noqa: E402
from tools import node  # noqa: E402

from tuner import Study  # noqa: E402
from tuner.insight.make import understand  # noqa: E402

RESULTS = HERE / "results" / "narrowed.json"
ROUNDING = 1e-9


def search(
    parameters: dict[str, Any], problem: Problem, trials: int, seed: int
) -> tuple[Study, list[float]]:
    """Search in memory; give the study and what its trials measured."""
    study = Study.create(
        parameters=parameters, metric={"name": "loss", "goal": "minimize"}, seed=seed, path=None
    )
    values = []
    for _ in range(trials):
        trial = study.ask()
        value = problem.f(
            {name: trial.params[name] for name in problem.space if name in trial.params}
        )
        study.tell(trial, value)
        values.append(value)
    return study, values


def measure(name: str, trials: int, seed: int) -> dict[str, Any]:
    """Run a first and a second study."""
    problem = problems.problem(name, seed)
    whole = {key: node(spec) for key, spec in problem.space.items()}
    study, first = search(whole, problem, trials, seed)
    since = time.process_time()
    narrowed = understand(study._desk.history, study.config.space).narrowed()
    seconds = time.process_time() - since
    _, second = search(dict(narrowed.parameters), problem, trials, seed + 1000)
    goal = min(first) + ROUNDING * abs(min(first))
    needed = next((i for i, value in enumerate(second, 1) if value <= goal), trials + 1)
    return {
        "problem": name,
        "seed": seed,
        "needed": needed,
        "share": needed / trials,
        "first_needed": 1 + first.index(min(first)),
        "better": min(second) < min(first),
        "kept": narrowed.kept,
        "best_kept": narrowed.best_kept,
        "changed": sorted(narrowed.changed),
        "seconds": round(seconds, 2),
    }


def main() -> None:
    """Measure, print a table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--problems", nargs="+", default=problems.names("tune") + problems.names("confirm")
    )
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS)
    args = parser.parse_args()
    print(f"{'problem':20} needed of {args.trials}, by seed; median share; space kept")
    args.out.parent.mkdir(exist_ok=True)
    cases: list[dict[str, Any]] = []
    for name in args.problems:
        runs = [measure(name, args.trials, seed) for seed in range(args.seeds)]
        median = statistics.median(run["share"] for run in runs)
        kept = statistics.median(run["kept"] for run in runs)
        cases.append({"problem": name, "median": median, "runs": runs})
        counts = " ".join(f"{run['needed']:3d}" for run in runs)
        print(f"{name:20} {counts}   {median:5.2f}   {kept:.3f}", flush=True)
        whole = summary(cases)
        args.out.write_text(json.dumps({"all": whole, "cases": cases}, indent=1) + "\n")
    print(
        f"median over problems {whole['median']:.2f}; below half on {whole['below_half']} of "
        f"{whole['problems']}; the second study was better in {whole['better']:.0%}"
    )


def summary(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Say what the problems so far come to."""
    medians = [case["median"] for case in cases]
    return {
        "median": statistics.median(medians),
        "below_half": sum(m < 0.5 for m in medians),
        "problems": len(medians),
        "better": statistics.mean(run["better"] for case in cases for run in case["runs"]),
    }


if __name__ == "__main__":
    main()
