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
import json  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402
import warnings  # noqa: E402
from collections import deque  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results" / "search"
LENGTHS = (10, 25, 50, 100, 200, 300)
AT_ONCE = 8
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
    environments = importlib.import_module("environments")
    name = environment_of(asked.tool)
    folder = asked.envs or cache_folder() / "envs"
    python = environments.python_of(name, folder)
    sys.stdout.flush()
    os.execv(python, [str(python), "-W", "ignore", *sys.argv, "--here"])


def cache_folder() -> Path:
    """Give the cache folder as `problems` does, which needs numpy and may not be importable yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tuner-benchmarks"


def environment_of(tool: str) -> str:
    """Name the environment: optuna-gp and optuna-tpe share one."""
    name = tool.split(":", 1)[0].split("-", 1)[0]
    return "base" if name in {"random", "sobol"} else name


def one_run(make: Any, problem: Any, seed: int, trials: int, workers: int) -> dict[str, Any]:  # noqa: ANN401
    """Search once. With workers the oldest pending trial ends as soon as so many are out.

    Returns:
        The line of the results file. A tool that raises keeps what it had found.
    """
    check = importlib.import_module("spaces").check
    told: list[tuple[float, float]] = []
    spent: list[tuple[float, float]] = []
    pending: deque[tuple[int, Any, Any]] = deque()
    seen: set[Any] = set()
    error = None

    def finish() -> tuple[float, float]:
        trial, key, config = pending.popleft()
        observed = problem.observe(config, seed, trial)
        told.append((problem.f(config), observed))
        since = clocks()
        tool.tell(key, config, observed)
        return passed(since)

    try:
        tool = make(problem.space, seed, trials, workers)
        for trial in range(trials):
            since = clocks()
            key, config = tool.ask()
            seconds = [passed(since)]
            check(problem.space, config)
            seen.add(tuple(config.items()))
            pending.append((trial, key, config))
            while len(pending) >= workers or (pending and trial == trials - 1):
                seconds.append(finish())
            spent.append((sum(w for w, _ in seconds), sum(c for _, c in seconds)))
    except Exception as failure:  # noqa: BLE001  a peer may raise anything
        traceback.print_exc()
        error = repr(failure)[:200]
    line = {"curve": steps(told, noisy=problem.noise > 0), "trials": len(told), **times(spent)}
    line |= {"repeats": len(spent) - len(seen), "rss_mb": rss_mb()}
    return line | ({"error": error} if error else {})


def clocks() -> tuple[float, float]:
    """Give wall and CPU seconds."""
    return time.perf_counter(), time.process_time()


def passed(since: tuple[float, float]) -> tuple[float, float]:
    """Give wall and CPU seconds since."""
    return time.perf_counter() - since[0], time.process_time() - since[1]


def times(spent: list[tuple[float, float]]) -> dict[str, float]:
    """Sum up what ask and tell took."""
    last = [wall for wall, _ in spent[-10:]] or [0.0]
    return {
        "wall_s": float(f"{sum(w for w, _ in spent):.3g}"),
        "cpu_s": float(f"{sum(c for _, c in spent):.3g}"),
        "late_s": float(f"{sum(last) / len(last):.3g}"),
    }


def steps(told: list[tuple[float, float]], *, noisy: bool) -> list[list[float]]:
    """Keep the trials that brought a new best observed value.

    Example:
        >>> steps([(3.0, 3.0), (4.0, 4.0), (1.5, 1.5)], noisy=False)
        [[1, 3.0], [3, 1.5]]
    """
    curve: list[list[float]] = []
    best = float("inf")
    for trial, (value, observed) in enumerate(told, 1):
        if observed < best or not curve:
            best = observed
            entry = [trial, float(f"{value:.6g}")]
            curve.append([*entry, float(f"{observed:.6g}")] if noisy else entry)
    return curve


def rss_mb() -> int:
    """Give the peak resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def history(problem: Any, count: int) -> list[tuple[Any, float]]:  # noqa: ANN401
    """Make the same trials for every tool: half at random, half around the best so far."""
    spaces = importlib.import_module("spaces")
    rng = importlib.import_module("numpy").random.RandomState(12345)
    rows: list[tuple[Any, float]] = []
    for k in range(count):
        if k < max(count // 2, 10):
            config = spaces.random_config(problem.space, rng)
        else:
            centre = min(rows, key=lambda row: row[1])[0]
            config = {
                name: spaces.from_unit(
                    s, min(max(spaces.to_unit(s, centre[name]) + 0.1 * rng.randn(), 0), 1)
                )
                for name, s in problem.space.items()
            }
        rows.append((config, problem.f(config)))
    return rows


def latencies(make: Any, problem: Any, cap_s: float) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """Time three ask + tell and then 8 asks at once, after n replayed trials."""
    rows = history(problem, max(LENGTHS))
    for n in LENGTHS:
        since = clocks()
        tool = make(problem.space, 0, max(LENGTHS) + 20, AT_ONCE)
        tool.add_many(rows[:n])
        load_s, taken = passed(since)[0], []
        for _ in range(3):
            since = clocks()
            key, config = tool.ask()
            asked = passed(since)
            value = problem.f(config)
            since = clocks()
            tool.tell(key, config, value)
            taken.append([a + b for a, b in zip(asked, passed(since), strict=True)])
            if asked[0] > cap_s:
                break
        line = {"n": n, "wall_s": [float(f"{w:.3g}") for w, _ in taken]}
        line |= {"cpu_s": [float(f"{c:.3g}") for _, c in taken], "load_s": round(load_s, 2)}
        if tool.pending_ok and asked[0] < cap_s / AT_ONCE:
            since = clocks()
            tool.ask_many(AT_ONCE)
            line["eight_s"] = float(f"{passed(since)[0]:.3g}")
        yield line | {"rss_mb": rss_mb()}
        if taken[-1][0] > cap_s:
            return


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
    asked.out.mkdir(parents=True, exist_ok=True)
    label = (asked.label or asked.tool).replace(":", "+").replace("/", "-")
    return asked.out / f"{asked.mode}_{label}.jsonl"


def read(path: Path) -> list[dict[str, Any]]:
    """Read a results file, if it is there."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path: Path, line: dict[str, Any]) -> None:
    """Append one line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")


def search(asked: argparse.Namespace) -> None:
    """Run regret or batch mode."""
    make = importlib.import_module("tools").maker(asked.tool)
    problems = importlib.import_module("problems")
    path, names = results_path(asked), wanted(asked)
    done = {(line["problem"], line["seed"]) for line in read(path)}
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
            line |= one_run(make, p, seed, asked.trials, WORKERS[asked.mode])
            write(path, line)
            errors += "error" in line
            best = line["curve"][-1][1] if line["curve"] else None
            print(f"{asked.tool} {name} {seed}: {best}, {line['cpu_s']} CPU-s", flush=True)


def latency(asked: argparse.Namespace) -> None:
    """Run latency mode."""
    make = importlib.import_module("tools").maker(asked.tool)
    problems = importlib.import_module("problems")
    path = results_path(asked)
    done = {line["problem"] for line in read(path)}
    for name in wanted(asked):
        if name in done:
            continue
        p = problems.problem(name)
        for line in latencies(make, p, asked.cap_s):
            write(path, {"problem": name, "d": len(p.space), **line})
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
