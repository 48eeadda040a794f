"""`tuner mark`: tag a trial, exclude it, or write a note on it."""

from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.errors import UsageError


def mark(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[STUDY] ID [TAG]...",
            help="The trial and its tags; `-- -TAG` takes a tag away; before it the study.",
        ),
    ],
    note: Annotated[
        str | None, typer.Option("--note", help="Write a note on it.", show_default=False)
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the tags away.")] = False,
) -> None:
    """Tag a trial, exclude it, or write a note on it.

    The tag `exclude` keeps a trial out of the ranking and out of the model, for as long as it
    stands; any other word is yours.

    Example:
        tuner mark 12 exclude --note "wrong data set"
        tuner mark runs/quickstart 12 exclude --remove
    """
    from tuner.study import marked

    study, word, tags = terminal.split_words(words)
    if not tags and not note:
        raise UsageError("mark it how?", hint="give a tag such as `exclude`, or --note TEXT")
    number = terminal.pick(terminal.read(study).history, word).id
    facts = marked(number, tags, note, remove=remove)
    with terminal.writing(study) as book:
        book.write(*facts)
        trial = book.history.trials[number]
    terminal.say(f"trial {number}: {', '.join(trial.marks) or 'no tags'}")
