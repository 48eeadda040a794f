"""What every acquisition, surrogate and searcher that can be named is worth, and what it costs.

    python benchmarks/search/catalogue.py run --seeds 0-9      # resumable; --names to run a few
    python benchmarks/search/catalogue.py wide --seeds 0-19    # saas and gp on 50 columns, 60 trials
    python benchmarks/search/catalogue.py table

Every name searches the same mixed, conditional space for 20 trials: real trainings of networks
(`network_digits`, 8 parameters). p is the one-sided Mann-Whitney test that its best results are better
than those of random search (50 seeds). Run in tuner's own environment.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1"))

import argparse
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import get_args

import numpy as np
import runlog
from measure import one_run
from problems import problem
from results import FOLDER, Results, read
from scoring import Cells, interval, paired
from summarize import table
from tools import maker

from tuner.acquisition.spec import Order
from tuner.samplers.spec import Surrogate

HERE = FOLDER.parent / "catalogue"
PROBLEMS = ("network_digits",)
WIDE = "hartmann6_in_50"
APART = ("auto", "saas_nuts")  # one is gp, one compiles for half a minute a suggestion
OPTUNA = ("tpe", "cma_es", "nsgaii", "qmc", "gp")
TRIALS, WIDE_TRIALS = 20, 60
NAMES = {
    **{f"acquisition: {name}": f"acquisition={name}" for name in get_args(Order)},
    **{
        f"surrogate: {name}": f"surrogate={name}"
        for name in get_args(Surrogate)
        if name not in APART
    },
    **{f"method: optuna, {name}": f"method=optuna,sampler={name}" for name in OPTUNA},
    "method: sobol": "method=sobol",
}


def path_of(name: str, folder: Path = HERE) -> Path:
    """Name a file after what was asked for."""
    return folder / f"regret_{name.replace(': ', '-').replace(', ', '-')}.jsonl"


def run(names: Iterable[str], problems: Sequence[str], seeds: range, trials: int) -> None:
    """Append a line a run to the results; what is there is skipped."""
    for seed in seeds:
        for name in names:
            path = path_of(name)
            done = runlog.done(path, trials)
            for searched in problems:
                if (searched, seed) in done:
                    continue
                p = problem(searched, seed)
                head = {"problem": searched, "seed": seed, "group": p.group, "known": p.best}
                head |= {"moving": True} if p.moving else {}
                tool = f"tuner:{NAMES[name]}" if name in NAMES else name
                line = one_run(maker(tool), p, seed, trials, 1)
                runlog.append(path, {**head, **line})
            print(name, seed, flush=True)


def best_of(runs: Iterable[runlog.Line], trials: int) -> list[float]:
    """Give the best value of each run after so many trials."""
    return [min(v for t, v, *_ in run["curve"] if t <= trials) for run in runs if run["curve"]]


def worth() -> str:
    """Compare every name with random search."""
    better = import_module("scipy.stats").mannwhitneyu
    random = dict(read(FOLDER, "regret"))["random"]
    rows = []
    for name in NAMES:
        lines = [line for line in runlog.read(path_of(name)) if line["problem"] in PROBLEMS]
        if not lines:
            continue
        cells = []
        for searched in PROBLEMS:
            ours = best_of([line for line in lines if line["problem"] == searched], TRIALS)
            theirs = best_of([line for line in random if line["problem"] == searched], TRIALS)
            if not ours:
                cells.append("-")
                continue
            p = better(ours, theirs, alternative="less").pvalue
            beaten = np.mean([o < t for o in ours for t in theirs])
            cells.append(f"{100 * beaten:.0f} %, p = {p:.2g}")
        seeds = len({line["seed"] for line in lines if line["problem"] in PROBLEMS})
        cost = np.median([line["cpu_s"] / line["trials"] for line in lines if line["trials"]])
        rows.append([name, str(seeds), *cells, f"{1000 * cost:,.0f}"])
    head = ["search", "seeds", *(f"{p}: better than random" for p in PROBLEMS)]
    head += ["ms a suggestion"]
    return table(head, rows)


def wide() -> str:
    """Compare saas with gp where few of many columns matter."""
    if not path_of("random").exists():
        return ""
    results = Results(HERE, "regret", WIDE_TRIALS)
    stems = [path_of(f"surrogate: {name}").stem.removeprefix("regret_") for name in ("gp", "saas")]
    columns = []
    for final in (False, True):
        gp, saas = (results.scores(stem, [WIDE], final=final) for stem in stems)
        middle, low, high = interval(paired(saas, gp))
        means = [f"{interval(paired_with(cells, gp, saas))[0]:.2f}" for cells in (gp, saas)]
        columns.append([*means, f"{middle:+.3f} [{low:+.3f}, {high:+.3f}]"])
    both = str(len(paired(saas, gp)[WIDE]))
    names = ("gp", "saas", "saas minus gp")
    rows = [[name, *cells, both] for name, *cells in zip(names, *columns, strict=True)]
    head = [
        f"Hartmann-6 among 50 columns, {WIDE_TRIALS} trials",
        "score",
        "score of the end",
        "seeds",
    ]
    return table(head, rows)


def paired_with(cells: Cells, *others: Cells) -> Cells:
    """Keep the seeds that all ran."""
    seeds = set.intersection(*(set(other[WIDE]) for other in others))
    return {WIDE: {seed: cells[WIDE][seed] for seed in sorted(seeds)}}


def main() -> None:
    """Run or print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "wide", "table"])
    parser.add_argument("--names", nargs="*", default=list(NAMES), choices=list(NAMES))
    parser.add_argument("--seeds", default="0-9", help="FIRST-LAST")
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    if asked.what == "run":
        run(asked.names, PROBLEMS, seeds, TRIALS)
    elif asked.what == "wide":
        run(["random"], [WIDE], range(50), WIDE_TRIALS)
        run(["surrogate: gp", "surrogate: saas"], [WIDE], seeds, WIDE_TRIALS)
    else:
        print(worth(), wide(), sep="\n\n")


if __name__ == "__main__":
    main()
