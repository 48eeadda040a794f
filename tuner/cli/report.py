"""`tuner report`: a study as one page."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.insight.base import Finding
    from tuner.ledger import Reading
    from tuner.report.figures import Subject
    from tuner.study.ranking import Ranked

NAME = "report.html"
PRIVATE = 0o600


def report(
    study: terminal.StudyArgument = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The file; report.html in the study's folder without.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a study as one HTML file.

    Everything is inside: figures, all trials, what a model makes of them, the health of the study,
    its configuration. It opens anywhere without a network, and prints. The file is replaced in one
    step and is yours alone to read.

    Example:
        tuner report runs/quickstart
        tuner report -o /tmp/digits.html
    """
    from tuner.cli.export import fresh_file
    from tuner.report import numbers

    reading = terminal.read(study)
    text = page_of(reading)
    target = out or reading.folder / NAME
    if target.is_dir():
        raise UsageError(f"{target} is a folder", hint=f"name a file: -o {target / NAME}")
    with fresh_file(target) as draft:
        draft.touch(mode=PRIVATE, exist_ok=False)
        draft.write_text(text, encoding="utf-8")
    terminal.say(f"{numbers.size(len(text.encode()))} in {target}")


def page_of(reading: "Reading") -> str:
    """Make the page of a study that was read."""
    from tuner import __version__
    from tuner.cli.subject import subject_of
    from tuner.report.page import Given, document, sections
    from tuner.report.page.rows import table
    from tuner.report.standing import standing

    history, now = reading.history, datetime.now(UTC)
    subject = subject_of(history)
    state, detail = standing(history, terminal.alive_workers(reading), now)
    winner = _winner(reading)
    given = Given(
        subject=subject,
        now=now,
        folder=str(reading.folder),
        state=state,
        detail=detail,
        winner=winner,
        findings=_findings(reading, subject),
        damage=tuple(reading.damage),
        version=__version__,
    )
    best = winner.trial.id if winner else None
    return document(subject.name, sections(given), table(history), best)


def _findings(reading: "Reading", subject: "Subject") -> "tuple[Finding, ...]":
    import shutil

    from tuner.cli.checkup import bytes_of_trials
    from tuner.insight.make import health
    from tuner.report.page.given import understood

    free = shutil.disk_usage(reading.folder).free
    taken = bytes_of_trials(reading.folder)
    return health(reading.history, subject.space, understood(subject), free=free, taken=taken)


def _winner(reading: "Reading") -> "Ranked | None":
    try:
        return terminal.best_of(reading.history)
    except UsageError:
        return None
