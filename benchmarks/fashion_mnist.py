"""The classic comparison: who tunes a small network on Fashion-MNIST best, in 80 trainings?

    python benchmarks/fashion_mnist.py run random --seeds 0-4    # likewise bayesopt, botorch, tuner
    python benchmarks/fashion_mnist.py cost
    python benchmarks/fashion_mnist.py table

`run` executes itself again in the tool's environment, which is made on first use (`search/`), appends
each training to `results/fashion_mnist/TOOL.jsonl` and goes on where it was cut off: the tool is asked
again for what it had suggested and told what that had measured. The images are those that
`apt-get install dataset-fashion-mnist` installs.

All trainings of a study start from its seed. So a study searches a fixed function, equal parameters
give an equal result, and all tools search the same five functions; yet from seed to seed the weights
and the batches are others, and what they do to accuracy is inside the intervals. Every line has a
fingerprint of the machine's arithmetic (`bits`): where it is the same, so are trainings, bit for bit.
"""

import argparse
import json
import os
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from statistics import fmean, median
from typing import Any

HERE = Path(__file__).parent
sys.path.append(str(HERE / "search"))

import fashion_network  # noqa: E402  from here on neighbours are found by name
import numpy as np  # noqa: E402
import peers  # noqa: E402
from adapter import Tool  # noqa: E402
from environments import cache_folder, environment_of, python_of  # noqa: E402
from measure import clocks, passed  # noqa: E402
from scoring import interval  # noqa: E402
from spaces import Config, Space, from_unit, integer, random_config, real  # noqa: E402
from tools import maker  # noqa: E402

Line = dict[str, Any]
Studies = Mapping[int, Sequence[Line]]  # by seed, trials in their order

RESULTS = HERE / "results" / "fashion_mnist"
THREADS = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
ISSUE = ("random", "bayesopt", "botorch", "tuner")  # whom the comparison is about
MARKS = (20, 40, 80)
SOBOL_POINTS = 10
SPACE: Space = {
    "lr": real(1e-4, 1e-2, log=True),
    "batch_size": integer(64, 256),
    "hidden1": integer(32, 512),
    "hidden2": integer(32, 512),
}


class BoTorch(peers.BoTorch):
    """The plain loop as the published comparison has it: 10 Sobol points, whatever the dimensions."""

    def setup(self) -> None:
        """Import what would otherwise be imported in the middle of a suggestion."""
        super().setup()
        for module in ("acquisition", "fit", "models", "optim"):
            import_module(f"botorch.{module}")

    def suggest(self) -> tuple[int, dict[str, Any]]:
        """Take the next Sobol point, or maximise LogEI (10 restarts, 512 raw samples)."""
        if self.asked < SOBOL_POINTS:
            point = self.sobol.draw(1, dtype=self.torch.double)[0].tolist()
            values = {n: from_unit(s, u) for (n, s), u in zip(SPACE.items(), point, strict=True)}
        else:
            values = self._decode(self._maximise())
        self.asked += 1
        self.pending[self.asked] = self._encode(values)
        return self.asked, values


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="search with one tool")
    run.add_argument("tool", help="a name of search/tools.py: random, bayesopt, botorch, tuner, …")
    run.add_argument("--seeds", default="0-4", help="FIRST-LAST or one")
    run.add_argument("--trials", type=int, default=MARKS[-1])
    cost = verbs.add_parser("cost", help="train at random and say what the whole comparison takes")
    cost.set_defaults(tool="random")
    for verb in (run, cost):
        verb.add_argument("--envs", type=Path, help="where environments are made")
        verb.add_argument("--here", action="store_true", help="use the environment active now")
    verbs.add_parser("table", help="print the results")
    return parser.parse_args(argv)


def step_into(asked: argparse.Namespace) -> None:
    """Execute again in the tool's environment, with one thread."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    folder = asked.envs or cache_folder() / "envs"
    python = python_of(environment_of(asked.tool), folder)
    sys.stdout.flush()
    os.execv(python, [str(python), "-W", "ignore", *sys.argv, "--here"])


def read(path: Path) -> dict[int, list[Line]]:
    """Read a results file by seed, without a last line that was cut off; none is no results."""
    studies: dict[int, list[Line]] = defaultdict(list)
    if path.exists():
        for text in path.read_text(encoding="utf-8").splitlines(keepends=True):
            if text.endswith("\n"):
                line = json.loads(text)
                studies[line["seed"]].append(line)
    return dict(studies)


def repair_tail(path: Path) -> None:
    """Take away what a crash left of a last line, so that the next is not glued to it."""
    if path.exists():
        whole = path.read_bytes()
        path.write_bytes(whole[: whole.rfind(b"\n") + 1])


def append(path: Path, line: Line) -> None:
    """Write one line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")


def measure(images: fashion_network.Images, config: Config, seed: int) -> Line:
    """Train once."""
    since = clocks()
    network = fashion_network.train(images.X, images.y, seed=seed, **config)
    val_acc = network.accuracy(images.x_val, images.y_val)
    wall, processor = passed(since)
    test_acc = network.accuracy(images.x_test, images.y_test)
    seconds = {"train_s": round(wall, 3), "train_cpu_s": round(processor, 3)}
    return {"val_acc": val_acc, "test_acc": test_acc, **seconds}


def search(
    tool: Tool, done: Sequence[Line], trials: int, train: Callable[[Config], Line]
) -> Iterator[Line]:
    """Search on after the trials that are done; give the line of each new one.

    Raises:
        SystemExit: the tool no longer suggests what it did.
    """
    for trial in range(trials):
        since = clocks()
        key, config = tool.ask()
        asking = passed(since)
        if trial < len(done) and done[trial]["params"] != config:
            sys.exit(
                f"trial {trial} of seed {tool.seed} was {done[trial]['params']}, and now the tool "
                f"says {config}\n  take this seed's lines out of the results and run it anew"
            )
        line = done[trial] if trial < len(done) else {"params": config, **train(config)}
        since = clocks()
        tool.tell(key, config, 1 - line["val_acc"])
        wall, processor = (a + b for a, b in zip(asking, passed(since), strict=True))
        if trial >= len(done):
            seconds = {"suggest_s": round(wall, 4), "suggest_cpu_s": round(processor, 4)}
            yield {"seed": tool.seed, "trial": trial, **line, **seconds}


def run(asked: argparse.Namespace) -> None:
    """Search with one tool, seed after seed."""
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / f"{asked.tool.replace(':', '+')}.jsonl"
    repair_tail(path)
    before, images = read(path), fashion_network.load()
    make = BoTorch if asked.tool == "botorch" else maker(asked.tool)
    first, _, last = asked.seeds.partition("-")
    for seed in range(int(first), int(last or first) + 1):
        done = before.get(seed, [])
        if len(done) >= asked.trials:
            continue
        tool = make(SPACE, seed, asked.trials, 1)
        bits = fashion_network.fingerprint(images)
        for line in search(tool, done, asked.trials, lambda c, s=seed: measure(images, c, s)):
            append(path, {**line, "bits": bits})
            print(asked.tool, line, flush=True)


def best(lines: Sequence[Line], count: int) -> Line:
    """Give the first among the best of the first `count` trials."""
    return max(lines[:count], key=lambda line: line["val_acc"])


def cell(numbers: Mapping[int, float]) -> str:
    """Write the mean over seeds and its interval."""
    mean, low, high = interval({"": numbers})
    return f"{mean:.4f} [{low:.4f}, {high:.4f}]"


def row(tool: str, studies: Studies) -> str:
    """Write a tool's row; `studies` are whole."""
    if not studies:
        return f"| {tool} | 0 |" + " |" * (len(MARKS) + 2)
    cells = [
        cell({seed: best(lines, mark)["val_acc"] for seed, lines in studies.items()})
        for mark in MARKS
    ]
    cells.append(cell({s: best(lines, MARKS[-1])["test_acc"] for s, lines in studies.items()}))
    suggesting = [line["suggest_cpu_s"] for lines in studies.values() for line in lines]
    return f"| {tool} | {len(studies)} | {' | '.join(cells)} | {median(suggesting):.3g} |"


def table(results: Mapping[str, Studies]) -> str:
    """Write the Markdown table of all tools, and below it what it leaves out."""
    heads = [f"best validation accuracy after {mark}" for mark in MARKS]
    heads = [
        "tool",
        "seeds",
        *heads,
        "test accuracy at the best",
        "median processor s a suggestion",
    ]
    text = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    notes = []
    for tool, studies in results.items():
        whole = {seed: lines for seed, lines in studies.items() if len(lines) >= MARKS[-1]}
        text.append(row(tool, whole))
        notes += [
            f"{tool}: seed {seed} has {len(lines)} trials and is left out"
            for seed, lines in studies.items()
            if seed not in whole
        ]
    bits = {line["bits"] for studies in results.values() for ls in studies.values() for line in ls}
    if len(bits) > 1:
        notes.append("trainings of different arithmetic: " + ", ".join(sorted(bits)))
    return "\n".join([*text, *([""] if notes else []), *notes])


def cost(results: Mapping[str, Studies]) -> str:
    """Estimate what 5 seeds of every tool of the issue take on one core."""
    images, rng = fashion_network.load(), np.random.RandomState(0)
    train_s = fmean(measure(images, random_config(SPACE, rng), 0)["train_cpu_s"] for _ in range(10))
    text = [f"a training at random parameters takes {train_s:.2f} processor seconds"]
    total = 0.0
    for tool in ISSUE:
        lines = [line for study in results.get(tool, {}).values() for line in study]
        training = fmean([line["train_cpu_s"] for line in lines] or [train_s])
        asking = fmean([line["suggest_cpu_s"] for line in lines] or [0.0])
        total += 5 * MARKS[-1] * (training + asking)
        text.append(
            f"{tool}: {training:.2f} s a training, {asking:.3f} s a suggestion"
            f" ({len(lines)} trials measured)"
        )
    text.append(f"5 seeds x {MARKS[-1]} trials x {len(ISSUE)} tools: {total / 3600:.1f} hours")
    return "\n".join(text)


def results_of(folder: Path) -> dict[str, Studies]:
    """Read every tool's results, those of the issue first and in its order."""
    found = {path.stem: read(path) for path in sorted(folder.glob("*.jsonl"))}
    first = {tool: found.pop(tool) for tool in ISSUE if tool in found}
    return {**first, **found}


def main() -> None:
    """Go where the tool lives, then work; or read what there is."""
    asked = arguments()
    if asked.verb != "table" and not asked.here:
        step_into(asked)
    if asked.verb == "run":
        warnings.simplefilter("ignore")
        run(asked)
    else:
        print((cost if asked.verb == "cost" else table)(results_of(asked.out)))


if __name__ == "__main__":
    main()
