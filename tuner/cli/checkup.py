"""What the doctor looks at. Every check says what it found, how bad that is, and what to do."""

import importlib.metadata
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from tuner import ledger as room
from tuner.errors import FitError, LedgerError, LedgerLockedError, TunerError
from tuner.ledger import LedgerSpec, Reading, Stamp, make_ledger, read_study, this_worker
from tuner.report import numbers
from tuner.report.standing import process
from tuner.runners import NvmlInventory, visible

if TYPE_CHECKING:
    from tuner.study import History, Trial

NEEDED = ("torch", "gpytorch", "botorch", "numpy", "scipy", "pandas")
EXTRAS = {
    "nvidia-ml-py": "gpu",
    "pyarrow": "parquet",
    "optuna": "optuna",
    "cmaes": "optuna",
    "jax": "nuts",
    "laplace-torch": "laplace",
    "starlette": "dashboard",
    "tensorboard": "tensorboard",
    "mlflow-skinny": "mlflow",
    "sqlalchemy": "mlflow",
    "alembic": "mlflow",
    "wandb": "wandb",
    "uvicorn": "dashboard",
}
LITTLE, NOTHING = 2 * 1024**3, 128 * 1024**2  # bytes free: worth a word, too little to work
MANY_FAILED = 0.3
FEWEST = 5  # results from which the model of the search is asked; fewer load nothing heavy
SHOWN = 5
AHEAD_S = 60.0


Verdict = Literal["ok", "note", "warn", "bad"]
VERDICTS: dict[str, Verdict] = {"good": "ok", "note": "note", "warning": "warn"}  # of the insight


class Finding(NamedTuple):
    """One thing looked at: how it is, and what to do about it.

    Attributes:
        verdict: ok for what is as it should be, note for what is good to know or may be done, warn
            for what a person should look at, bad for what keeps the study or the tuner from working.
    """

    verdict: Verdict
    subject: str
    finding: str
    advice: str = ""


def of_study(
    path: Path, now: datetime, alive_workers: Callable[[Reading], list[str]]
) -> Iterator[Finding]:
    """Look at a study: ledger, lock, workers, clock, results, disk."""
    try:
        reading = read_study(path)
        yield from ledger(reading)
    except TunerError as error:
        yield Finding("bad", "ledger", str(error), error.hint or "")
        return
    yield lock(reading)
    yield from workers(reading, alive_workers(reading))
    yield from search(reading.history, str(reading.folder))
    yield from constraints(reading.history)
    yield from branches(reading.history, str(reading.folder))
    yield clock(reading.history, now)
    yield from place(reading.folder)


def ledger(reading: Reading) -> Iterator[Finding]:
    """Look at every line of the ledger."""
    wrong = room.verify(reading.file)  # by attribute: a module of the room has the same name
    history = reading.history
    size = numbers.size(reading.bytes)
    said = f"{reading.file}: {history.last} facts, {len(history.trials)} trials, {size}"
    if history.config is None:
        yield Finding("bad", "ledger", f"{said}; no study was opened in it", "start a new one")
    elif not wrong:
        yield Finding("ok", "ledger", said)
    else:
        advice = "readers step over these lines; what they said is lost, the rest is sound"
        shown = "; ".join(wrong[:SHOWN]) + ("; …" if len(wrong) > SHOWN else "")
        yield Finding("warn", "ledger", f"{said}; {len(wrong)} problems: {shown}", advice)


def lock(reading: Reading) -> Finding:
    """See whether the ledger can be locked for writing."""
    form: Literal["csv", "jsonl"] = "csv" if reading.file.suffix == ".csv" else "jsonl"
    try:
        book = make_ledger(
            reading.folder, LedgerSpec(format=form), Stamp(this_worker()), patience_s=0.0
        )
    except TunerError as error:
        return Finding("bad", "lock", str(error), error.hint or "")
    try:
        with book.turn():
            notices = "; ".join(book.notices)
    except LedgerLockedError as error:
        return Finding("warn", "lock", str(error), "look again: a lock is held for milliseconds")
    except LedgerError as error:
        return Finding("bad", "lock", str(error), error.hint or "")
    finally:
        book.close()
    if notices:
        return Finding("warn", "lock", notices, "prefer a local disk for `dir` on a single host")
    return Finding("ok", "lock", "free")


def workers(reading: Reading, alive: list[str]) -> Iterator[Finding]:
    """See who works on the study, and what nobody works on any more."""
    history = reading.history
    names = ", ".join(map(process, alive))
    yield Finding("ok", "workers", f"at work: {names}" if alive else "none is at work")
    lost = [
        str(trial.id)
        for trial in history.running
        if trial.worker not in alive and not trial.suggestion.by_hand
    ]
    if lost:
        said = (
            f"trials {', '.join(lost[:SHOWN])}{', …' if len(lost) > SHOWN else ''} were left open"
        )
        advice = "`tuner run` on the study runs them again"
        yield Finding(
            "note" if alive else "warn", "trials", f"{said} by a process that is gone", advice
        )


def results(history: "History", study: str = "") -> Iterator[Finding]:
    """See whether trials succeed."""
    ended = [trial for trial in history.trials.values() if not trial.open]
    failed = [trial for trial in ended if trial.state == "failed"]
    said = f"{len(failed)} of {len(ended)} ended trials failed"
    if not failed:
        yield Finding("ok", "failures", said)
        return
    last = max(failed, key=lambda trial: trial.finish_number)
    verdict: Verdict = "warn" if len(failed) >= MANY_FAILED * len(ended) else "note"
    yield Finding(verdict, "failures", said, f"see why: {seen_by(last, study)}")


def seen_by(trial: "Trial", study: str) -> str:
    """Give the command that shows what became of a trial, by what its log holds."""
    from tuner.report.last_words import silent

    return trial.seen_by(study, silent=silent(trial))


def search(history: "History", study: str = "") -> Iterator[Finding]:
    """See how the search goes: by a model of the results, once there are enough of them."""
    name = history.metric.name if history.config is not None else ""
    measured = sum(name in trial.metrics for trial in history.completed)
    if history.config is None or measured < FEWEST:
        yield from results(history, study)
        return
    from tuner.config import read_config
    from tuner.insight.make import health, understand

    try:
        config = read_config(history.config)
    except TunerError as error:
        yield Finding("warn", "model", f"no model: {error}", error.hint or "")
        yield from results(history, study)
        return
    understood = None
    try:
        understood = understand(history, config.space, seed=config.seed)
    except FitError as error:
        yield Finding("note", "model", f"no model: {error}", error.hint or "")
    see = partial(seen_by, study=study)
    for one in health(history, config.space, understood, see=see, study=study):
        yield Finding(VERDICTS[one.level], one.about, one.text, one.todo)


def constraints(history: "History") -> Iterator[Finding]:
    """See whether completed trials keep the constraints, where there are any."""
    from tuner.report.limits import census, nearest, unkept

    if said := unkept(history):
        todo = "without one there is no best: a looser bound, or a space with points that keep it"
        yield Finding("warn", "constraints", f"{said}; {nearest(history)}", todo)
    elif said := census(history):
        yield Finding("ok", "constraints", said)


def branches(history: "History", study: str = "") -> Iterator[Finding]:
    """Find branches of the space that were given up for failures alone."""
    from tuner.report.failures import barren

    for branch in barren(history):
        last = branch.trials[-1]
        text = f"{branch}; the search keeps away from there, whatever it is worth"
        todo = f"see why: {seen_by(last, study)}; once it is mended: tuner retry {study} {last.id}"
        yield Finding("warn", "branches", text, todo)


def clock(history: "History", now: datetime) -> Finding:
    """See whether the ledger was written in the future."""
    try:
        ahead = (datetime.fromisoformat(history.last_at or "") - now).total_seconds()
    except (TypeError, ValueError):
        return Finding("warn", "clock", "the ledger bears no time that can be read")
    if ahead < AHEAD_S:
        return Finding("ok", "clock", f"last written {numbers.seconds(max(0.0, -ahead))} ago")
    advice = "times on the screen are wrong; order and durations do not depend on them"
    return Finding("warn", "clock", f"last written {numbers.seconds(ahead)} in the future", advice)


def place(folder: Path) -> Iterator[Finding]:
    """Look at the disk under a study, and at who may read it."""
    free = shutil.disk_usage(folder).free
    taken = bytes_of_trials(folder)
    said = f"{numbers.size(free)} free, {numbers.size(taken)} in the folders of the trials"
    if free < NOTHING:
        yield Finding("bad", "disk", said, "make space: `tuner clean --checkpoints`")
    elif free < LITTLE:
        yield Finding("warn", "disk", said, "`tuner clean --checkpoints --all-but-best 3`")
    else:
        yield Finding("ok", "disk", said)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.W_OK):
        yield Finding("bad", "folder", f"{folder} cannot be written to", "see who owns it")
    elif mode & 0o022:
        yield Finding("warn", "folder", f"others may write to {folder}", f"chmod 700 {folder}")
    else:
        yield Finding("ok", "folder", f"mode {mode:o}")


def bytes_of_trials(folder: Path) -> int:
    """Add up the files in the folders of a study's trials."""
    return sum(_bytes_in(trial) for trial in (folder / "trials").glob("*"))


def _bytes_in(folder: Path) -> int:
    """Add up the files below a folder; what is deleted meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118  half the time
            except OSError:
                continue
    return total


def of_machine() -> Iterator[Finding]:
    """Look at Python, the packages and the GPUs; none of them is imported."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", "python", f"{version} at {sys.executable}")
    found = {name: _version(name) for name in ("tuner", *NEEDED, *EXTRAS)}
    said = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    missing = [name for name in NEEDED if not found[name]]
    if missing:
        advice = f"pip install {' '.join(missing)}"
        yield Finding("bad", "packages", f"{said}; missing: {', '.join(missing)}", advice)
    else:
        yield Finding("ok", "packages", said)
    for name, extra in EXTRAS.items():
        if not found[name]:
            advice = f"only if you want it: pip install 'tuner[{extra}]'"
            yield Finding("note", "packages", f"without {name}", advice)
    yield gpus()


def gpus() -> Finding:
    """See which GPUs there are, and which somebody computes on."""
    there = NvmlInventory().gpus()
    mine = visible(there, os.environ)
    if not mine:
        hidden = f"none visible of {len(there)}" if there else "none that the driver tells of"
        return Finding("ok", "gpus", hidden)
    free = [gpu.id for gpu in mine if not gpu.busy]
    said = f"{len(mine)}, free: {', '.join(free) or 'none'}"
    if free:
        return Finding("ok", "gpus", said)
    return Finding("warn", "gpus", said, "`gpus: auto` waits for nobody: see nvidia-smi")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
