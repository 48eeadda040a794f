"""Lines for a terminal: pieces of text with a style each, measured, cut, and coloured where wanted.

Verbs that only read print these without loading rich, which would cost them a quarter of their
time; the live board hands them to rich.
"""

import io
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "bright_black": "90",
}
PIPED_WIDTH, WIDEST = 120, 250
GAP = 2  # columns between the columns of a table


def width_of(words: str) -> int:
    """Count the columns that a text takes: two for wide characters, none for combining ones.

    Example:
        >>> width_of("val_acc"), width_of("精度"), width_of("e\u0301")
        (7, 4, 1)
    """
    if words.isascii():
        return len(words)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in words)
    return len(words) + wide - sum(map(bool, map(unicodedata.combining, words)))


class Line:
    """One line, piece by piece.

    Attributes:
        parts: (text, style) pairs; a style is words of CODES, empty for none.
    """

    __slots__ = ("parts",)

    def __init__(self, words: str = "", style: str = "") -> None:
        self.parts: list[tuple[str, str]] = [(words, style)] if words else []

    def add(self, words: "str | Line", style: str = "") -> "Line":
        """Put something behind it."""
        if isinstance(words, Line):
            self.parts += words.parts
        else:
            self.parts.append((words, style))
        return self

    @property
    def plain(self) -> str:
        """The text alone."""
        return "".join(words for words, _ in self.parts)

    @property
    def width(self) -> int:
        """The columns that it takes."""
        return sum(width_of(words) for words, _ in self.parts)

    def cut(self, width: int) -> "Line":
        """Give it no wider than `width`; what is missing shows as an ellipsis."""
        if self.width <= width:
            return self
        short, room = Line(), max(0, width - 1)
        for words, style in self.parts:
            fitting = _fitting(words, room)
            short.add(fitting, style)
            room -= width_of(fitting)
            if len(fitting) < len(words):
                break
        return short.add("…" if width > 0 else "")

    def ansi(self) -> str:
        """The text with its colours."""
        return "".join(
            f"\x1b[{';'.join(CODES[word] for word in style.split())}m{words}\x1b[0m"
            if style
            else words
            for words, style in self.parts
        )


def _fitting(words: str, room: int) -> str:
    if words.isascii():
        return words[:room]
    end, used = 0, 0
    for character in words:
        used += width_of(character)
        if used > room:
            break
        end += 1
    return words[:end]


def screen_width(out: TextIO | None = None) -> int:
    """Give the columns there are: those of the terminal or COLUMNS, 120 into a pipe, 250 at most."""
    seen = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns
    piped = "COLUMNS" not in os.environ and not (out or sys.stdout).isatty()
    return min(PIPED_WIDTH if piped else seen, WIDEST)


def in_colour(out: TextIO | io.TextIOBase) -> bool:
    """Say whether colours are welcome: a terminal that knows them, and NO_COLOR is not set."""
    dumb = os.environ.get("TERM", "") in ("", "dumb")
    return out.isatty() and not dumb and not os.environ.get("NO_COLOR")


def render(lines: Iterable[Line], *, colour: bool) -> str:
    """Give lines as text, each with its line feed."""
    if colour:
        return "".join(line.ansi() + "\n" for line in lines)
    return "".join(line.plain.rstrip() + "\n" for line in lines)


def aligned(table: Mapping[str, Sequence[Line]], width: int) -> list[Line]:
    """Lay columns out side by side under their names; `<name` is flush left, `>name` right."""
    widths = [column_width(name, cells) for name, cells in table.items()]
    heads = [Line(name[1:], "bold") for name in table]
    lines = []
    for cells in [heads, *zip(*table.values(), strict=True)]:
        line = Line()
        behind = ""
        for name, cell, space in zip(table, cells, widths, strict=True):
            pad = " " * (space - cell.width)
            left = name.startswith("<")
            line.add(behind + ("" if left else pad)).add(cell)
            behind = " " * GAP + (pad if left else "")
        lines.append(line.cut(width))
    return lines


def column_width(name: str, cells: Sequence[Line]) -> int:
    """Measure the widest cell of a column, its name included."""
    return max(width_of(name) - 1, *(cell.width for cell in cells), 0)


def folded(words: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` columns, at spaces where there are any.

    Example:
        >>> folded("out of memory", 7), folded("abcdef", 4)
        (['out of', 'memory'], ['abcd', 'ef'])
    """
    lines, width = [], max(1, width)
    while width_of(words) > width:
        head = _fitting(words, width) or words[:1]
        space = head.rfind(" ") if words[len(head) : len(head) + 1] != " " else len(head)
        cut = space if space > 0 else len(head)
        lines.append(words[:cut])
        words = words[cut:].removeprefix(" ")
    return [*lines, words]
