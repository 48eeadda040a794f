"""Marks and notes on a trial, as facts."""

from collections.abc import Sequence

from tuner.errors import UsageError
from tuner.study.facts import Noted


def marked(
    number: int, tags: Sequence[str], note: str | None, *, remove: bool = False
) -> list[Noted]:
    """Give the facts that tag a trial and write a note on it; `-tag` takes a tag away.

    Raises:
        UsageError: there is nothing to write, or a tag without a letter.
    """
    if not tags and not note:
        raise UsageError("mark it how?", hint="give a tag such as `exclude`, or --note TEXT")
    bare = [tag.removeprefix("-") for tag in tags]
    if "" in bare:
        raise UsageError("a tag has at least one letter")
    texts = [f"-{tag}" for tag in bare] if remove else tags
    facts = [Noted(kind="mark", trial=number, text=text) for text in texts]
    if note:
        facts.append(Noted(kind="note", trial=number, text=note))
    return facts
