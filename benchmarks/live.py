"""What looking on costs: the share of one core that the board takes, in CPU seconds of the processes.

A study of jobs that sleep, 8 at a time, is run with the board on a pseudo-terminal of 200 x 50 and with
`--quiet`, in turn; beside the quiet ones runs `tuner watch` on a terminal of its own. Counted is what
the process itself used (its jobs and their supervisors are not) over a span that begins when all is
under way, so that other work on the machine matters little and starting does not count.

    python benchmarks/live.py --seconds 60 --repeats 2
"""

import argparse
import os
import pty
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from slots import sleepers

TICKS = os.sysconf("SC_CLK_TCK")
SIZE = (50, 200)  # lines and columns: the most that is commonly there
LEAST_TRIALS = 16  # have ended before anything is counted

PARALLEL, ENDLESS = 8, 100_000


@dataclass(frozen=True, kw_only=True)
class Cost:
    """CPU seconds of a process in a span of wall seconds."""

    cpu_s: float
    wall_s: float

    @property
    def share(self) -> float:
        """Of one core."""
        return self.cpu_s / self.wall_s


class Terminal:
    """A pseudo-terminal whose output is read and thrown away, as a terminal would do it."""

    def __init__(self) -> None:
        import termios  # noqa: PLC0415  beside its only use

        self._ours, self.theirs = pty.openpty()
        termios.tcsetwinsize(self.theirs, SIZE)
        self.bytes = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                self.bytes += len(os.read(self._ours, 1 << 16))
            except OSError:
                return


def start(words: list[str], terminal: Terminal | None = None) -> subprocess.Popen[bytes]:
    """Start the command line, on a terminal or nowhere."""
    out = terminal.theirs if terminal else subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", "tuner", *words],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
        env={**os.environ, "TERM": "xterm-256color", "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def cpu_s(pid: int) -> float:
    """Give the CPU seconds that a process has used itself, its children left out."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def measured(processes: list[subprocess.Popen[bytes]], seconds: float) -> list[Cost]:
    """Measure running processes over the same span."""
    before, began = [cpu_s(process.pid) for process in processes], time.monotonic()
    time.sleep(seconds)
    spent = [cpu_s(process.pid) for process in processes]
    wall_s = time.monotonic() - began
    return [Cost(cpu_s=b - a, wall_s=wall_s) for a, b in zip(before, spent, strict=True)]


def wait_for_trials(folder: Path) -> None:
    """Wait until a study is well under way."""
    ledger = folder / "ledger.jsonl"
    while not ledger.exists() or ledger.read_bytes().count(b'"finished"') < LEAST_TRIALS:
        time.sleep(0.2)


def one(root: Path, args: argparse.Namespace, *, board: bool) -> tuple[Cost, Cost | None]:
    """Run a study for a while; give what it cost, and what watching cost where it was quiet."""
    root.mkdir()
    config, folder = root / "live.yaml", root / "study"
    text = sleepers(folder, args.job_seconds, PARALLEL, "sobol", ENDLESS)
    config.write_text(text, encoding="utf-8")
    screen = Terminal()
    run = start(["run", str(config), *([] if board else ["--quiet"])], screen if board else None)
    processes = [run]
    try:
        wait_for_trials(folder)
        if not board:
            processes.append(start(["watch", str(folder)], screen))
        while not screen.bytes:
            time.sleep(0.2)
        costs = measured(processes, args.seconds)
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
    return costs[0], costs[1] if len(costs) > 1 else None


def main() -> None:
    """Measure in turn and print shares of one core."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--job-seconds", type=float, default=5.0)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--at-most", type=float, default=0.02, help="exit 1 above this share")
    args = parser.parse_args()
    boards, quiets, watches = list[float](), list[float](), list[float]()
    with tempfile.TemporaryDirectory(prefix="live-") as name:
        for repeat in range(args.repeats):
            quiet, watch = one(Path(name) / f"quiet-{repeat}", args, board=False)
            board, _ = one(Path(name) / f"board-{repeat}", args, board=True)
            boards.append(board.share)
            quiets.append(quiet.share)
            watches.append(watch.share if watch else 0.0)
    extra = mean(boards) - mean(quiets)
    print(f"tuner run --quiet       {mean(quiets):.2%} of a core  {shares(quiets)}")
    print(f"tuner run, with board   {mean(boards):.2%} of a core  {shares(boards)}")
    print(f"the board               {extra:.2%} of a core")
    print(f"tuner watch             {mean(watches):.2%} of a core  {shares(watches)}")
    sys.exit(max(extra, mean(watches)) > args.at_most)


def shares(found: list[float]) -> str:
    """Write the single measurements."""
    return "(" + ", ".join(f"{share:.2%}" for share in found) + ")"


if __name__ == "__main__":
    main()
