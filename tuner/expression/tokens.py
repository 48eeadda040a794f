"""Text into tokens: the first step of reading an expression. Called by `syntax` only."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from tuner.errors import ExpressionError

Value = bool | int | float | str | None

LONGEST = 2_000  # characters; a condition that a person reads is shorter
WORDS: dict[str, Value] = {
    "true": True,
    "false": False,
    "null": None,
    "True": True,
    "False": False,
    "None": None,
}
KEYWORDS = frozenset({"and", "or", "not", "in"})
INSTEAD = {
    "=": "to compare write ==",
    "&&": "write and",
    "||": "write or",
    "&": "write and",
    "|": "write or",
    "!": "write not",
    "^": "a power is written **",
    "`": "names need no quotes",
}
ESCAPES = {"n": "\n", "t": "\t"}
PIECE = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?P<tail>\w*))
      | (?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<operator>\*\*|//|<=|>=|==|!=|[-+*/%<>(),\[\]])
      | (?P<wrong>&&|\|\||.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression; `column` counts from 1."""

    kind: Literal["number", "name", "word", "text", "operator", "end"]
    text: str
    value: Value
    column: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def fail(column: int, message: str) -> ExpressionError:
    """Make the error for a place in the text."""
    return ExpressionError(f"column {column}: {message}", column=column)


def tokens(text: str) -> list[Token]:
    """Cut a text into tokens, the last of kind `end`.

    Example:
        >>> [token.text for token in tokens("lr <= 1e-3")]
        ['lr', '<=', '1e-3', '']
    """
    if len(text) > LONGEST:
        raise fail(1, f"an expression has at most {LONGEST:,} characters, this one {len(text):,}")
    found = [token for match in PIECE.finditer(text) if (token := _token(match)) is not None]
    if not found:
        raise fail(1, "the expression is empty")
    return [*found, Token("end", "", None, len(text) + 1)]


def _token(match: re.Match[str]) -> Token | None:
    piece, column = match.group(), match.start() + 1
    match match.lastgroup:
        case "space":
            return None
        case "number" | "tail":
            return Token("number", piece, _number(match, column), column)
        case "name":
            if piece in WORDS:
                return Token("word", piece, WORDS[piece], column)
            return Token("operator" if piece in KEYWORDS else "name", piece, None, column)
        case "text":
            return Token("text", piece, _unquoted(piece), column)
        case "operator":
            return Token("operator", piece, None, column)
        case _:
            raise _wrong(piece, column)


def _wrong(piece: str, column: int) -> ExpressionError:
    if piece in "'\"":
        return fail(column, f"the text that {piece} opens is never closed")
    advice = INSTEAD.get(piece)
    return fail(column, f"{piece!r} has no meaning here" + (f"; {advice}" if advice else ""))


def _number(match: re.Match[str], column: int) -> int | float:
    digits = match.group("number")
    if match.group("tail"):
        raise fail(column, f"{digits!r} is neither a number nor a name")
    if digits[:2] in ("0x", "0X"):
        return int(digits, 16)
    if digits.isdigit():
        if len(digits) > 1 and digits[0] == "0":
            raise fail(column, f"{digits!r}: a number does not start with 0")
        return int(digits)
    value = float(digits)
    if not math.isfinite(value):
        raise fail(column, f"{digits!r} is too large")
    return value


def _unquoted(piece: str) -> str:
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), piece[1:-1], flags=re.DOTALL)
