"""`tuner init`: write a configuration to start from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.config.script import Script

LARGEST = 4 * 1024 * 1024  # bytes of a script
STDOUT = Path("-")


def init(
    script: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SCRIPT]", help="A training script; its argparse is read, not run."
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write; - prints.")
    ] = Path("config.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Write over a file.")] = False,
) -> None:
    """Write a commented configuration to start from.

    With a Python script, its `add_argument` calls become parameters with a range around their
    default; each guess says CHECK. The script is not run.

    Example:
        tuner init train.py -o config.yaml
    """
    from tuner.config.starter import starter

    if script is None:
        text = starter(file=str(output))
    else:
        text = starter(_read(script), program=script.as_posix(), file=str(output))
    if output == STDOUT:
        terminal.echo(text.rstrip("\n"))
        return
    try:
        with output.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as there:
        raise UsageError(
            f"{output} is there already", hint="--force writes over it, -o NAME beside it"
        ) from there
    except OSError as refused:
        raise UsageError(f"{output} cannot be written: {refused.strerror}") from refused
    terminal.say(f"wrote {output}; look at the lines that say CHECK, then `tuner check {output}`")


def _read(path: Path) -> "Script":
    """Read what a script says about itself; a program of another language says nothing."""
    from tuner.config.script import Script, read_script

    if not path.is_file():
        raise UsageError(f"there is no script {path}")
    if path.suffix != ".py":
        return Script()
    if path.stat().st_size > LARGEST:
        raise UsageError(f"{path} is too large to be a script")
    try:
        return read_script(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as wrong:
        raise UsageError(f"{path} is not UTF-8 text") from wrong
    except SyntaxError as wrong:
        raise UsageError(f"{path}:{wrong.lineno or 1}: is not Python: {wrong.msg}") from wrong
