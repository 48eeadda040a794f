"""`tuner convert`: the search of another tool as a commented configuration."""

from pathlib import Path
from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.errors import UsageError

STDOUT = Path("-")
DEFAULT = Path("config.yaml")
"""What is written to, and what a configuration that is printed is most likely to be called."""
FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A sweep of W&B, NNI, Katib, Hydra with Optuna, or Orion.",
        show_default=False,
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file.")]


def convert(
    file: FileArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write; - prints.")
    ] = DEFAULT,
    force: ForceOption = False,
) -> None:
    """Write a configuration from another tool's sweep.

    Read are sweeps of W&B, experiments and search spaces of NNI, Experiments of Katib, Hydra's Optuna
    sweeper, and Orion's command lines and files with priors; whose it is, is told by the content. What
    has no counterpart becomes the nearest there is; the file says what is not as it was, and so does
    stderr.

    Example:
        tuner convert sweep.yaml -o study.yaml
        tuner convert hunt.sh
    """
    from_foreign(file, output, "tuner convert", force=force)


def from_foreign(file: Path, output: Path, verb: str, *, force: bool) -> None:
    """Convert, write, and say on stderr what is not as it was."""
    from tuner.config.convert import changes, converted
    from tuner.config.draft import written
    from tuner.config.guess import comment

    draft = converted(file, verb)
    named = DEFAULT if output == STDOUT else output
    save(written(draft, str(named)), output, force=force)
    for change in changes(draft):
        name, left, why = change.partition(": left out, ")
        terminal.say(comment(f"left out: {name}: {why}" if left else f"changed: {change}"))
    said = f"wrote {output} from {draft.origin}" if output != STDOUT else f"read {draft.origin}"
    terminal.say(f"{said}; look at the lines that say CHECK, then `tuner check {named}`")


def save(text: str, output: Path, *, force: bool) -> None:
    """Print a configuration, or write it where no file is.

    Raises:
        UsageError: there is one, or none can be written.
    """
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
