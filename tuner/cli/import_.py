"""`tuner import`: an old study, of this tool or of another, becomes a study folder."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.cli.desks import assignments
from tuner.errors import UsageError
from tuner.interop.spec import KindWord
from tuner.study.metric import Goal

if TYPE_CHECKING:
    from tuner.assemble import Imported

MOST_LINES = 12
MOST_PLACES = 5

SourceArgument = Annotated[
    Path, typer.Argument(metavar="SOURCE", help="The file or folder that another tool left.")
]
ToOption = Annotated[Path, typer.Option("--to", help="The folder of the new study.")]
KindOption = Annotated[
    KindWord, typer.Option("--kind", help="Who wrote it; by default told by the content.")
]
MetricOption = Annotated[
    str | None,
    typer.Option("--metric", help="Its name, where several are there.", show_default=False),
]
GoalOption = Annotated[
    Goal | None,
    typer.Option("--goal", help="Which way is better, where it is not said.", show_default=False),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="OLD=NEW", help="Rename a parameter; again for more.", show_default=False
    ),
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        metavar="NAME",
        help="Keep this one and no others that are not named; again for more.",
        show_default=False,
    ),
]
StudyOption = Annotated[
    str | None,
    typer.Option("--study", help="Which one, where a file holds several.", show_default=False),
]


def import_(
    source: SourceArgument,
    to: ToOption,
    kind: KindOption = "auto",
    metric: MetricOption = None,
    goal: GoalOption = None,
    names: MapOption = None,
    parameters: ParameterOption = None,
    study: StudyOption = None,
) -> None:
    """Make a study of another tool's results.

    Read are our ledgers, CSV tables, Optuna (SQLite, journal), W&B (CSV export), Ray Tune (result
    folder), MLflow (mlruns, CSV), Ax (JSON), SMAC (run history) and Orion (CSV). None of these tools
    is needed, and nothing in their files is executed. The study has the space that the file declares,
    or one told from the values; what was told and what was left out is said.

    Example:
        tuner import optuna.db --to runs/old
        tuner import sweep.csv --to runs/old --metric val_loss --goal minimize --map "learning rate=lr"
    """
    from tuner.assemble import import_study
    from tuner.interop import NoMetricError, SeveralStudiesError, read_old, renamed

    try:
        old = read_old(source, kind, metric=metric, goal=goal, study=study)
    except NoMetricError as unsaid:
        raise UsageError(str(unsaid), hint=f"--metric NAME says it: {unsaid.choice}") from unsaid
    except SeveralStudiesError as unsaid:
        raise UsageError(str(unsaid), hint=f"--study NAME says it: {unsaid.choice}") from unsaid
    old = renamed(old, assignments(names or []), parameters or [])
    show(import_study(old, to))


def show(done: "Imported") -> None:
    """Print a table of what was imported and what was not, and on stderr what was decided."""
    from tuner.interop.base import TAKEN
    from tuner.report.numbers import clean

    for note in done.notes:
        told = f"{note}; --parameter NAME, once for each, says which they are"
        terminal.say(clean(told if note.startswith(TAKEN) else note))
    count = sum(done.states.values())
    rows = [(str(count), "imported", ", ".join(f"{n} {word}" for word, n in done.states.items()))]
    places: dict[str, list[str]] = {}
    for line in done.left:
        place, _, why = line.partition(": ")
        places.setdefault(why or place, []).append(place)
    counts = Counter({why: len(found) for why, found in places.items()}).most_common()
    for why, times in counts[:MOST_LINES]:
        where = ", ".join(places[why][:MOST_PLACES]) + (", …" if times > MOST_PLACES else "")
        rows.append((str(times), "left out", f"{why} ({where})"))
    if len(counts) > MOST_LINES:
        rest = sum(times for _, times in counts[MOST_LINES:])
        rows.append((str(rest), "left out", "for other reasons"))
    width = max(len(number) for number, _, _ in rows)
    for number, what, why in rows:
        terminal.echo(f"{number:>{width}}  {what:<8}  {clean(why)}")
    folder = done.config.dir
    terminal.say(f"in {folder}; with a runner in {folder}/config.yaml `tuner run` of it goes on")
