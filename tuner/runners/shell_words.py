"""The words of a command that a shell will read, and what stands between them. Pure.

Each value is quoted, so a hole must stand where quotes work: not inside quotes, backticks, comments,
arithmetic or behind `<<`. Elsewhere quoting could be undone by the value itself.
"""

import re

from tuner.runners.words import Gap, Hole, TemplateError, Word, add

SYMBOL = re.compile(
    r"""\\. | \$\{ | \$' | \{\{ | \}\} | \{[^\W\d][\w.-]*\} | \(\( | \)\) | <<
      | [^\\{}$'"`#\s;|&()<>]+ | .""",
    re.VERBOSE | re.DOTALL,
)
GAPS = frozenset((*" \t\n;|&()<>", "))"))
QUOTES = ("'", '"', "`")
OUTSIDE = {
    "'": "inside quotes: take the quotes away, every value is quoted for you",
    '"': "inside quotes: take the quotes away, every value is quoted for you",
    "`": "inside backticks: write $(…)",
    "#": "inside a comment",
    "((": "inside arithmetic, where values are run: compute with `derive` instead",
    "<<": "behind <<, where quotes do not work: use {params_file}",
}


class ShellReader:
    """Splits a shell command into words and what stands between them, one symbol at a time."""

    def __init__(self) -> None:
        self.pieces: list[Word | Gap] = []
        self.parts: list[str | Hole] = []
        self.inside = ""  # a key of OUTSIDE
        self.depth = 0  # of ${…}

    def read(self, text: str) -> list[Word | Gap]:
        """Split all of it."""
        place = 0
        while match := SYMBOL.match(text, place):
            symbol = match[0]
            if symbol[0] == "\\" and self.inside == "'":
                symbol = "\\"  # nothing is escaped there
            if symbol == "}}" and self.depth:
                symbol = "}"
            place += len(symbol)
            self.take(symbol)
        self.end_word()
        if self.inside in QUOTES:
            raise TemplateError(f"cannot be split into words: no closing {self.inside}")
        return self.pieces

    def take(self, symbol: str) -> None:
        """Take in one symbol."""
        if symbol in ("{{", "}}"):
            add(self.parts, symbol[0])
        elif symbol == "}" and self.depth:
            self.depth -= 1
            add(self.parts, symbol)
        elif symbol == "{":
            raise TemplateError("a brace that opens nothing; write {{ for a plain one")
        elif symbol[0] == "{":
            self.hole(symbol[1:-1])
        elif symbol in GAPS and not self.inside:
            self.end_word()
            self.pieces.append(Gap(symbol))
        else:
            self.follow(symbol)

    def hole(self, name: str) -> None:
        """Take in a hole, where a value may stand."""
        if self.inside:
            raise TemplateError(f"{{{name}}}: stands {OUTSIDE[self.inside]}")
        self.parts.append(Hole(name))

    def follow(self, symbol: str) -> None:
        """Follow quotes, comments, arithmetic and here-documents in and out."""
        if symbol == "$'":
            raise TemplateError("$'…': not every shell knows these quotes; write '…'")
        if symbol == "${" and self.inside in ("", '"'):
            self.depth += 1
        closes = {"#": "\n", "((": "))", "<<": ""}.get(self.inside, self.inside)
        opens = symbol in OUTSIDE and (symbol != "#" or not self.parts)
        add(self.parts, symbol)
        if self.inside:
            self.inside = "" if symbol == closes else self.inside
            if symbol == "\n" and not self.inside:
                self.end_word()
        elif opens:
            self.inside = symbol

    def end_word(self) -> None:
        """Close the word that was being read."""
        if self.parts:
            self.pieces.append(Word(tuple(self.parts)))
            self.parts = []


def shell_words(text: str) -> list[Word | Gap]:
    """Split a command for a shell, for filling.

    Example:
        >>> shell_words("cd /x && t {lr} > '{{}}'")[-5:-2]
        [Word(parts=(Hole(name='lr'),)), Gap(text=' '), Gap(text='>')]
    """
    return ShellReader().read(text)
