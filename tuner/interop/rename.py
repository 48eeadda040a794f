"""Names of another tool become names of ours: as a person says, and as the language needs. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from tuner.errors import ExpressionError, UsageError
from tuner.expression import did_you_mean
from tuner.expression.tokens import tokens
from tuner.interop.base import TAKEN, Node, OldStudy, OldTrial
from tuner.interop.infer import is_label, node_of
from tuner.interop.values import listed
from tuner.space.birth import LONGEST_NAME, NAME, TEMPLATE_WORDS, WORDS

OTHERS = re.compile(r"[^A-Za-z0-9_.-]+")


def renamed(old: OldStudy, names: Mapping[str, str], only: Collection[str] = ()) -> OldStudy:
    """Give a study whose parameters have other names.

    Args:
        old: as it was read.
        names: new by old name.
        only: the parameters to keep, by their old names or their new ones; all of them without.

    Raises:
        UsageError: it has no parameter of that name, or two would have one name.
    """
    known = old.names
    before = {new: name for name, new in names.items()}
    only = [name if name in known else before.get(name, name) for name in only]
    for name in (*names, *only):
        if name not in known:
            hint = f"it has {listed(known, most=20) or 'none'}"
            said = f"{old.source} has no parameter {name!r}{did_you_mean(name, known)}"
            raise UsageError(said, hint=hint)
    kept = {name: names.get(name) or legal(name) for name in known if not only or name in only}
    taken: dict[str, str] = {}
    for name, new in kept.items():
        if taken.setdefault(new, name) != name:
            raise UsageError(
                f"the parameters {taken[new]!r} and {name!r} would both be {new!r}",
                hint=f"name one of them anew: --map '{name}={new}_2'",
            )
    notes = [
        f"{name!r} is named {new}: names are letters, digits, _ . and -"
        for name, new in kept.items()
        if new != name and name not in names
    ]
    told = [note for note in old.notes if not only or not note.startswith(TAKEN)]
    as_it_was = all(kept.get(name) == name for name in known)
    return replace(
        old,
        parameters={
            kept[name]: _node(node, kept)
            for name, node in {**old.parameters, **_wanted(old, only)}.items()
            if name in kept
        },
        trials=old.trials if as_it_was else tuple(_trial(trial, kept) for trial in old.trials),
        require=tuple(_expression(text, kept) for text in old.require),
        notes=(*told, *notes),
    )


def _wanted(old: OldStudy, only: Collection[str]) -> dict[str, Node]:
    """Give nodes of what would be taken for labels, and was named as a parameter."""
    found = {}
    for name in only:
        values = [trial.point[name] for trial in old.trials if name in trial.point]
        if name not in old.parameters and is_label(name, values, len(old.trials)):
            found[name] = node_of(values)
    return found


def legal(name: str) -> str:
    """Give a name that the language allows and that resembles a given one.

    Example:
        >>> legal("lr"), legal("model/learning rate"), legal("2nd"), legal("in"), legal("args.x")
        ('lr', 'model_learning_rate', '_2nd', 'in_', 'args_x')
    """
    found = OTHERS.sub("_", name)[:LONGEST_NAME] or "_"
    if not NAME.fullmatch(found):
        found = f"_{found}"[:LONGEST_NAME]
    first, dot, rest = found.partition(".")
    if dot and first in TEMPLATE_WORDS:
        found = f"{first}_{rest}"
    return f"{found}_" if found in WORDS | TEMPLATE_WORDS else found


def _trial(trial: OldTrial, kept: Mapping[str, str]) -> OldTrial:
    return replace(
        trial, point={kept[name]: value for name, value in trial.point.items() if name in kept}
    )


def _node(node: Node, kept: Mapping[str, str]) -> Node:
    """Rename in the expressions of a node, too."""
    texts = {key: text for key in ("when", "derive") if isinstance(text := node.get(key), str)}
    return {**node, **{key: _expression(text, kept) for key, text in texts.items()}}


def _expression(text: str, kept: Mapping[str, str]) -> str:
    try:
        found = tokens(text)
    except ExpressionError:
        return text  # whoever reads the node says what is wrong with it
    for token in reversed(found):
        if token.kind == "name" and token.text in kept:
            start = token.column - 1
            text = text[:start] + kept[token.text] + text[start + len(token.text) :]
    return text
