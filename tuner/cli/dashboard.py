"""`tuner dashboard`: a local page over all studies of a folder."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuner.study import History

LOCAL, PORT = "127.0.0.1", 8613


def dashboard(
    folder: Annotated[
        Path,
        typer.Argument(metavar="[DIR]", help="Where the studies are, down to two folders deep."),
    ] = terminal.RUNS,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes any that is free.")
    ] = PORT,
    host: Annotated[str, typer.Option("--host", help="Who can reach it.")] = LOCAL,
    allow_control: Annotated[
        bool,
        typer.Option(
            "--allow-control", help="Pages may stop studies, retry, enqueue, tag and note."
        ),
    ] = False,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
) -> None:
    """Serve a live page over all studies.

    For this machine alone, to who has the link, and to read only, unless you say otherwise. It
    follows the ledgers as they grow, shows the figures of the report and the logs of trials, and
    ends with Ctrl-C.

    Example:
        tuner dashboard
        tuner dashboard runs --allow-control --no-open
    """
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise UsageError(
            "the dashboard needs starlette and uvicorn", hint="pip install 'tuner[dashboard]'"
        )
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="name the folder of your studies")
    from tuner.cli.subject import subject_of
    from tuner.dashboard.guard import is_loopback
    from tuner.dashboard.serve import listen, serve
    from tuner.dashboard.views import Outside

    place = listen(host, port)
    if not is_loopback(host):
        terminal.say(f"whoever reaches {host} and has the link can read the studies")

    def ready(link: str) -> None:
        import webbrowser

        terminal.echo(link)
        if open_:
            webbrowser.open(link)

    serve(folder, place, Outside(subject_of, _alive), control=allow_control, ready=ready)


def _alive(folder: Path, history: "History") -> "Sequence[str]":
    from tuner.ledger import Reading

    reading = Reading(history=history, damage=[], folder=folder, file=folder, bytes=0)
    return terminal.alive_workers(reading)
