"""One family of errors for a person: what happened, and what to do about it.

A `TunerError` is printed as two lines and an exit code by `cli/app.py`; anything else is a bug of
ours and keeps its stack. Standard library only: a user's training script may meet these.
"""

from dataclasses import dataclass

DONE, BUG, USAGE, FAILED, LOCKED, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 4, 130, 143


class TunerError(Exception):
    """Something the reader can do something about. `hint` says what."""

    exit_code = USAGE

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One mistake in a configuration: where it is and what would be right.

    Attributes:
        line, column: from 1; 0 for a mistake of the file as a whole, such as not being there.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        if not self.line:
            return f"{self.file}: {self.message}"
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ConfigError(TunerError):
    """A configuration with one or more mistakes; every one is listed."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class UsageError(TunerError):
    """A command or a call that cannot be carried out as it was given."""


class NotYetError(UsageError):
    """Something the language knows and this version does not do."""


class ExpressionError(TunerError):
    """An expression outside the small safe grammar, or one that cannot be computed.

    `column` is where in the expression, from 1; the message says it too.
    """

    def __init__(self, message: str, *, hint: str | None = None, column: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.column = column


class SpaceExhaustedError(TunerError):
    """Every point of a finite space has been suggested."""


class LedgerError(TunerError):
    """The ledger cannot be read or written; nothing was started on its account."""

    exit_code = BUG


class LedgerFullError(LedgerError):
    """No space left for the ledger; nothing of what was being written is in it. Try again later."""


class LedgerLockedError(LedgerError):
    """Another process holds the ledger's lock and does not let go."""

    exit_code = LOCKED


class FailureLimitError(TunerError):
    """Too many trials failed; the study stopped itself."""

    exit_code = FAILED


class FitError(TunerError):
    """A model could not be fitted; the next rung of the ladder takes over."""
