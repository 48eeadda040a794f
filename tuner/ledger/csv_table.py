"""Trials as a table and back. Pure: `mirror.py` and `csv_ledger.py` hold the files.

One row a trial. Parameters, metrics and their standard errors have a column each, with a prefix, so
that their names never meet those of the fixed columns and the table says what is what.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import attrgetter
from typing import Any

from tuner.ledger.cells import WRITERS, cell, list_cell, read_cell, read_list, read_row, row_line
from tuner.ledger.shapes import shape
from tuner.study import Constraint, Fact, Record, Trial
from tuner.study.limits import feasible

METRICS, NOISE, PARAMS = "metrics.", "noise.", "params."
FEASIBLE = "feasible"  # follows from the rest: never read back
FIRST = ("trial", "state", "failure", "attempt")
SUGGESTED = ("method", "by_hand", "seed", "of", "mean", "sd", "acquisition", "seconds", "reason")
FINISHED = ("wall_s", "gpu_s", "exit_code", "peak_memory_bytes", "message")
LISTS = ("devices", "marks", "notes")
LAST = (
    *SUGGESTED,
    *("seen", "host", "devices"),
    *FINISHED,
    *("marks", "notes", "suggested_at", "started_at", "finished_at"),
)
STAMP = len("2026-01-31T09:30:00.000000Z")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: cells by column, empty ones left out."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """What a file held.

    Attributes:
        damage: lines that are not rows, each with its number.
        ended: the last line has its line feed, so a row may be put behind it.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    damage: tuple[str, ...] = ()
    ended: bool = True


def columns_for(trials: Iterable[Trial]) -> tuple[str, ...]:
    """Name the columns that these trials need, in the order in which they first need them."""
    metrics, noise, params = dict[str, object](), dict[str, object](), dict[str, object]()
    for trial in trials:
        params.update(trial.params)
        metrics.update(trial.metrics)
        noise.update(trial.noise)
    return (
        *FIRST,
        *(METRICS + name for name in metrics),
        *(NOISE + name for name in noise),
        *(PARAMS + name for name in params),
        *LAST,
    )


_FIXED = (*FIRST, *(name for name in LAST if name not in LISTS))
_UNFINISHED = (None,) * len(FINISHED)
_suggested, _finished = attrgetter(*SUGGESTED), attrgetter(*FINISHED)


def cells_of(trial: Trial) -> dict[str, str]:
    """Give the cells of a trial, by column; where there is no value there is no cell."""
    ask, start, finish = trial.suggestion, trial.start, trial.finish
    method, by_hand, *asked = _suggested(ask)
    _, _, *ended = _finished(finish) if finish else _UNFINISHED  # times are over all attempts
    values = (
        *(trial.id, str(trial.state) if trial.open or finish is None else finish.state),
        *(trial.failure, trial.attempt, method, by_hand or None, *asked, ask.seen),
        *(start.host or None if start else None, trial.wall_s, trial.gpu_s, *ended),
        *(trial.suggested_at or None, trial.started_at, trial.finished_at),
    )
    cells = {
        name: WRITERS[type(value)](value)
        for name, value in zip(_FIXED, values, strict=True)
        if value is not None
    }
    lists = (start.devices if start else (), trial.marks, trial.notes)
    cells.update(
        {name: list_cell(texts) for name, texts in zip(LISTS, lists, strict=True) if texts}
    )
    for name, value in trial.params.items():
        cells[PARAMS + name] = WRITERS[type(value)](value)
    for name, value in trial.metrics.items():
        cells[METRICS + name] = repr(float(value))
    for name, value in trial.noise.items():
        cells[NOISE + name] = repr(float(value))
    return cells


def line_of(cells: Mapping[str, str], columns: Iterable[str]) -> bytes:
    """Give the line of a row, line feed included."""
    return (row_line(list(map(cells.get, columns, repeat("")))) + "\n").encode()


def render(trials: Iterable[Trial], constraints: Sequence[Constraint] = ()) -> bytes:
    """Give a whole table, with a header; where there are constraints a column says who keeps them."""
    trials = list(trials)
    columns = columns_for(trials)
    rows: Iterable[Mapping[str, str]] = map(cells_of, trials)
    if constraints:
        columns = (*FIRST, FEASIBLE, *columns[len(FIRST) :])
        rows = (cells_of(trial) | _judged(trial, constraints) for trial in trials)
    header = (row_line([cell(name) for name in columns]) + "\n").encode()
    return header + b"".join(line_of(cells, columns) for cells in rows)


def _judged(trial: Trial, constraints: Sequence[Constraint]) -> dict[str, str]:
    kept = feasible(trial, constraints)
    return {} if kept is None else {FEASIBLE: cell(kept)}


def parse(data: bytes) -> Table:
    """Take a table apart. Lines that are no rows are damage; a torn last one is, too."""
    *whole, rest = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    ended = not rest
    lines = whole if ended else [*whole, rest]
    columns = _header(lines[0]) if lines else ()
    rows: dict[str, Row] = {}
    damage: list[str] = []
    for number, raw in enumerate(lines[1:], start=2):
        if not raw.strip():
            continue
        try:
            row = _row(number, raw, columns, torn=not ended and number == len(lines))
        except ValueError as why:
            damage.append(f"line {number}: {why}; skipped")
            continue
        rows.pop(row.cells["trial"], None)  # the last row of a trial counts, in its place
        rows[row.cells["trial"]] = row
    return Table(columns, tuple(rows.values()), tuple(damage), ended)


def _header(raw: bytes) -> tuple[str, ...]:
    try:
        names = read_row(raw.decode().removesuffix("\r"))
    except ValueError:
        return ()
    return tuple(read if isinstance(read := read_cell(name), str) else name for name in names)


def _row(number: int, raw: bytes, columns: tuple[str, ...], *, torn: bool) -> Row:
    texts = read_row(raw.decode(errors="strict").removesuffix("\r"))
    if len(texts) != len(columns):
        raise ValueError(f"it has {len(texts)} cells where the header has {len(columns)}")
    cells = {name: text for name, text in zip(columns, texts, strict=True) if text}
    if torn and len(cells.get(LAST[-1], "")) < STAMP:
        raise ValueError("it is incomplete")
    if type(read_cell(cells.get("trial", ""))) is not int:
        raise ValueError("it has no trial number")
    return Row(number, cells)


def same(cells: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Say whether two rows tell the same, however the numbers are written."""

    def told(row: Mapping[str, str]) -> dict[str, str]:
        chosen = (METRICS, NOISE, PARAMS, "state", "failure", "marks")
        return {
            name: repr(read_cell(text)) for name, text in row.items() if name.startswith(chosen)
        }

    return told(cells) == told(others)


def facts_of(row: Row) -> tuple[Fact, list[tuple[str, Fact]]]:
    """Give the suggestion of a row, and what followed, each with the time it was written.

    Raises ValueError naming the column that is not right.
    """
    values = {name: read_cell(text) for name, text in row.cells.items()}
    lists = {name: read_list(row.cells.get(name, "")) for name in LISTS}
    number, attempt = values["trial"], values.get("attempt", 0)
    suggested = _fact(
        "suggested",
        trial=number,
        point=_group(values, PARAMS),
        method=values.get("method", "added"),
        **{name: values[name] for name in (*SUGGESTED[1:], "seen") if name in values},
    )
    started_at, finished_at = (str(values.get(name, "")) for name in ("started_at", "finished_at"))
    after: list[tuple[str, Fact]] = []
    if attempt:
        start = _fact(
            "started",
            trial=number,
            attempt=attempt,
            host=values.get("host", ""),
            devices=lists["devices"],
        )
        after.append((started_at, start))
    finish = _fact(
        "finished",
        trial=number,
        attempt=attempt,
        state=values.get("state"),
        failure=values.get("failure"),
        metrics=_group(values, METRICS),
        noise=_group(values, NOISE),
        **{name: values[name] for name in FINISHED if name in values},
    )
    after.append((finished_at, finish))
    for kind in ("note", "mark"):
        said = (_fact("noted", kind=kind, trial=number, text=text) for text in lists[f"{kind}s"])
        after.extend((finished_at, fact) for fact in said)
    return suggested, after


def _fact(name: str, **body: Any) -> Any:  # noqa: ANN401  any fact
    known = shape(name)
    assert known is not None  # noqa: S101  the names are ours
    return known.filled(known.patient(body))


def _group(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if name.startswith(prefix)
    }


def records_of(rows: Iterable[Row], first: int, worker: str) -> tuple[list[Record], list[str]]:
    """Give the records that rows stand for, numbered from `first` on, and what is wrong with others.

    Suggestions come first, by trial: the order in which trials ended is that of the rows.
    """
    asked: list[tuple[str, Any]] = []
    after: list[tuple[str, Fact]] = []
    damage: list[str] = []
    for row in rows:
        try:
            suggested, then = facts_of(row)
        except ValueError as why:
            damage.append(f"line {row.line}: a trial whose {why}; skipped")
            continue
        asked.append((row.cells.get("suggested_at", ""), suggested))
        after.extend(then)
    asked.sort(key=lambda pair: pair[1].trial)
    numbered = enumerate([*asked, *after], start=first)
    return [Record(number, at, 0.0, worker, fact) for number, (at, fact) in numbered], damage


def ended(trials: Iterable[Trial]) -> Iterator[Trial]:
    """Choose the trials that have a row in a table that is the truth, in the order of finishing."""
    return iter(sorted((t for t in trials if not t.open), key=lambda trial: trial.finish_number))
