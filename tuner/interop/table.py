"""A CSV file of trials, of a tool that is known or of anybody."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tuner.interop.base import Columns, Kind, OldStudy, OldTrial, State
from tuner.interop.dialects import OPTUNA, checked, dialect_of, meaning, state_of
from tuner.interop.late import seen_in
from tuner.interop.optuna_bounds import bounds_on, spread
from tuner.interop.sheet import Sheet, read_sheet
from tuner.interop.values import (
    ABSENT,
    ended,
    mostly_numbers,
    number_of,
    word_of,
)
from tuner.study import Value

TRUTHS = {"true", "True", "TRUE", "false", "False", "FALSE"}
BITS = {"1": "true", "1.0": "true", "0": "false", "0.0": "false"}
WHOLE = re.compile(r"-?[0-9]+\.0")


def read_csv(
    path: Path,
    columns: Columns | None = None,
    *,
    metric: str | None = None,
    kind: Kind | None = None,
) -> OldStudy:
    """Read a table, one row a trial.

    Without a mapping the columns are told by the prefixes of the tools (`params.`, `config.`,
    `metrics.`, …); where there are none, all columns but the metric are parameters, and `notes`
    says so.

    Args:
        path: a file with a header.
        columns: what its columns mean.
        metric: the metric by its name, for tables that do not tell which it is.
        kind: who wrote it; None to tell by the columns.

    Raises:
        UsageError: it is no table, or which column is what cannot be told.
    """
    sheet = read_sheet(path)
    dialect = dialect_of(sheet.columns, kind)
    notes: list[str] = []
    if columns is None:
        seen = seen_in(sheet.rows, sheet.columns, state_of(sheet.columns, dialect))
        columns, notes = meaning(sheet.columns, dialect, metric, seen)
    else:
        checked(columns, sheet.columns)
    searched = metric or (next(iter(columns.metrics)) if len(columns.metrics) == 1 else None)
    bounds: list[str] = []
    if dialect is OPTUNA:
        rows, bounds = spread(sheet.rows, {*columns.parameters, *columns.metrics, *sheet.columns})
        sheet = replace(sheet, rows=tuple(rows))
        columns = replace(columns, metrics={**columns.metrics, **{name: name for name in bounds}})
    sheet = _with_truths(sheet, columns)
    trials, unread = _trials(sheet, columns)
    return OldStudy(
        name=path.stem,
        source=path,
        kind=dialect.kind,
        metric=searched,
        goal=None,
        parameters={},
        trials=tuple(trials),
        constraints=bounds_on(bounds),
        unread=tuple(f"line {line}: {why}" for line, why in sorted(unread)),
        notes=(*notes, *sheet.notes),
    )


def _trials(sheet: Sheet, columns: Columns) -> tuple[list[OldTrial], list[tuple[int, str]]]:
    """Give the trials of a table, and the lines that are none with the reason."""
    whole = _whole(sheet, columns)
    found, unread = [], list(sheet.unread)
    for line, row in sheet.rows:
        try:
            found.append((line, _trial(line, row, columns, whole)))
        except ValueError as why:
            unread.append((line, str(why)))
    bad = _bad_cells(found)
    return [trial for line, trial in found if line not in bad], [*unread, *bad.items()]


def _whole(sheet: Sheet, columns: Columns) -> set[str]:
    """Name the columns with gaps that hold 2.0 and the like only: pandas made floats of whole numbers."""
    found = set()
    for column in columns.parameters.values():
        texts = [row[column] for _, row in sheet.rows if column in row]
        if 0 < len(texts) < len(sheet.rows) and all(map(WHOLE.fullmatch, texts)):
            found.add(column)
    return found


def _bad_cells(trials: Sequence[tuple[int, OldTrial]]) -> dict[int, str]:
    """Give lines with a text, each there once, where nearly all others have a number, and what is wrong."""
    found: dict[int, str] = {}
    for name in dict.fromkeys(name for _, trial in trials for name in trial.point):
        cells = [(line, trial.point.get(name)) for line, trial in trials]
        cells = [(line, value) for line, value in cells if value is not None]
        odd = [(line, value) for line, value in cells if isinstance(value, str | bool)]
        numbers = [not isinstance(value, str | bool) for _, value in cells]
        if odd and len({value for _, value in odd}) == len(odd) and mostly_numbers(numbers):
            found |= {
                line: f"{name} is no number: {str(value)[:40]!r}, and the others are"
                for line, value in odd
            }
    return found


def _with_truths(sheet: Sheet, columns: Columns) -> Sheet:
    """Write 1 and 0 as true and false in columns that else hold only these."""
    mixed = []
    for column in columns.parameters.values():
        words = {row[column].strip() for _, row in sheet.rows if column in row} - ABSENT
        if words & TRUTHS and words & BITS.keys() and words <= TRUTHS | BITS.keys():
            mixed.append(column)
    if not mixed:
        return sheet
    rows = (
        (line, {**row, **{c: BITS.get(row[c].strip(), row[c]) for c in mixed if c in row}})
        for line, row in sheet.rows
    )
    return replace(sheet, rows=tuple(rows))


def _trial(line: int, row: dict[str, str], columns: Columns, whole: set[str]) -> OldTrial:
    """Make a trial of a row. Raises ValueError saying why it is none."""
    point = dict[str, Value]()
    for name, column in columns.parameters.items():
        text = row.get(column, "")
        if text in ABSENT:
            continue
        try:
            point[name] = word_of(text.removesuffix(".0") if column in whole else text)
        except ValueError as why:
            raise ValueError(f"{column} {why}") from None
    metrics = _numbers(row, columns.metrics)
    label = row.get(columns.label) if columns.label else None
    return OldTrial(
        label=str(line) if label is None else label,
        place="line" if label is None else "trial",
        point=point,
        metrics=metrics,
        state=_state(row.get(columns.state, "") if columns.state else "", metrics),
        noise=_numbers(row, columns.noise),
    )


def _numbers(row: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, column in columns.items():
        if column in row:
            try:
                found[name] = number_of(row[column])
            except ValueError as why:
                if row[column] not in ABSENT:
                    raise ValueError(f"{column} {why}: {row[column][:40]!r}") from None
    return found


def _state(word: str, metrics: Mapping[str, float]) -> State:
    if not word and not metrics:
        raise ValueError("it has no metric")
    return ended(word, measured=bool(metrics)) if word else "completed"
