"""What every acquisition, surrogate and searcher that can be named is worth, and what it costs.

    python benchmarks/search/catalogue.py run --seeds 0-9      # resumable; --names to run a few
    python benchmarks/search/catalogue.py wide --seeds 0-19    # saas and gp on 50 columns, 60 trials
    python benchmarks/search/catalogue.py shown       # what each is meant for, against random search
    python benchmarks/search/catalogue.py held        # and against the default; `cases.py` says which
    python benchmarks/search/catalogue.py costs       # CPU seconds of an ask after 50 and 200 trials
    python benchmarks/search/catalogue.py table

Every name searches the same mixed, conditional space for 20 trials: real trainings of networks
(`network_digits`, 8 parameters). p is the one-sided Mann-Whitney test that its best results are better
than those of random search (50 seeds). All can be run again and go on where they were. Run in tuner's
own environment.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1"))

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import get_args

import numpy as np
import runlog
from cases import HELD, SHOWN, Case
from measure import asking, one_run
from problems import problem
from results import FOLDER, Results, read
from scoring import Cells, interval, paired, values
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
COSTS = HERE / "costs.jsonl"
COSTS_OF, COSTS_AT = "hartmann6", (50, 200)
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
SITTING = Case(names=tuple(NAMES), problems=PROBLEMS, trials=TRIALS, seeds=10)
"""What every name is tried on."""


def path_of(name: str, mode: str = "regret") -> Path:
    """Name a file after what was asked for."""
    return HERE / f"{mode}_{name.replace(': ', '-').replace(', ', '-')}.jsonl"


def run(
    names: Iterable[str],
    problems: Sequence[str],
    seeds: range,
    trials: int,
    workers: int = 1,
    options: str = "",
) -> None:
    """Append a line a run to the results; what is there is skipped."""
    for seed in seeds:
        for name in names:
            path = path_of(name, "regret" if workers == 1 else "batch")
            done = runlog.done(path, trials, options)
            for searched in problems:
                if (searched, seed) in done:
                    continue
                p = problem(searched, seed)
                head = {"problem": searched, "seed": seed, "group": p.group, "known": p.best}
                head |= {"moving": True} if p.moving else {}
                head |= {"options": options} if options else {}
                tool = f"tuner:{NAMES[name]},{options}" if name in NAMES else name
                line = one_run(maker(tool), p, seed, trials, workers)
                runlog.append(path, {**head, **line})
            print(name, seed, flush=True)


def run_cases(cases: Sequence[Case]) -> None:
    """Run random search and what cases are about, a seed of every case after the other."""
    for case in cases:
        run(["random"], case.problems, range(case.random), case.trials)
    for seed in range(max(case.seeds for case in cases)):
        for case in (case for case in cases if seed < case.seeds):
            seeds = range(seed, seed + 1)
            run(case.names, case.problems, seeds, case.trials, case.workers, case.options)


def run_costs() -> None:
    """Append what asking every name costs."""
    done = {(line["name"], line["n"]) for line in runlog.read(COSTS)}
    searched = problem(COSTS_OF)
    for name, options in NAMES.items():
        lengths = [n for n in COSTS_AT if (name, n) not in done]
        for n, taken in asking(maker(f"tuner:{options}"), searched, lengths) if lengths else ():
            runlog.append(COSTS, {"name": name, "n": n, "cpu_s": taken})
            print(name, n, taken, flush=True)


def best_of(runs: Iterable[runlog.Line], trials: int) -> list[float]:
    """Give the best value of each run after so many trials."""
    return [min(v for t, v, *_ in run["curve"] if t <= trials) for run in runs if run["curve"]]


def beaten(name: str, case: Case) -> tuple[int, float, float]:
    """Compare a search's best results with random search's, on the first problem of a case.

    Returns:
        Seeds, the share of pairs in which it is lower, and the one-sided p of that; the last two nan
        where either has fewer seeds than the case asks for.
    """
    better = import_module("scipy.stats").mannwhitneyu
    random = runlog.read(path_of("random")) + dict(read(FOLDER, "regret"))["random"]
    ours, theirs = (
        best_of([line for line in lines if line["problem"] == case.problems[0]], case.trials)
        for lines in (
            longest(runlog.read(path_of(name, case.mode)), case.trials, case.options),
            longest(random, case.trials),
        )
    )
    if len(ours) < case.seeds or len(theirs) < case.random:
        return len(ours), float("nan"), float("nan")
    share = float(np.mean([o < t for o in ours for t in theirs]))
    return len(ours), share, float(better(ours, theirs, alternative="less").pvalue)


def longest(lines: Iterable[runlog.Line], trials: int, options: str = "") -> list[runlog.Line]:
    """Keep one run of every problem and seed: a longer one begins as a shorter one.

    One with other options is left out, and one with fewer trials, if no error ended it. What a model
    recommends is known at the end alone, so where that is said a run with more trials is left out too.
    """
    kept: dict[tuple[str, int], runlog.Line] = {}
    for line in sorted(lines, key=lambda line: line["trials"]):
        enough = line["trials"] >= trials or "error" in line
        if "recommended" in line:
            enough = line["trials"] <= trials and enough
        if enough and line.get("options", "") == options:
            kept[line["problem"], line["seed"]] = line
    return list(kept.values())


def told(share: float, p: float) -> str:
    """Write a share and its p; where runs are missing, that there is nothing to say."""
    return "-" if np.isnan(p) else f"{100 * share:.0f} %, p = {p:.2g}"


def worth() -> str:
    """Compare every name with random search."""
    costs = {(row["name"], row["n"]): np.median(row["cpu_s"]) for row in runlog.read(COSTS)}
    rows = []
    for name in NAMES:
        found = [beaten(name, replace(SITTING, problems=(searched,))) for searched in PROBLEMS]
        cells = [told(share, p) for _, share, p in found]
        taken = [f"{1000 * costs[name, n]:,.0f}" if (name, n) in costs else "-" for n in COSTS_AT]
        rows.append([name, str(max(seeds for seeds, *_ in found)), *cells, *taken])
    head = ["search", "seeds", *(f"{p}: better than random" for p in PROBLEMS)]
    head += [f"ms at n = {n}" for n in COSTS_AT]
    return table(head, rows)


def shown() -> str:
    """Compare with random search those that twenty trials say nothing of, where they are meant to be."""
    rows = []
    for case in SHOWN:
        for name in case.names:
            seeds, share, p = beaten(name, case)
            rows.append([name, case.where, str(seeds), told(share, p)])
    return table(["search", "where it is meant for", "seeds", "better than random"], rows)


def ends(case: Case, name: str) -> Cells:
    """Score the ends of a search's runs; where there is noise, the true value of what is recommended."""
    results = Results(HERE, "regret", case.trials)
    cells: Cells = {}
    for line in longest(runlog.read(path_of(name, case.mode)), case.trials, case.options):
        searched = line["problem"]
        if searched in case.problems and line["curve"]:
            end = line.get("recommended", values(line, case.trials)[-1]) - line["known"]
            gain = 1 - max(end, 0.0) / results.R[searched][-1]
            cells.setdefault(searched, {})[line["seed"]] = float(np.clip(gain, -1, 1))
    return cells


def held() -> str:
    """Compare searches with the default where they are meant to be better."""
    rows = []
    for case in HELD:
        *names, default = case.names
        theirs = ends(case, default)
        for name in names:
            ours = ends(case, name)
            both = paired(ours, theirs)
            runs = sum(len(by_seed) for by_seed in both.values())
            means = gap = "-"
            if runs >= case.seeds * len(case.problems):
                middle, low, high = interval(both)
                gap = f"{middle:+.2f} [{low:+.2f}, {high:+.2f}]"
                means = " / ".join(
                    f"{interval(paired_with(cells, ours, theirs))[0]:.2f}"
                    for cells in (ours, theirs)
                )
            rows.append([f"{name} / {default}", case.where, str(runs), means, gap])
    head = [
        "search / what it is held against",
        "where",
        "runs",
        "final scores",
        "difference [95 %]",
    ]
    return table(head, rows)


def wide() -> str:
    """Compare saas with gp where few of many columns matter."""
    paths = [path_of(f"surrogate: {name}") for name in ("gp", "saas")]
    if not all(path.exists() for path in (path_of("random"), *paths)):
        return ""
    results = Results(HERE, "regret", WIDE_TRIALS)
    stems = [path.stem.removeprefix("regret_") for path in paths]
    columns = []
    for final in (False, True):
        gp, saas = (results.scores(stem, [WIDE], final=final) for stem in stems)
        if not paired(saas, gp):
            return ""
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
    """Keep the problems and seeds that all ran."""
    kept: Cells = {}
    for name in sorted(set.intersection(*(set(other) for other in others))):
        seeds = set.intersection(*(set(other[name]) for other in others))
        if seeds:
            kept[name] = {seed: cells[name][seed] for seed in sorted(seeds)}
    return kept


def main() -> None:
    """Run or print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "wide", "shown", "held", "costs", "table"])
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
    elif asked.what in ("shown", "held"):
        run_cases(SHOWN if asked.what == "shown" else HELD)
    elif asked.what == "costs":
        run_costs()
    else:
        print(worth(), shown(), held(), wide(), sep="\n\n")


if __name__ == "__main__":
    main()
