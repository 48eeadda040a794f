"""Where verbs meet the terminal: which study is meant, how it is printed, how an error looks.

The one room for the console of the command line; verbs stay three lines: read, call, print.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tuner.errors import ConfigError, TunerError, UsageError

if TYPE_CHECKING:
    from tuner.ledger import Book, Reading
    from tuner.report.screen import Line
    from tuner.study import History, Trial
    from tuner.study.ranking import Ranked

Format = Literal["table", "json", "csv"]
LEDGERS = ("ledger.jsonl", "ledger.csv")
CONFIGS = (".yaml", ".yml")
RUNS = Path("runs")
STILL_S = 60.0  # without a heartbeat on another host
VARIABLE = "TUNER_STUDY"

StudyArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[STUDY]",
        help="Folder, ledger or configuration of the study; by default $TUNER_STUDY, or the study "
        "in ./runs that was written last.",
        show_default=False,
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]


def complain(error: TunerError) -> None:
    """Print an error for a person: what happened, and what to do."""
    if isinstance(error, ConfigError):
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return
    sys.stderr.write(f"error: {error}\n")
    if error.hint:
        sys.stderr.write(f"hint: {error.hint}\n")


def say(words: str) -> None:
    """Tell a person something on stderr, where no program reads."""
    sys.stderr.write(words + "\n")


def say_all(lines: Iterable[str]) -> None:
    """Tell a person several things, a line each."""
    for words in lines:
        say(words)


def echo(words: str) -> None:
    """Print a line on stdout, where programs read."""
    sys.stdout.write(words + "\n")


def close_stdout() -> None:
    """Stop writing to a reader that has gone, without a word at exit either."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def find_study(given: str | Path | None) -> Path:
    """Give the folder of the study that was meant: folder, ledger file or configuration.

    A ledger file of another name (a copy, an old export) is given as it is: it can be read.

    Raises:
        UsageError: nothing there is a study.
    """
    chosen = given or os.environ.get(VARIABLE)
    if not chosen:
        return _latest()
    path = Path(chosen)
    if path.suffix in CONFIGS and not path.is_dir():
        return _checked(_folder_of(path), f"the study of {path}")
    if path.is_file():
        return path.parent if path.name in LEDGERS else path
    return _checked(path, str(path))


def place_of(given: str | None) -> Path:
    """Give where the study that was meant is, or will be once it is started.

    Raises:
        UsageError: nothing was named, and there is no study in ./runs.
    """
    chosen = given or os.environ.get(VARIABLE)
    if not chosen:
        return _latest()
    path = Path(chosen)
    return _folder_of(path) if path.suffix in CONFIGS and not path.is_dir() else path


def read(given: str | Path | None) -> "Reading":
    """Read the study that was meant; damage of its ledger is said on stderr.

    Raises:
        UsageError: there is no study, or nothing was opened in it yet.
    """
    from tuner.ledger import read_study

    reading = read_study(find_study(given))
    for words in reading.damage:
        say(f"damaged: {words}")
    if reading.history.config is None:
        hint = "`tuner doctor` says how it is"
        raise UsageError(f"{reading.file} tells of no study that was opened", hint=hint)
    return reading


@contextmanager
def writing(given: str | Path | None) -> "Iterator[Book]":
    """Open the ledger of an existing study for a few facts; no session begins."""
    from tuner.ledger import Book, LedgerSpec, Mirror, Stamp, make_ledger, this_worker

    folder = find_study(given)
    csv = (folder / LEDGERS[1]).is_file()
    ledger = make_ledger(folder, LedgerSpec(format="csv" if csv else "jsonl"), Stamp(this_worker()))
    book = Book(ledger, [] if csv else [Mirror(folder)])
    book.catch_up()
    try:
        yield book
    finally:
        book.close()


def alive_workers(reading: "Reading") -> list[str]:
    """Name the processes that work on a study: by pid on this host, by heartbeat on others."""
    import socket
    import time

    from tuner.ledger import Worker

    def alive(worker: Worker) -> bool:
        if worker.host == socket.gethostname():
            return worker.runs_here()
        beat = reading.folder / "workers" / worker.file
        return beat.is_file() and time.time() - beat.stat().st_mtime < STILL_S

    return [name for name in reading.history.workers if alive(Worker.parse(name))]


def split_words(words: Sequence[str]) -> tuple[str | None, str, list[str]]:
    """Part `[STUDY] ID REST…`: the id is the first word that is a number, `best` or `last`.

    Raises:
        UsageError: no word is an id.

    Example:
        >>> split_words(["runs/a", "12", "x"]), split_words(["best"])
        (('runs/a', '12', ['x']), (None, 'best', []))
    """
    for place, word in enumerate(words[:2]):
        if word.isdecimal() or word in ("best", "last"):
            return (words[0] if place else None), word, list(words[place + 1 :])
    raise UsageError("which trial? give its id", hint="`tuner trials` lists them")


def study_and_id(words: Sequence[str]) -> tuple[str | None, str]:
    """Part `[STUDY] ID`, and refuse what stands behind: it would be another study than was meant.

    Raises:
        UsageError: no id, or more words than that.
    """
    study, word, rest = split_words(words)
    if rest:
        raise UsageError(
            f"unexpected {rest[0]!r} behind the id",
            hint=f"the study comes first: {rest[0]} {word}",
        )
    return study, word


def pick(history: "History", word: str) -> "Trial":
    """Give the trial that a person named: by id, `best`, or `last` for the one that ended last.

    Raises:
        UsageError: there is none.
    """
    if word == "best":
        return best_of(history).trial
    if word == "last":
        ended = [trial for trial in history.trials.values() if not trial.open]
        if not ended:
            raise UsageError("no trial has ended yet")
        return max(ended, key=lambda trial: trial.finish_number)
    trial = history.trials.get(int(word.lstrip("0")[:18] or 0))
    if trial is None:
        raise UsageError(
            f"there is no trial {word[:18]}", hint=f"ids go from 1 to {history.next_id - 1}"
        )
    return trial


def best_of(history: "History") -> "Ranked":
    """Name the best trial, as `Study.best` does: by the model's mean where the metric is noisy.

    Raises:
        UsageError: no trial has completed, or none keeps the constraints.
    """
    from tuner.report.limits import no_best
    from tuner.study.ranking import best, noisy

    found = best(history)
    if noisy(history):  # the model loads torch: nobody else pays for it
        from tuner.assemble import best_trial
        from tuner.config import read_config

        found = best_trial(history, read_config(history.config or {}))
    if found is None:
        raise UsageError(no_best(history), hint="`tuner status` says how far the study is")
    return found


def _checked(folder: Path, name: str) -> Path:
    if any((folder / ledger).is_file() for ledger in LEDGERS):
        return folder
    there = "has no ledger" if folder.is_dir() else "does not exist"
    raise UsageError(
        f"no study: {name} {there}" + ("" if name == str(folder) else f" ({folder})"),
        hint="`tuner run config.yaml` makes one; a study is a folder with ledger.jsonl",
    )


def _folder_of(config: Path) -> Path:
    """Read `dir` and `name` of a configuration, and nothing else of it."""
    import yaml

    try:
        with config.open(encoding="utf-8") as file:
            node = yaml.load(file, Loader=yaml.BaseLoader)  # noqa: S506  the loader that makes only strings
    except OSError as error:
        hint = "name the folder, the ledger or the configuration of a study"
        raise UsageError(f"cannot read {config}: {error.strerror}", hint=hint) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        hint = f"`tuner check {config}` says where"
        raise UsageError(f"{config} is not YAML", hint=hint) from error
    node = node if isinstance(node, dict) else {}
    stem = config.resolve().parent.name if config.stem == "config" else config.stem
    name = str(node.get("name") or stem)  # as `fallback_name` of tuner/config/sections.py has it
    return Path(str(node.get("dir") or "runs/{name}").replace("{name}", name))


def _latest() -> Path:
    """Give the study that was written last: this folder, or one under ./runs."""
    found = [
        ledger
        for folder in (Path(), *RUNS.glob("*/"), *RUNS.glob("*/*/"))
        for ledger in (folder / name for name in LEDGERS)
        if ledger.is_file()
    ]
    if not found:
        raise UsageError(
            "no study here: ./runs holds none",
            hint="name its folder, ledger or configuration, or set TUNER_STUDY",
        )
    latest = max(found, key=lambda ledger: ledger.stat().st_mtime).parent
    say(f"study: {latest}")
    return latest


def emit_json(value: object) -> None:
    """Print one JSON document."""
    from tuner.report.export import to_json

    sys.stdout.write(to_json(value))


def emit_csv(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as CSV."""
    from tuner.report.export import to_csv

    sys.stdout.write(to_csv(names, rows))


def emit_table(trials: "Sequence[Trial]", history: "History") -> None:
    """Print trials as CSV, one a row, with the columns of `trials.csv`."""
    from tuner.ledger import render

    sys.stdout.write(render(trials, history.constraints).decode())


def show(lines: "Iterable[Line]") -> None:
    """Print lines, with colours where they are welcome."""
    from tuner.report.screen import in_colour, render

    sys.stdout.write(render(lines, colour=in_colour(sys.stdout)))
