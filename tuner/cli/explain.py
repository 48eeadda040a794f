"""`tuner explain`: what the results say."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.insight.make import Understood
    from tuner.study import History

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[STUDY] [ID]",
        help="The study; behind it a trial's id, `best` or `last`, as with --trial.",
        show_default=False,
    ),
]


def explain(
    words: Words = None,
    trial: Annotated[
        str | None,
        typer.Option("--trial", "-t", help="Why this trial was proposed, and how it turned out."),
    ] = None,
    bounds: Annotated[
        bool, typer.Option("--bounds", help="Only the parameters of a next study, as YAML.")
    ] = False,
    format_: terminal.FormatOption = "table",
) -> None:
    """Say what the results say: what matters, and where to look next.

    Which parameters the metric depends on, alone and together, with 95 % intervals and every reason
    to doubt them; then narrower bounds for the next study. Made from a model of the trials, with no
    older studies. With a trial: why it was proposed, and how it turned out.

    Example:
        tuner explain runs/quickstart
        tuner explain --bounds > next.yaml
        tuner explain runs/quickstart --trial 12
    """
    study, named = _parted(words or [])
    if trial is not None and named is not None:
        raise UsageError(f"one trial at a time, got {named} and {trial}")
    history = terminal.read(study).history
    word = trial if trial is not None else named
    if word is None:
        _study(history, bounds=bounds, form=format_)
    elif bounds:
        raise UsageError("--bounds is about the whole study", hint="leave the trial out")
    else:
        _trial(history, word, form=format_)


def _parted(words: list[str]) -> tuple[str | None, str | None]:
    """Part `[STUDY] [ID]`."""
    if not words:
        return None, None
    if any(_is_id(word) for word in words[:2]):
        return terminal.study_and_id(words)
    if len(words) > 1:
        raise UsageError(f"unexpected {words[1]!r} behind the study", hint="give the id of a trial")
    return words[0], None


def _is_id(word: str) -> bool:
    return word.isdecimal() or word in ("best", "last")


def _study(history: "History", *, bounds: bool, form: str) -> None:
    from tuner.report import insight as report

    found = understood(history)
    metric = history.metric.name
    if form == "json":
        narrowed = found.narrowed()
        whole = report.bounds_document(narrowed)
        if not bounds:
            whole = report.document(
                metric, found.importance(), found.pairs(), found.calibration(), narrowed
            )
        terminal.emit_json(whole)
    elif bounds:
        if form == "csv":
            raise UsageError("bounds are YAML or json", hint="leave --format out")
        narrowed = found.narrowed()
        terminal.echo(report.to_parameters(narrowed).rstrip())
        if not narrowed.changed:
            terminal.say(f"{report.NOWHERE}: this is the space as it is")
    elif form == "csv":
        terminal.emit_csv(report.COLUMNS, report.rows(found.importance()))
    else:
        from tuner.report.screen import screen_width

        width = screen_width()
        terminal.show(report.importance_lines(metric, found.importance(), found.pairs(), width))
        terminal.echo("")
        terminal.show(report.bounds_lines(found.narrowed(), width))


def _trial(history: "History", word: str, *, form: str) -> None:
    from tuner.config import read_config
    from tuner.insight.make import why
    from tuner.report import insight as report

    if not _is_id(word):
        raise UsageError(f"no trial is called {word!r}", hint="give its id, `best` or `last`")
    number = terminal.pick(history, word).id
    found = why(history, read_config(history.config or {}).space, number)
    if form == "json":
        terminal.emit_json(asdict(found))
    elif form == "csv":
        terminal.emit_csv(report.WHY_COLUMNS, [report.why_row(found)])
    else:
        from tuner.report import tables
        from tuner.report.screen import screen_width

        sections = report.why_sections(found, history)
        terminal.show(tables.facts(sections, screen_width()))


def understood(history: "History") -> "Understood":
    """Understand a study by the configuration in force."""
    from tuner.config import read_config
    from tuner.insight.make import understand

    config = read_config(history.config or {})
    return understand(history, config.space, seed=config.seed)
