"""How the acting verbs get at a study: by folder, ledger, configuration, or the one written last."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tuner.cli import terminal
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.assemble import Desk, Opening
    from tuner.study import Trial


@contextmanager
def visiting(study: str | None) -> "Iterator[Opening]":
    """Open an existing study for a few facts."""
    from tuner.assemble import visit

    opening = visit(terminal.find_study(study))
    try:
        yield opening
    finally:
        opening.close("")


@contextmanager
def at_desk(study: str | None) -> "Iterator[Desk]":
    """Open a study to ask it something; a configuration without a study begins one."""
    from tuner.assemble import Desk, check_search, open_study, visit

    path = Path(study) if study else None
    try:
        opening = visit(terminal.find_study(study))
    except UsageError:
        if path is None or path.suffix not in terminal.CONFIGS or not path.is_file():
            raise
        from tuner.config import load_config

        config = load_config(path)
        check_search(config)
        opening = open_study(config)
    try:
        yield Desk(opening, stays=False)
    finally:
        opening.close("asked by hand")


def trial_of(opening: "Opening", word: str) -> "Trial":
    """Find a trial by id, `best` or `last`, or say which there are."""
    return terminal.pick(opening.book.history, word)


def study_and_names(
    words: Sequence[str], names: Callable[[str], bool]
) -> tuple[str | None, list[str]]:
    """Part `[STUDY] NAME…`, NAME what names trials; a first word that does is no study.

    Example:
        >>> (
        ...     study_and_names(["runs/a", "12", "x"], str.isdecimal),
        ...     study_and_names([], str.isdecimal),
        ... )
        (('runs/a', ['12', 'x']), (None, []))
    """
    if not words or names(words[0]):
        return None, list(words)
    return words[0], list(words[1:])


def study_first(words: list[str]) -> tuple[str | None, list[str]]:
    """Part `[STUDY] NAME=VALUE…`."""
    if words and "=" not in words[0]:
        return words[0], words[1:]
    return None, words


def assignments(words: list[str]) -> Mapping[str, str]:
    """Split `name=value` words."""
    pairs = [word.partition("=") for word in words]
    wrong = [name for name, equals, _ in pairs if not equals or not name]
    if wrong:
        raise UsageError(f"not name=value: {', '.join(wrong)}")
    return {name: value for name, _, value in pairs}
