"""`tuner set`: change the budget, parallelism or bounds of a live study."""

from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.cli.desks import study_first, visiting

SHORT = {"parallel": "resources.parallel", "trials": "stop.trials", "wall": "stop.wall"}


def set_(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[STUDY] KEY=VALUE...",
            help="As in parameters.lr.max=0.3; short: trials, parallel, wall.",
        ),
    ],
) -> None:
    """Change the budget, parallelism or bounds of a live study.

    Every process that works on the study follows within a second, and so does the next `tuner run` of
    the study's folder. A `tuner run` of a file goes by that file, and shows what differs.

    Example:
        tuner set trials=80 parallel=4
        tuner set runs/digits parameters.lr.max=0.3
    """
    from tuner.assemble import reconfigure
    from tuner.report.memories import told

    study, changes = study_first(words)
    with visiting(study) as opening:
        full = [_full(change) for change in changes]
        changed = reconfigure(opening, full)
    taught = [line for fact in changed.remembered for line in told(fact)]
    for line in (*(changed.lines or ["nothing changes"]), *changed.remarks, *taught):
        terminal.say(line)


def _full(change: str) -> str:
    """Spell out the short keys."""
    key, equals, value = change.partition("=")
    return SHORT.get(key, key) + equals + value
