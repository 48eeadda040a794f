"""`tuner status`: how far a study is."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tuner.cli import terminal

if TYPE_CHECKING:
    from tuner.ledger import Reading
    from tuner.sinks import Standing


def status(
    study: terminal.StudyArgument = None,
    format_: terminal.FormatOption = "table",
) -> None:
    """Show how far a study is.

    Who works on it, how much of each budget is used up, the best trial so far, what runs, what
    ended last, and what failed and why. Where the metric is noisy the best trial is the one that
    was measured best; `tuner best` asks the model.

    Example:
        tuner status runs/quickstart
        tuner status --format json | jq .best.value
    """
    from tuner.report.standing import standing

    reading = terminal.read(study)
    alive = terminal.alive_workers(reading)
    state, detail = standing(reading.history, alive, datetime.now(UTC))
    name = str((reading.history.config or {}).get("name", reading.folder.name))
    from tuner.sinks import standings

    sinks = standings(reading.folder, reading.history)
    for sink in () if alive else sinks:
        if sink.lacking(reading.history):
            sink.error = sink.error or "nothing runs that would; `tuner export --to` does"
    if format_ == "table":
        _draw(reading, name, state, detail, sinks)
        return
    from tuner.report.summary import one_row, summary

    found = summary(
        reading.history,
        name=name,
        folder=str(reading.folder),
        state=state,
        detail=detail,
        workers=alive,
        damage=reading.damage,
    )
    found["sinks"] = [sink.record(reading.history) for sink in sinks]
    if format_ == "json":
        terminal.emit_json(found)
    else:
        row = one_row(found)
        terminal.emit_csv(list(row), [row])


def _draw(reading: "Reading", name: str, state: str, detail: str, sinks: "list[Standing]") -> None:
    from tuner.report import numbers
    from tuner.report.board import board
    from tuner.report.last_words import last_words
    from tuner.report.screen import screen_width
    from tuner.report.sections import View
    from tuner.report.tally import Tally

    wrong = [sink.in_words(reading.history) for sink in sinks if sink.error]
    history, now = reading.history, datetime.now(UTC)
    tally = Tally.of(history)
    view = View(
        history=history,
        tally=tally,
        title=name,
        state=state,
        detail=detail,
        elapsed={t.id: numbers.since(t.started_at, now) or 0.0 for t in history.running},
        warnings=(*reading.damage, *wrong),
        said={f.trial: last_words(history.trials[f.trial]) for f in tally.failures.values()},
    )
    terminal.show(board(view, screen_width()))
