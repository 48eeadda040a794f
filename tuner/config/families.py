"""Parameters that belong to one value of another: `--svm-c` to `--model svm`, told by their names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tuner.config.draft import Entry
from tuner.config.explain import Explainer
from tuner.config.guess import BATCH, LENGTH
from tuner.config.option import Option
from tuner.config.parameters import read_parameter
from tuner.config.reader import read_yaml
from tuner.config.tree import Broken
from tuner.space import Parameter
from tuner.space.checks import problems

VALUE = re.compile(r"[A-Za-z]\w*(?:[.-]\w+)*", re.ASCII)  # of which a name may begin
FAMILY = re.compile(r"model|arch")  # plumbing, unless options are named after its choices
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)  # that an expression can have
CHECK = "CHECK when"


def related(entries: Sequence[Entry], options: Mapping[str, Option]) -> tuple[Entry, ...]:
    """Give a `when` to each parameter whose name begins with a value of another one.

    Args:
        entries: in their order; a line to enable may depend on a parameter, none on such a line.
        options: of the script, by name; one that it needs always is given always.

    Example:
        >>> model = Entry(name="model", node="{values: [svm, forest]}")
        >>> size = Entry(name="svm-c", node="{type: float, min: 0.1, max: 10.0}")
        >>> choice = Option(name="model", choices=("svm", "forest"))
        >>> related([model, size], {"model": choice, "svm-c": Option(name="svm-c")})[1].when
        "model == 'svm'"
    """
    names = [_plain(entry.name) for entry in entries]

    def begins(value: object) -> bool:
        return any(name.startswith(f"{_plain(str(value))}_") for name in names)

    entries = [  # which of several models there is, each with parameters of its own, is searched
        replace(entry, aside=False)
        if entry.aside
        and FAMILY.fullmatch(_plain(entry.name))
        and sum(map(begins, options[entry.name].choices)) > 1
        else entry
        for entry in entries
    ]
    kinds = {
        f"{_plain(value)}_": f"{entry.name} == '{value}'"
        for entry in entries
        if entry.node and not entry.aside and NAME.fullmatch(entry.name)
        for value in options[entry.name].choices
        if isinstance(value, str) and VALUE.fullmatch(value)
    }

    def with_its(entry: Entry) -> Entry:
        plain = _plain(entry.name)
        fits = [start for start in kinds if plain.startswith(start)]
        usual = BATCH.fullmatch(plain) or LENGTH.fullmatch(plain)  # batch_size, beside a batch norm
        if entry.node is None or options[entry.name].required or not fits or usual:
            return entry
        note = "; ".join(filter(None, (entry.note, CHECK)))
        return replace(entry, when=kinds[max(fits, key=len)], note=note)

    return sound([with_its(entry) for entry in entries])


def sound(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Take away each `when` that cannot be: of a parameter that is not there, or has no such value."""
    wrong = misfits(entries)
    return tuple(replace(each, when="") if each.name in wrong else each for each in entries)


def misfits(entries: Sequence[Entry]) -> dict[str, str]:
    """Say by parameter what is wrong with its `when`; a line to enable is looked at as if it were."""
    there = [entry for entry in entries if entry.node is not None and not entry.aside]
    aside = [entry for entry in entries if entry.node is not None and entry.aside and entry.when]
    found: dict[str, str] = {}
    for one in (there, *([*there, each] for each in aside)):
        for path, why in problems([p for p in map(_parameter, one) if not isinstance(p, Broken)]):
            if path[2:] == ("when",):
                found.setdefault(str(path[1]), why)
    return found


def _parameter(entry: Entry) -> Parameter | Broken:
    tree, _ = read_yaml(entry.text, "")
    return read_parameter(entry.name, tree.root, (), Explainer(tree))


def _plain(name: str) -> str:
    return name.replace("-", "_").replace(".", "_").lower()
