"""`tuner doctor`: is the study sound, and is this machine?"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from tuner.cli import terminal
from tuner.errors import USAGE, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tuner.cli.checkup import Finding


def doctor(study: terminal.StudyArgument = None, format_: terminal.FormatOption = "table") -> None:
    """Check the health of a study and of this machine.

    The ledger line by line, its lock and who works on it, the disk, how well the search is doing,
    then Python, the packages and the GPUs; each finding with what to do about it: ok is as it should
    be, note is good to know or may be done, warn wants a look, bad keeps something from working.
    Without a study only the machine is looked at.
    The exit code is 2 when something is bad, else 0, warnings included.

    Example:
        tuner doctor runs/quickstart
        tuner doctor --format json
    """
    from tuner.cli import checkup

    folder = _found(study)
    findings: list[Finding] = []
    if folder is not None:
        findings += checkup.of_study(folder, datetime.now(UTC), terminal.alive_workers)
    findings += checkup.of_machine()
    rows = [finding._asdict() for finding in findings]
    if format_ == "json":
        terminal.emit_json(rows)
    elif format_ == "csv":
        terminal.emit_csv(list(checkup.Finding._fields), rows)
    else:
        from tuner.report.screen import screen_width
        from tuner.report.tables import findings as drawn

        terminal.show(drawn(findings, screen_width()))
    if any(finding.verdict == "bad" for finding in findings):
        raise typer.Exit(USAGE)


def _found(study: str | None) -> "Path | None":
    """Give the study that was named, or the one at hand if there is any."""
    try:
        return terminal.find_study(study)
    except UsageError:
        if study is not None:
            raise
        return None
