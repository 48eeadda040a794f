"""Tables and screens for a terminal, drawn by rich; what a person sees of a study that is read.

Foreign strings are never read as markup and never reach the terminal with control characters.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from tuner.report import numbers
from tuner.report.board import STYLES, View, board
from tuner.report.export import columns
from tuner.report.winner import in_words
from tuner.study import History, Trial, TrialState, Value
from tuner.study.ranking import Ranked, best

PIPED_WIDTH, WIDEST = 120, 250
GAP = 2  # columns between columns
ABSENT = ""  # of a parameter that is not alive


def make_console(file: TextIO | None = None) -> Console:
    """Give a console that highlights nothing by itself; 120 columns into a pipe, at most 250."""
    console = Console(file=file or sys.stdout, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPED_WIDTH
    console.width = min(console.width, WIDEST)
    return console


def status(view: View, width: int) -> RenderableType:
    """Draw how far a study is."""
    return Group(*board(view, width))


def trials(rows: Sequence[Trial], history: History, width: int) -> RenderableType:
    """Draw trials, one a row: a column a parameter where there is room, else the whole point."""
    goal = history.metric.name
    metrics, params = columns(rows)
    table: dict[str, list[Text]] = {
        ">id": [Text(str(trial.id)) for trial in rows],
        "<state": [_state(trial) for trial in rows],
        ">" + goal: [Text(_measured(trial, goal)) for trial in rows],
        ">wall": [Text(numbers.seconds(trial.wall_s or None)) for trial in rows],
    }
    wide = {
        ">" + name: [Text(_measured(trial, name)) for trial in rows]
        for name in metrics
        if name != goal
    }
    for name in params:
        values = [trial.params.get(name, ABSENT) for trial in rows]
        side = "<" if any(isinstance(value, str) and value for value in values) else ">"
        wide[side + name] = [Text(numbers.text(value)) for value in values]
    if sum(map(_width_of, [*table, *wide], [*table.values(), *wide.values()])) <= width:
        table |= wide
    else:
        table["<parameters"] = [Text(numbers.point(trial.params)) for trial in rows]
    return Group(*aligned(table, width))


def aligned(table: Mapping[str, Sequence[Text]], width: int) -> list[Text]:
    """Lay columns out side by side under their names; `<name` is flush left, `>name` right.

    Much faster than `rich.table`, which measures and wraps every cell.
    """
    widths = [_width_of(name, cells) - GAP for name, cells in table.items()]
    heads = [Text(numbers.clean(name[1:]), "bold") for name in table]
    lines = []
    for cells in [heads, *zip(*table.values(), strict=True)]:
        line = Text(no_wrap=True)
        for name, cell, space in zip(table, cells, widths, strict=True):
            pad = " " * (space - cell.cell_len)
            line.append_text(cell if name[0] == "<" else Text(pad).append_text(cell))
            line.append((pad if name[0] == "<" else "") + " " * GAP)
        line.rstrip()
        line.truncate(width, overflow="ellipsis")
        lines.append(line)
    return lines


def _width_of(name: str, cells: Sequence[Text]) -> int:
    return max(len(name) - 1, *(cell.cell_len for cell in cells), 0) + GAP


def facts(sections: Mapping[str, Mapping[str, str]]) -> RenderableType:
    """Draw names and values under headings; long values wrap."""
    parts: list[RenderableType] = []
    for heading, rows in sections.items():
        if not rows:
            continue
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in rows.items():
            table.add_row(Text("  " + numbers.clean(name)), Text(value))
        parts += [Text(heading, "bold"), table, Text("")]
    return Group(*parts[:-1])


def findings(rows: Sequence[tuple[str, str, str, str]]) -> RenderableType:
    """Draw what the doctor found: verdict, subject, finding, advice."""
    styles = {"ok": "green", "warn": "yellow", "bad": "bold red"}
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for verdict, subject, finding, advice in rows:
        words = Text(numbers.clean(finding))
        if advice:
            words.append(f"\n-> {numbers.clean(advice)}", "dim")
        table.add_row(Text(verdict, styles[verdict]), subject, words)
    return table


def _state(trial: Trial) -> Text:
    words = "waiting" if trial.state == TrialState.SUGGESTED else trial.state.value
    if trial.failure:
        words += f" {trial.failure}"
    text = Text(words, STYLES[trial.state])
    if trial.excluded:
        text.append(" (excluded)", "dim")
    return text


def _measured(trial: Trial, name: str) -> str:
    if name in trial.metrics:
        return numbers.number(trial.metrics[name])
    if trial.open and trial.reports and name in trial.reports[-1][1]:
        return numbers.number(trial.reports[-1][1][name]) + "*"
    return ""


def best_lines(history: History) -> list[str]:
    """Say which trial is best, in a few lines of plain text."""
    found = best(history) if history.config is not None else None
    if found is None:
        return ["no completed trial yet"]
    return [
        f"best: {in_words(found, history.metric.name)}",
        *(f"  {numbers.point({name: value})}" for name, value in found.trial.params.items()),
    ]


def winner(found: Ranked, metric: str, params: Mapping[str, Value]) -> RenderableType:
    """Draw the best trial: value, evidence, parameters in full."""
    value = repr(found.value)
    if found.error is not None:
        value += f" ± {numbers.number(found.error, 2)}"
    head = {metric: value, "trial": str(found.trial.id)}
    if found.repeats > 1:
        head["runs"] = str(found.repeats)
    others = {n: numbers.number(v, 6) for n, v in found.trial.metrics.items() if n != metric}
    exact = {n: repr(v) if isinstance(v, float) else numbers.text(v) for n, v in params.items()}
    return facts({"best": head, "parameters": exact, "other metrics": others})


def asked(rows: Sequence[Trial]) -> RenderableType:
    """Draw points that were handed out, with the ids to tell them by."""
    _, params = columns(rows)
    table = {">trial": [Text(str(trial.id)) for trial in rows]}
    for name in params:
        values = (trial.params.get(name, ABSENT) for trial in rows)
        table["<" + name] = [
            Text(repr(v) if isinstance(v, float) else numbers.text(v)) for v in values
        ]
    return Group(*aligned(table, WIDEST))
