"""Does the evidence choose as well as a validation set, and is a Laplace approximation calibrated?

    python benchmarks/evidence.py run --seeds 0-9    # needs tuner[laplace]
    python benchmarks/evidence.py table

`run` searches what `configs/evidence.yaml` and `configs/evidence_validation.yaml` describe, each with
the seeds given; a seed also says which patients are the test set. It measures in this process, because
a job of its own would spend more on importing torch than on the training. The winner by validation is
also trained again, at its setting, on all the rows that the evidence has. A line a winner goes into
`results/evidence.jsonl`; studies that are there are not run again. `search/readme.py` puts the table
into the README.
"""

import argparse
import json
import sys
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path += [str(HERE / "search"), str(ROOT)]

from scoring import interval  # noqa: E402  neighbours are found from here on
from summarize import table as markdown  # noqa: E402

from tuner import Study  # noqa: E402
from tuner.config import load_config  # noqa: E402

Line = dict[str, Any]
Winners = Mapping[int, Line]  # by seed

RESULTS = HERE / "results" / "evidence.jsonl"
EVIDENCE, VALIDATION, AGAIN = "evidence", "validation", "validation, then all rows"
CONFIGS = {EVIDENCE: "evidence", VALIDATION: "evidence_validation"}
BEFORE, AFTER = "test_coverage_error_plug_in", "test_coverage_error_laplace"
SHOWN = {
    "test_nll_plug_in": "test NLL, plain",
    "test_nll_laplace": "test NLL, Laplace",
    BEFORE: "coverage error, plain",
    AFTER: "coverage error, Laplace",
    "change": "Laplace minus plain",
}


def searched(job: ModuleType, library: ModuleType, by: str, seed: int, trials: int) -> Line:
    """Run one study and give its winner's line."""
    path = ROOT / "configs" / f"{CONFIGS[by]}.yaml"
    own = [f"seed={seed}", f"parameters.split.value={seed}"]
    figures: dict[int, dict[str, float]] = {}
    seconds = []
    with (
        TemporaryDirectory() as folder,
        Study.of(load_config(path, [*own, f"dir={folder}/study"])) as study,
    ):
        while len(figures) < trials:
            trial = study.ask()
            since = time.process_time()
            weights = trial.suggestion.seed
            figures[trial.id] = job.measure(library, Namespace(**trial.params, seed=weights))
            seconds.append(time.process_time() - since)
            study.tell(trial, figures[trial.id])
        best = study.best
    if best is None:
        sys.exit(f"{path.name}: no trial of seed {seed} completed")
    return {
        "by": by,
        "seed": seed,
        "trials": trials,
        "weights": best.suggestion.seed,
        "params": dict(best.params),
        "figures": figures[best.id],
        "trial_cpu_s": round(median(seconds), 3),
    }


def again(job: ModuleType, library: ModuleType, winner: Line) -> Line:
    """Train at a winner's setting, with nothing held out."""
    params = {**winner["params"], "validation": 0}
    figures = job.measure(library, Namespace(**params, seed=winner["weights"]))
    return {**winner, "by": AGAIN, "params": params, "figures": figures}


def read(path: Path) -> dict[str, dict[int, Line]]:
    """Read the winners by what chose them and by seed; no file is no results."""
    winners: dict[str, dict[int, Line]] = {EVIDENCE: {}, VALIDATION: {}, AGAIN: {}}
    if path.exists():
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            winners[line["by"]][line["seed"]] = line
    return winners


def run(path: Path, seeds: Sequence[int], trials: int) -> None:
    """Search with both metrics, seed after seed, and write winners as they are found."""
    job = import_module("configs.evidence")
    library = job.load_library()
    for seed in seeds:
        done = read(path)
        lines = [searched(job, library, by, seed, trials) for by in CONFIGS if seed not in done[by]]
        lines += [again(job, library, line) for line in lines if line["by"] == VALIDATION]
        with path.open("a", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps(line, separators=(",", ":")) + "\n")
                print(line, flush=True)


def shown(line: Line) -> dict[str, float]:
    """Give a winner's figures, and what Laplace's approximation changed of its coverage error."""
    figures = line["figures"]
    return {**figures, "change": figures[AFTER] - figures[BEFORE]}


def cells(winners: Winners, less: Winners | None = None) -> list[str]:
    """Write the mean over seeds of every figure with its interval, or of its difference to others."""
    written = []
    for name in SHOWN:
        numbers = {
            seed: shown(line)[name] - (shown(less[seed])[name] if less else 0.0)
            for seed, line in winners.items()
            if less is None or seed in less
        }
        mean, low, high = interval({"": numbers})
        sign = "+" if less or name == "change" else ""
        written.append(f"{mean:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]")
    return written


def table(winners: Mapping[str, Winners]) -> str:
    """Write the Markdown table: what chose, and how its choice does on the test rows."""
    rows = []
    for by, lines in winners.items():
        counts = sorted({int(line["figures"]["train_rows"]) for line in lines.values()})
        trained = "-".join(str(count) for count in counts)
        rows.append([by, str(len(lines)), trained, *cells(lines)])
    for by in (VALIDATION, AGAIN):
        both = winners[EVIDENCE].keys() & winners[by].keys()
        difference = cells(winners[EVIDENCE], winners[by])
        rows.append([f"evidence minus {by}", str(len(both)), "", *difference])
    return markdown(["chosen by", "seeds", "rows trained on", *SHOWN.values()], rows)


def main() -> None:
    """Search, or print what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=RESULTS)
    verbs = parser.add_subparsers(dest="verb", required=True)
    searching = verbs.add_parser("run", help="search with both metrics")
    searching.add_argument("--seeds", default="0-2", help="FIRST-LAST or one")
    searching.add_argument("--trials", type=int, default=25)
    verbs.add_parser("table", help="print the results")
    asked = parser.parse_args()
    if asked.verb == "run":
        first, _, last = asked.seeds.partition("-")
        run(asked.results, range(int(first), int(last or first) + 1), asked.trials)
    print(table(read(asked.results)))


if __name__ == "__main__":
    main()
