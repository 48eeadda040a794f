"""`tuner compare`: studies side by side."""

import glob
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuner.report.entrant import Entry

MAGIC = frozenset("*?[")


def compare(
    studies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STUDY...",
            help="Folders, ledgers or configurations; a quoted pattern such as 'runs/a-*' is a group.",
            show_default=False,
        ),
    ] = None,
    groups: Annotated[
        list[str] | None,
        typer.Option(
            "--group",
            metavar="NAME=PATTERN",
            help="Compare all that a pattern finds as one group, whatever their settings.",
            show_default=False,
        ),
    ] = None,
    format_: terminal.FormatOption = "table",
) -> None:
    """Compare studies: results, budgets, settings, and which is better.

    Studies that differ in nothing but name, folder and seed are a group. The first
    group is held against every other, pair by pair where the seeds are the same: the difference of
    the best in the end and of the mean of the best so far, each with an interval of 95 % from five
    seeds on. Repeats and noise count as for `tuner best`. csv has a row a study.

    Example:
        tuner compare runs/bayes runs/sobol
        tuner compare 'runs/bayes-*' 'runs/sobol-*'
        tuner compare --group old='runs/2024-*' --group new='runs/2025-*' --format json
    """
    from tuner.report.contest import contest

    found = contest(_entries(studies or [], groups or []))
    if format_ == "json":
        terminal.emit_json(found.record())
        return
    from tuner.report import compare as report

    if format_ == "csv":
        rows = list(report.rows(found))
        terminal.emit_csv(list(rows[0]), rows)
        return
    from tuner.report.screen import screen_width

    terminal.show(report.screen(found, screen_width()))


def _entries(studies: list[str], groups: list[str]) -> "list[Entry]":
    """Read every study that was named, each once."""
    named = [*(("", word) for word in studies), *map(_named, groups)]
    places: dict[str, tuple[str, str]] = {}
    for group, word in named:
        for path in _found(word, pattern=bool(group)):
            folder = str(terminal.find_study(path))
            kind = group or (word if path != word else "")
            if places.setdefault(folder, (path, kind)) != (path, kind) and kind:
                raise UsageError(f"{folder} is in two groups", hint="name it once")
    if not places:
        raise UsageError("which studies? name them", hint="tuner compare runs/a runs/b")
    return [_read(path, kind) for path, kind in places.values()]


def _named(text: str) -> tuple[str, str]:
    name, equals, pattern = text.partition("=")
    if not (name and equals and pattern):
        raise UsageError(f"--group {text}: must be NAME=PATTERN", hint="--group old='runs/old-*'")
    return name, pattern


def _found(word: str, *, pattern: bool) -> "Iterator[str]":
    """Give what a pattern finds; any other word as it is."""
    if not MAGIC & set(word):
        yield word
        return
    studies = [path for path in sorted(glob.glob(word)) if _holds_study(path)]  # noqa: PTH207  as a shell does
    if not studies:
        what = "--group " if pattern else ""
        raise UsageError(f"{what}{word} finds no study", hint="see `ls` of the same pattern")
    yield from studies


def _holds_study(path: str) -> bool:
    try:
        terminal.find_study(path)
    except UsageError:
        return False
    return True


def _read(path: str, group: str) -> "Entry":
    from dataclasses import replace

    from tuner.report.entrant import Entry
    from tuner.study.ranking import best, noisy, ranked

    reading = terminal.read(path)
    history = reading.history
    rows = [row for row in ranked(history) if row.feasible]
    found = best(history)
    if noisy(history):  # the model is for those who need it
        from tuner.assemble import best_of, judged
        from tuner.config import read_config

        rows = judged(history, read_config(history.config or {}))
        found = best_of(history, rows)
    entry = Entry.of(history, folder=str(reading.folder), rows=rows, best=found)
    return replace(entry, group=group)
