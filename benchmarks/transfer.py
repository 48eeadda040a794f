"""What older studies are worth: the same task from nothing, with each way to remember, and by peers.

    python benchmarks/transfer.py run auto cold --families related,hpobench --seeds 0-4
    python benchmarks/transfer.py run botorch-multitask ax-transfer --families related
    python benchmarks/transfer.py table

A line of `results/transfer/HOW.jsonl` is one run of 30 trials; what is there is skipped, so the same
command goes on. `random` is the median best of 50 random searches after 5, 10 and 30 trials. Tasks and older studies are described in `search/transfer_tasks.py`. The score of a
run after t trials is the mean over them of 1 - regret / median regret of random search, within ±1.

Peers are described in `search/transfer_peers.py`; each runs in its tool's environment, which is made on
first use. They read the older studies, which our ways have made.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1"))

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "search"))

import numpy as np
import runlog
from environments import cache_folder, environment_of, python_of
from measure import steps
from scoring import Cells, interval, paired
from spaces import Config
from summarize import table
from tools import node
from transfer_peers import PEERS, Ask, Tell, peer
from transfer_tasks import FAMILIES, MISLEADING, Task, task, tasks, yardstick

FOLDER = Path(__file__).parent / "results" / "transfer"
TRIALS = 30
AT = (5, 10, TRIALS)  # trials after which a run is scored
WAYS = ("auto", "enqueue", "basis", "stack", "rgpe", "icm", "lmc", "conditional", "prior")


def ours(way: str, here: Task, seed: int, folder: Path) -> tuple[Ask, Tell]:
    """Open a study with the older ones as its memory; gives what asks, and what tells."""
    Study = import_module("tuner").Study
    metric = {"name": "loss", "goal": "minimize"}
    for name, rows in here.older.items() if way != "cold" else ():
        parameters = {key: node(spec) for key, spec in here.spaces[name].items()}
        with Study.create(parameters=parameters, metric=metric, path=folder / name) as old:
            for config, value in rows:
                old.add(config, value)
    study = Study.create(
        parameters={key: node(spec) for key, spec in here.space.items()}, metric=metric, seed=seed
    )
    for name in here.older if way != "cold" else ():
        study.warm_start(folder / name, mode=way)

    def ask() -> tuple[Any, Config]:
        trial = study.ask()
        return trial, dict(trial.params)

    return ask, study.tell


def one_run(way: str, family: str, name: str, seed: int) -> dict[str, Any]:
    """Search once."""
    here = task(family, name, seed)
    told: list[tuple[float, float]] = []
    spent: list[float] = []
    weights: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        if way in PEERS:
            ask, tell = peer(way, here, seed, TRIALS)
        else:
            ask, tell = ours(way, here, seed, Path(folder))
        for _ in range(TRIALS):
            since = time.process_time()
            trial, config = ask()
            value = here.f(config)
            tell(trial, value)
            spent.append(time.process_time() - since)
            told.append((value, value))
            if way in WAYS:
                weights.append(sum(trial.suggestion.memory.values()))
    line = {"family": family, "problem": name, "seed": seed, "known": here.best}
    line |= {"trials": TRIALS, "curve": steps(told, noisy=False)}
    yard = yardstick(family, name, seed, TRIALS)
    line |= {"score": score(line, yard), "random": [float(yard[at - 1]) for at in AT]}
    line |= {"cpu_ms": round(1000 * float(np.median(spent[5:])), 1)}
    return line | ({"weight": round(float(np.mean(weights)), 3)} if weights else {})


def run(ways: Iterable[str], families: Iterable[str], seeds: range) -> None:
    """Append what is missing."""
    for seed in seeds:
        for family in families:
            for way in ways:
                if way == "cold" and family in MISLEADING:
                    continue  # the same as `related`
                path = FOLDER / f"{way}.jsonl"
                done = {(r["family"], r["problem"], r["seed"]) for r in runlog.read(path)}
                for name in tasks(family):
                    if (family, name, seed) not in done:
                        runlog.append(path, one_run(way, family, name, seed))
                print(family, way, seed, flush=True)


def step_into(way: str, asked: argparse.Namespace) -> None:
    """Run a peer in its tool's environment."""
    python = python_of(environment_of(way), asked.envs or cache_folder() / "envs")
    what = ["--families", asked.families, "--seeds", asked.seeds]
    command = [python, "-W", "ignore", __file__, "run", way, *what, "--here"]
    subprocess.run(command, check=True)


def bests(line: dict[str, Any]) -> np.ndarray:
    """Give the best value after each trial."""
    found = np.empty(line["trials"])
    for trial, value, *_ in line["curve"]:
        found[trial - 1 :] = value
    return found


def lines_of(way: str, family: str) -> list[dict[str, Any]]:
    """Give the runs of a family; from nothing a task with misleading older studies is `related`."""
    like = "related" if way == "cold" and family in MISLEADING else family
    return [x for x in runlog.read(FOLDER / f"{way}.jsonl") if x["family"] == like]


def score(line: dict[str, Any], yard: np.ndarray) -> list[float]:
    """Give the score of a run after AT trials; `yard` is the median of random search (trials,)."""
    r = np.maximum(bests(line) - line["known"], 0.0)
    worth = np.clip(1 - r / np.maximum(yard - line["known"], 1e-12), -1, 1)
    return [round(float(worth[:trials].mean()), 4) for trials in AT]


def scores(way: str, family: str, trials: int) -> Cells:
    """Give the score of every run after so many trials."""
    cells: Cells = {}
    for line in lines_of(way, family):
        cells.setdefault(line["problem"], {})[line["seed"]] = line["score"][AT.index(trials)]
    return cells


def worth(families: Iterable[str]) -> str:
    """Compare every way with a start from nothing."""
    rows = []
    for way in ("cold", *WAYS, *PEERS):
        if not (FOLDER / f"{way}.jsonl").exists():
            continue
        for family in families:
            at10, at30 = scores(way, family, 10), scores(way, family, TRIALS)
            if not at30:
                continue
            cold10, cold30 = scores("cold", family, 10), scores("cold", family, TRIALS)
            middle, low, high = interval(paired(at30, cold30))
            lines = lines_of(way, family)
            cost = np.median([x["cpu_ms"] for x in lines])
            weight = np.mean([x.get("weight", 0.0) for x in lines])
            runs = sum(map(len, at30.values()))
            early = interval(paired(at10, cold10))[0]
            gain = f"{middle:+.2f} [{low:+.2f}, {high:+.2f}]"
            means = (f"{interval(at10)[0]:.2f}", f"{interval(at30)[0]:.2f}", f"{early:+.2f}")
            rows.append([family, way, *means, gain, f"{weight:.2f}", f"{cost:.0f}", str(runs)])
    head = ["older studies", "how", "after 10", "after 30", "gain at 10", "gain at 30", "weight"]
    return table([*head, "ms", "runs"], sorted(rows, key=lambda row: FAMILIES.index(row[0])))


def summary() -> str:
    """Write what the README quotes: scores after 10 and 30 trials, and paired differences."""
    rows = []
    for family in FAMILIES:
        ours = {at: scores("auto", family, at) for at in AT[1:]}
        if not ours[TRIALS]:
            continue
        cold = {at: scores("cold", family, at) for at in AT[1:]}
        cells = [" / ".join(_middle(way[at]) for at in AT[1:]) for way in (cold, ours)]
        gap, lost = _gap(ours[TRIALS], cold[TRIALS]), _lost(ours[TRIALS], cold[TRIALS])
        rows.append([family, *cells, gap, lost, str(sum(map(len, ours[TRIALS].values())))])
    head = ["older studies", "from nothing", "`auto`", "`auto` minus nothing at 30"]
    return table([*head, "lost at the 90th percentile", "runs"], rows)


def against() -> str:
    """Write what the README quotes of peers: `auto` and each on the tasks and seeds that both ran."""
    rows = []
    for family in FAMILIES:
        for way in PEERS:
            at10, at30 = (_both(family, way, at) for at in AT[1:])
            if not at30[0]:
                continue
            cells = [" / ".join(map(_middle, both)) for both in (at10, at30)]
            gaps = [_gap(*at30), *(_won(family, way, at) for at in AT[1:])]
            seconds = np.median([line["cpu_ms"] for line in lines_of(way, family)]) / 1000
            runs = sum(map(len, at30[1].values()))
            rows.append([family, way, *cells, *gaps, f"{seconds:.1f}", f"{runs}, {len(at30[0])}"])
    head = ["older studies", "peer", "`auto` / it after 10", "after 30", "`auto` minus it at 30"]
    head += ["best after 10: won / lost", "after 30", "its CPU s a suggestion", "runs, tasks"]
    return table(head, rows)


def _both(family: str, peer: str, at: int) -> tuple[Cells, Cells]:
    """Give the scores of `auto` and of a peer, of the runs that both have."""
    ours, theirs = scores("auto", family, at), scores(peer, family, at)
    shared = {name: list(seeds) for name, seeds in paired(ours, theirs).items()}
    kept = [{n: {s: cells[n][s] for s in shared[n]} for n in shared} for cells in (ours, theirs)]
    return kept[0], kept[1]


def _middle(cells: Cells) -> str:
    return f"{interval(cells)[0]:.2f}" if cells else "-"


def _gap(ours: Cells, theirs: Cells) -> str:
    both = paired(ours, theirs)
    if not both:
        return "-"
    middle, low, high = interval(both)
    return f"{middle:+.2f} [{low:+.2f}, {high:+.2f}]"


def _won(family: str, peer: str, at: int) -> str:
    """Count the runs whose best after so many trials is better than the peer's, and worse.

    p is of the one-sided Wilcoxon signed-rank test, of regrets over that of random search.
    """
    theirs = {(x["problem"], x["seed"]): x for x in lines_of(peer, family)}
    gains = []
    for line in lines_of("auto", family):
        key = (line["problem"], line["seed"])
        if key in theirs:
            random = line["random"][AT.index(at)] - line["known"]
            gap = bests(theirs[key])[at - 1] - bests(line)[at - 1]
            gains.append(gap / max(random, 1e-12))
    won, lost = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    if won + lost == 0:
        return "-"
    p = import_module("scipy.stats").wilcoxon(gains, alternative="greater").pvalue
    return f"{won} / {lost}, p = {p:.2g}"


def _lost(ours: Cells, cold: Cells) -> str:
    """Give the loss of score against a start from nothing that one run in ten exceeds."""
    both = paired(ours, cold)
    losses = [-gain for by_seed in both.values() for gain in by_seed.values()]
    return f"{max(0.0, float(np.quantile(losses, 0.9))):.2f}" if losses else "-"


def ahead(way: str, family: str) -> str:
    """Say on how many tasks the median warm run has after 10 trials what a cold one has after 30."""
    warm: dict[str, list[float]] = {}
    cold: dict[str, list[float]] = {}
    for into, name, at in ((warm, way, 10), (cold, "cold", TRIALS)):
        for line in lines_of(name, family):
            into.setdefault(line["problem"], []).append(bests(line)[at - 1])
    both = warm.keys() & cold.keys()
    wins = sum(np.median(warm[name]) <= np.median(cold[name]) for name in both)
    return f"{family}, {way}: after 10 trials as good as from nothing after 30 on {wins} of {len(both)} tasks"


def main() -> None:
    """Run or print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("ways", nargs="*", default=["cold", "auto"])
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--seeds", default="0-4", help="FIRST-LAST")
    parser.add_argument("--envs", type=Path, help="where environments are made")
    parser.add_argument("--here", action="store_true", help="use the environment active now")
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    families = asked.families.split(",")
    if asked.what == "run":
        abroad = [] if asked.here else [way for way in asked.ways if way in PEERS]
        here = [way for way in asked.ways if way not in abroad]
        run(here, families, range(int(first), int(last or first) + 1))
        for way in abroad:
            step_into(way, asked)
        return
    print(worth(families))
    for way in asked.ways:
        for family in families:
            if way != "cold" and family not in MISLEADING:
                print(ahead(way, family))


if __name__ == "__main__":
    main()
