"""Reads the results files and scores what is in them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import runlog
from scoring import Array, Cells, Run, Runs, gains, late, lowest, regret, yardstick

START = 5  # trials that need no result
FOLDER = Path(__file__).parents[1] / "results" / "search"


class Results:
    """All runs of one mode, scored.

    Attributes:
        tools: by name, the runs by problem and seed.
        groups: by problem, its group.
        R: by problem, random search's median regret at each trial.
    """

    def __init__(self, folder: Path, mode: str, trials: int, only: Sequence[str] = ()) -> None:
        self.trials = trials
        self.tools: dict[str, Runs] = {}
        for tool, lines in read(folder, mode):
            self.tools[tool] = by_problem(lines)
        random = self.tools.get("random") or by_problem(dict(read(folder, "regret"))["random"])
        runs = [run for tool in self.tools.values() for run in flatten(tool)]
        self.known = lowest([*runs, *flatten(random)])
        self.groups = {run["problem"]: run["group"] for run in [*flatten(random), *runs]}
        self.R = {
            name: yardstick([self.regret(run) for run in runs.values()])
            for name, runs in random.items()
        }
        if only:
            self.tools = {tool: runs for tool, runs in self.tools.items() if tool in only}

    def regret(self, run: Run) -> Array:
        """Give a run's regret at each trial."""
        return regret(run, self.known, self.trials)

    def names(self, groups: Sequence[str]) -> list[str]:
        """List the problems of these groups that have a yardstick."""
        return [name for name in self.R if self.groups[name] in groups]

    def scores(
        self, tool: str, names: Sequence[str], *, final: bool = False, waiting: int = 0
    ) -> Cells:
        """Score every run of a tool on these problems, as if all but the start came so much later."""
        cells: Cells = {}
        for name in names:
            for seed, run in self.tools[tool].get(name, {}).items():
                worth = gains(late(self.regret(run), waiting, START), self.R[name])
                cells.setdefault(name, {})[seed] = float(worth[-1] if final else worth.mean())
        return cells


def read(folder: Path, mode: str) -> Iterator[tuple[str, list[Run]]]:
    """Read every file of a mode: the tool's name and its lines."""
    for path in sorted(folder.glob(f"{mode}_*.jsonl")):
        tool = path.stem.removeprefix(f"{mode}_").replace("+", ":")
        yield tool, runlog.read(path)


def by_problem(lines: Sequence[Run]) -> Runs:
    """Sort lines by problem and seed; a run that failed before its first result is left out."""
    runs: Runs = defaultdict(dict)
    for line in lines:
        if line["curve"]:
            runs[line["problem"]][line["seed"]] = line
    return dict(runs)


def flatten(runs: Runs) -> list[Run]:
    """List all lines."""
    return [run for by_seed in runs.values() for run in by_seed.values()]
