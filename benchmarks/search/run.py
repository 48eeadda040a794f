"""Runs one tool over problems and seeds; one command a tool.

    python benchmarks/search/run.py random --seeds 0-49
    python benchmarks/search/run.py optuna-gp --group synthetic,reference --seeds 0-4
    python benchmarks/search/run.py tuner:engine=botorch --problems hartmann6
    python benchmarks/search/run.py optuna-gp --mode batch          # 4 trials pending
    python benchmarks/search/run.py optuna-gp --mode latency        # ask + tell after n trials

It executes itself again in the tool's environment, which it makes on first use. What is in the results
file already is skipped, and seeds are the outer loop: a run cut short has whole sweeps over the
problems, and the same command goes on.

A line of `regret_TOOL.jsonl` is one run. Its `curve` has an entry [trial, value, observed] for every
trial that brought a new best *observed* value (`observed` only where there is noise); `value` is the
true value there. `known` is the lowest value known, `late_s` the mean seconds of ask + tell over
the last ten trials.
"""

import os

ONE = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"]
os.environ.update(dict.fromkeys(ONE, "1"))  # before numpy is imported

import argparse  # noqa: E402  the threads come first
import importlib  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from pathlib import Path  # noqa: E402

import runlog  # noqa: E402
from environments import cache_folder, environment_of, python_of  # noqa: E402

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results" / "search"
WORKERS = {"regret": 1, "batch": 4}
BATCH_PROBLEMS = "hartmann6,ackley10,svc_breast_cancer,mlp_wine"
SEARCHES = "synthetic,reference,shifted,hpobench,tune,confirm,conditional,mixint"
MOST_ERRORS = 5


def arguments(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tool", help="see tools.py; `tuner` takes options: tuner:engine=botorch")
    parser.add_argument("--mode", default="regret", choices=["regret", "batch", "latency"])
    parser.add_argument("--group", default=SEARCHES, help="comma-separated; see problems.py")
    parser.add_argument("--problems", help="comma-separated, instead of whole groups")
    parser.add_argument("--seeds", default="0-4", help="FIRST-LAST or one")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--budget-s", type=float, default=float("inf"), help="then stop")
    parser.add_argument("--cap-s", type=float, default=20.0, help="latency: longest ask allowed")
    parser.add_argument("--label", help="name of the results, instead of the tool's")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--envs", type=Path, help="where environments are made")
    parser.add_argument("--here", action="store_true", help="use the environment active now")
    return parser.parse_args(argv)


def step_into(asked: argparse.Namespace) -> None:
    """Execute again in the tool's environment, unless this is it."""
    folder = asked.envs or cache_folder() / "envs"
    python = python_of(environment_of(asked.tool), folder)
    sys.stdout.flush()
    os.execv(python, [str(python), "-W", "ignore", *sys.argv, "--here"])


def wanted(asked: argparse.Namespace) -> list[str]:
    """List the problems' names."""
    names = importlib.import_module("problems").names
    if asked.problems:
        return asked.problems.split(",")
    if asked.mode == "latency":
        return names("latency")
    if asked.mode == "batch" and asked.group == SEARCHES:
        return BATCH_PROBLEMS.split(",")
    groups = asked.group.split(",")
    missing = [group for group in groups if not names(group)]
    if missing:
        print(f"not here, skipped: {', '.join(missing)}", flush=True)
    return [name for group in groups for name in names(group)]


def results_path(asked: argparse.Namespace) -> Path:
    """Name the file after mode and tool."""
    label = (asked.label or asked.tool).replace(":", "+").replace("/", "-")
    return asked.out / f"{asked.mode}_{label}.jsonl"


def search(asked: argparse.Namespace) -> None:
    """Run regret or batch mode."""
    make = importlib.import_module("tools").maker(asked.tool)
    measure, problems = importlib.import_module("measure"), importlib.import_module("problems")
    path, names = results_path(asked), wanted(asked)
    done = runlog.done(path, asked.trials)
    first, _, last = asked.seeds.partition("-")
    start, errors = time.perf_counter(), 0
    for seed in range(int(first), int(last or first) + 1):
        for name in names:
            if (name, seed) in done:
                continue
            if time.perf_counter() - start > asked.budget_s or errors >= MOST_ERRORS:
                print("stopped: too many errors" if errors >= MOST_ERRORS else "stopped: budget")
                return
            p = problems.problem(name, seed)
            line = {
                "problem": name,
                "seed": seed,
                "group": p.group,
                "known": float(f"{p.best:.8g}"),
            }
            line |= {"moving": True} if p.moving else {}
            line |= measure.one_run(make, p, seed, asked.trials, WORKERS[asked.mode])
            runlog.append(path, line)
            errors += "error" in line
            best = line["curve"][-1][1] if line["curve"] else None
            print(f"{asked.tool} {name} {seed}: {best}, {line['cpu_s']} CPU-s", flush=True)


def latency(asked: argparse.Namespace) -> None:
    """Run latency mode."""
    make = importlib.import_module("tools").maker(asked.tool)
    measure, problems = importlib.import_module("measure"), importlib.import_module("problems")
    path = results_path(asked)
    done = {line["problem"] for line in runlog.read(path)}
    for name in wanted(asked):
        if name in done:
            continue
        p = problems.problem(name)
        for line in measure.latencies(make, p, asked.cap_s):
            runlog.append(path, {"problem": name, "d": len(p.space), **line})
            print(asked.tool, name, line, flush=True)


def main() -> None:
    """Go where the tool lives, then work."""
    asked = arguments(sys.argv[1:])
    if not asked.here:
        step_into(asked)
    warnings.simplefilter("ignore")
    (latency if asked.mode == "latency" else search)(asked)


if __name__ == "__main__":
    main()
