"""`tuner init`: write a configuration to start from."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.cli.convert import DEFAULT, STDOUT, ForceOption, from_foreign, save
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.config.draft import Draft
    from tuner.config.option import Script

LARGEST = 4 * 1024 * 1024  # bytes of a script


def init(
    script: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SCRIPT]",
            help="A training script, whose options are read and not run; or another tool's file, as"
            " `tuner convert` takes it.",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write; - prints.")
    ] = DEFAULT,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: write the example.")
    ] = False,
    force: ForceOption = False,
) -> None:
    """Write a commented configuration to start from.

    With a Python script, the options that it declares (argparse, click, typer, tyro, absl,
    HfArgumentParser) become parameters: those worth a search with a range around their default, each
    guess marked CHECK, the others as lines to enable. The script is not run. Without one, a few
    questions are asked at a terminal.

    Example:
        tuner init train.py -o config.yaml
        tuner init
    """
    from tuner.config.convert import looks_foreign
    from tuner.config.draft import written

    if script is not None and script.is_file() and looks_foreign(script):
        from_foreign(script, output, "tuner init", force=force)
        return
    asked = not yes and output != STDOUT and sys.stdin.isatty() and sys.stderr.isatty()
    if script is None and asked:
        _refuse_existing(output, force=force)
    named = DEFAULT if output == STDOUT else output
    save(written(_draft(script, ask=asked), str(named)), output, force=force)
    if output != STDOUT:
        said = "look at the lines that say CHECK, then "
        terminal.say(f"wrote {output}; {said}`tuner check {output}`")


def _draft(script: Path | None, *, ask: bool) -> "Draft":
    """Read a script; without one ask a person, or give the example."""
    from tuner.config.starter import draft_of

    if script is not None:
        found = read_options(script)
        for remark in found.remarks:
            terminal.say(f"note: {remark}")
        return draft_of(found, script.as_posix())
    if not ask:
        return draft_of(None, "train.py")
    from tuner.cli.questions import ask_for_draft

    return ask_for_draft(read_options)


def _refuse_existing(output: Path, *, force: bool) -> None:
    """Say that a file is there before questions are asked, not after."""
    if output.exists() and not force:
        raise UsageError(
            f"{output} is there already", hint="--force writes over it, -o NAME beside it"
        )


def read_options(path: Path) -> "Script":
    """Read what a script says about itself; a program of another language says nothing.

    Raises:
        UsageError: it is not there, or is no Python.
    """
    from tuner.config.option import Script
    from tuner.config.script import read_script

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
    except OSError as refused:
        raise UsageError(f"{path} cannot be read: {refused.strerror}") from refused
    except SyntaxError as wrong:
        raise UsageError(f"{path}:{wrong.lineno or 1}: is not Python: {wrong.msg}") from wrong
