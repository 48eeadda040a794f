"""What each choice of the default search is worth, on the problems that it was chosen on.

    python benchmarks/search/ablation.py run --seeds 1-3     # resumable, about four minutes a recipe
    python benchmarks/search/ablation.py run --recipes default --groups conditional --seeds 1-10
    python benchmarks/search/ablation.py table

Every recipe is the search without other branches with one thing changed: the default is that with them.
The groups `confirm` and `hpobench` are not among the problems: no choice may look at them. Those of
`conditional` tell about branches and nothing else. Run in tuner's own environment; recipes that the
YAML cannot say replace what the sampler orders from its laboratory.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1"))

import argparse
import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import runlog
from measure import one_run
from problems import names, problem
from results import FOLDER, Results
from scoring import interval, paired
from summarize import table
from tools import maker

import tuner.acquisition.log_ei as criterion
import tuner.samplers.bayesian as sampler
from tuner.surrogates.spec import GaussianProcess, Priors

GROUPS = ("synthetic", "shifted", "reference", "tune")
BRANCHING = "conditional"
PLAIN, DEFAULT = "no other branches", "default"
VANILLA = Priors(centre=math.sqrt(2), width=math.sqrt(3), growth=0.5, longest=1e4)
"""Hvarfner et al. (2024): length scales that grow with the dimension, BoTorch's default."""

RECIPES: dict[str, dict[str, Any]] = {
    PLAIN: {},
    DEFAULT: {"branches": True},
    "most probable hyperparameters only": {"draws": 0},
    "draws only": {"turn": 0},
    "8 draws": {"draws": 8},
    "plain outcomes": {"transforms": ("plain",), "draws": 8},
    "winsorized outcomes": {"transforms": ("winsor",), "draws": 8},
    "half ranks alone": {"transforms": ("half_rank",), "draws": 8},
    "bent outcomes alone": {"transforms": ("bent",), "draws": 8},
    "half ranks and plain": {"transforms": ("half_rank", "plain")},
    "dimension-scaled priors": {"priors": VANILLA},
    "wider priors": {"priors": Priors(centre=math.log(0.4) + 1.0, width=1.0)},
    "LogEI instead of augmented": {"worth": False},
    "3 points first": {"search": "initial=3"},
    "10 points first": {"search": "initial=10"},
}


@contextmanager
def changed(recipe: dict[str, Any]) -> Iterator[str]:
    """Change the default for a while; give the options of the adapter."""
    others = ("worth", "search", "branches")
    model = {name: value for name, value in recipe.items() if name not in others}
    ordered, criteria, little = sampler.GaussianProcess, criterion.LogEI, sampler.LITTLE
    sampler.GaussianProcess = partial(GaussianProcess, **model)
    if not recipe.get("worth", True):
        criterion.LogEI = partial(criteria, worth=False)
    if not recipe.get("branches"):
        sampler.LITTLE = -math.inf
    try:
        yield recipe.get("search", "")
    finally:
        sampler.GaussianProcess, criterion.LogEI, sampler.LITTLE = ordered, criteria, little


def run(recipes: list[str], groups: list[str], seeds: range, trials: int) -> None:
    """Append a line a run to the results; what is there is skipped."""
    for seed in seeds:
        for recipe in recipes:
            path = FOLDER / f"ablation_{recipe.replace(' ', '-')}.jsonl"
            done = runlog.done(path, trials)
            for name in (name for group in groups for name in names(group)):
                if (name, seed) in done:
                    continue
                searched = problem(name, seed)
                with changed(RECIPES[recipe]) as options:
                    line = one_run(maker(f"tuner:{options}"), searched, seed, trials, 1)
                head = {"problem": name, "seed": seed, "group": searched.group}
                head |= {"known": float(f"{searched.best:.8g}"), "moving": searched.moving}
                runlog.append(path, {**head, **line})
            print(recipe, seed, flush=True)


def tables(trials: int) -> str:
    """Compare every recipe with the search without other branches, paired by problem and seed."""
    results = Results(FOLDER, "ablation", trials)
    head = ["changed", "seeds", *GROUPS, "all real", "difference to the first, all [95 %]"]
    rows = []
    for recipe in RECIPES:
        tool = recipe.replace(" ", "-")
        if tool not in results.tools:
            continue
        cells = {group: results.scores(tool, results.names([group])) for group in GROUPS}
        everything = results.scores(tool, results.names(GROUPS))
        middle, low, high = interval(
            paired(everything, results.scores(PLAIN.replace(" ", "-"), results.names(GROUPS)))
        )
        real = interval(cells["reference"] | cells["tune"])[0]
        seeds = str(min(len(by_seed) for by_seed in everything.values()))
        scores = [f"{interval(cells[group])[0]:.2f}" for group in GROUPS]
        gap = "" if recipe == PLAIN else f"{middle:+.3f} [{low:+.3f}, {high:+.3f}]"
        rows.append([recipe, seeds, *scores, f"{real:.2f}", gap])
    return f"{table(head, rows)}\n\n{branching(results)}"


def branching(results: Results) -> str:
    """Say what other branches are worth where a category decides about much, paired by seed."""
    where = results.names([BRANCHING])
    rows = []
    for what, final in (("score", False), ("at the end", True)):
        without, with_them = (
            results.scores(recipe.replace(" ", "-"), where, final=final)
            for recipe in (PLAIN, DEFAULT)
        )
        middle, low, high = interval(paired(with_them, without))
        means = [f"{interval(cells)[0]:.2f}" for cells in (without, with_them)]
        runs = str(sum(map(len, with_them.values())))
        rows.append([what, runs, *means, f"{middle:+.3f} [{low:+.3f}, {high:+.3f}]"])
    return table([BRANCHING, "runs", PLAIN, DEFAULT, "difference [95 %]"], rows)


def main() -> None:
    """Run or print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--recipes", nargs="*", default=list(RECIPES), choices=list(RECIPES))
    parser.add_argument("--groups", nargs="*", default=list(GROUPS), choices=[*GROUPS, BRANCHING])
    parser.add_argument("--seeds", default="1-3", help="FIRST-LAST")
    parser.add_argument("--trials", type=int, default=60)
    chosen = parser.parse_args()
    if chosen.what == "table":
        print(tables(chosen.trials))
        return
    first, _, last = chosen.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    run(chosen.recipes, chosen.groups, seeds, chosen.trials)


if __name__ == "__main__":
    main()
