"""The words of a command and the holes in them, when no shell will read it. Pure.

`template.py` says what holes mean, `shell_words.py` reads commands for a shell.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

MANY = frozenset({"args", "args.hydra"})


class TemplateError(ValueError):
    """A command that cannot be read."""


@dataclass(frozen=True)
class Hole:
    """A place for a value."""

    name: str


@dataclass(frozen=True)
class Word:
    """One argument to be, or several for a lone `{args}`."""

    parts: tuple[str | Hole, ...]

    @property
    def many(self) -> str | None:
        """The name of the hole that becomes several arguments, if this word is one."""
        match self.parts:
            case (Hole(name=name),) if name in MANY:
                return name
            case _:
                return None

    @property
    def plain(self) -> str | None:
        """The text of a word without holes, None for another."""
        texts = [part for part in self.parts if isinstance(part, str)]
        return "".join(texts) if len(texts) == len(self.parts) else None

    @property
    def bare_option(self) -> bool:
        """An option whose value is the next word, as in `--momentum {momentum}`."""
        match self.parts:
            case (str() as text,):
                return text.startswith("-") and text.strip("-") != "" and "=" not in text
            case _:
                return False


@dataclass(frozen=True)
class Gap:
    """What stands between the words of a shell command: blanks, operators, comments."""

    text: str


PIECE = re.compile(
    r"""(?P<open>\{\{) | (?P<close>\}\}) | (?P<dollar>\$?)\{(?P<name>[^\W\d][\w.-]*)\}
      | (?P<brace>\{) | (?P<text>[^{}$]+ | \$ | \})""",
    re.VERBOSE,
)


def words_of(command: str | Sequence[str]) -> list[Word]:
    """Split a command that no shell will see.

    Example:
        >>> words_of("train.py --lr={lr} 'a {{b}}'")[1:]
        [Word(parts=('--lr=', Hole(name='lr'))), Word(parts=('a {b}',))]
    """
    try:
        texts = shlex.split(command) if isinstance(command, str) else list(command)
    except ValueError as wrong:
        raise TemplateError(f"cannot be split into words: {wrong}") from wrong
    return [Word(_parts(text)) for text in texts]


def _parts(text: str) -> tuple[str | Hole, ...]:
    parts: list[str | Hole] = []
    for piece in PIECE.finditer(text):
        name = piece["name"]
        if piece["brace"]:
            start = text[max(0, piece.start() - 20) : piece.start() + 20]
            raise TemplateError(
                f"{start!r}: a brace that opens nothing; write {{{{ for a plain one"
            )
        if name and piece["dollar"]:
            raise TemplateError(f"${{{name}}}: no shell reads this command; write {{{name}}}")
        if name:
            parts.append(Hole(name))
        else:
            add(parts, {"{{": "{", "}}": "}"}.get(piece[0], piece[0]))
    return tuple(parts) or ("",)


def add(parts: list[str | Hole], text: str) -> None:
    """Add plain text to the parts of a word."""
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)
