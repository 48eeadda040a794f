"""A study whose code or space changed may go on as a related one that learns from the old trials."""

import itertools
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tuner.cli import terminal

if TYPE_CHECKING:
    from tuner.config import StudyConfig
    from tuner.ledger import Book

CONTINUE, ANEW, QUIT = "continue", "anew", "quit"


def ask(study: "StudyConfig") -> "tuple[str, Book | None]":
    """Ask a person how a study that changed goes on; whoever cannot be asked continues.

    Returns:
        CONTINUE, ANEW or QUIT, empty where nothing changed or nobody can be asked; and the ledger
        where it was read for that and the study goes on.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return "", None
    from tuner.assemble import moved, read_before

    book = read_before(study)
    what = "" if book is None else moved(study, book.history)
    said = _asked(study, what) if what else ""
    if book is None or said in ("", CONTINUE):
        return said, book
    book.close()
    return said, None


def _asked(study: "StudyConfig", what: str) -> str:
    terminal.say(
        f"{what} is another than before: continue in {study.dir}, begin anew in "
        f"{free_folder(study.dir)} and learn from the old trials, or quit?"
    )
    return _answer([CONTINUE, ANEW, QUIT])


def _answer(words: Sequence[str]) -> str:
    """Read a word or how it begins, until it is one of them; the first by default."""
    while True:
        try:
            typed = typer.prompt("/".join(words), default=words[0], err=True).strip().lower()
        except typer.Abort:  # the end of what is typed, or Ctrl-C
            return words[-1]
        except UnicodeDecodeError:  # typed on a terminal of another encoding
            continue
        found = [word for word in words if word.startswith(typed)]
        if found:
            return found[0]


def sets_of(folder: Path, overrides: Sequence[str]) -> list[str]:
    """Give what is set for the related study: all that was set, in the next free folder."""
    kept = [text for text in overrides if not text.startswith("dir=")]
    return [*kept, f"dir={free_folder(folder)}"]


def olders_of(folder: Path, older: Sequence[str]) -> list[str]:
    """Give the older studies of the related study: the old one, and the others that were named."""
    return list(dict.fromkeys([*older, str(folder)]))


def command(file: Path, folder: Path, overrides: Sequence[str], older: Sequence[str]) -> str:
    """Give the command that begins a related study, as a shell takes it."""
    sets = [word for text in sets_of(folder, overrides) for word in ("--set", text)]
    named = [word for path in olders_of(folder, older) for word in ("--warm-start", path)]
    return shlex.join(["tuner", "run", str(file), *sets, *named])


def free_folder(folder: Path) -> Path:
    """Name a folder beside another that is not there yet.

    Example:
        >>> free_folder(Path("runs/nowhere"))
        PosixPath('runs/nowhere-2')
    """
    names = (folder.with_name(f"{folder.name}-{n}") for n in itertools.count(2))
    return next(name for name in names if not name.exists())
