"""A space for trials whose tool declares none: told from the values that were tried. Pure."""

import math
import re
from collections.abc import Mapping, Sequence

from tuner.interop.base import Node, OldStudy, OldTrial
from tuner.interop.nodes import range_node
from tuner.interop.values import literal
from tuner.space.birth import LARGEST_INT, NARROWEST
from tuner.study import Value

SPREAD = 100.0  # from the smallest to the largest: two powers of ten are searched on a log scale
SURE_LABELS = (
    8  # trials, from which on a text that differs in each is a label whatever it is called
)
MOST_TEXTS = 20  # of a column; one that differs in half of the trials is a label and no choice
FEWEST_LABELS = 4  # trials, from which on a text that each has for itself may be a label
LABEL = re.compile(  # what columns of labels are called; `model_name` may well be searched
    r"(?i)(?:run|trial|job|exp|experiment)[ _.-]?(?:id|name|key|label|tag)?"
    r"|id|uid|uuid|name|label|tag|key|.*[ _.-](?:id|uid|uuid)"
)
LARGEST = 2**63
MOST_GATES = 20  # values of a parameter that says whether another is there
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")  # what an expression can name
EXACT = 2**53


def declared(old: OldStudy) -> tuple[dict[str, Node], list[str]]:
    """Give a node for every parameter, and a line for each that was told from the trials.

    What the study declares is taken as it is. Of the rest, numbers are searched from the smallest to
    the largest, and anything else among the values that occur. A parameter that some trials lack is
    there only where another one has the values of those that do not.
    """
    nodes = dict(old.parameters)
    notes: list[str] = []
    for name in dict.fromkeys(name for trial in old.trials for name in trial.point):
        if name in nodes:
            continue
        values = [trial.point[name] for trial in old.trials if name in trial.point]
        if is_label(name, values, len(old.trials)):
            notes.append(f"{name}: a text that differs from trial to trial is left out")
            continue
        nodes[name] = node_of(values)
        notes.append(f"{name}: {shown(nodes[name])}, told from its values")
    sound = [trial for trial in old.trials if trial.state != "failed"] or list(old.trials)
    for name in list(nodes):
        when = _condition(name, nodes, sound)
        if when:
            nodes[name] = {**nodes[name], "when": when}
            notes.append(f"{name}: only where {when}, told from the trials")
    return nodes, notes


def node_of(values: Sequence[Value]) -> Node:
    """Give the node of a parameter that had these values.

    Example:
        >>> node_of([0.001, 0.1, 0.5]), node_of([2, 4]), node_of([True, False]), node_of([3, 3])
        ({'type': 'float', 'min': 0.001, 'max': 0.5, 'log': True}, {'type': 'int', 'min': 2, 'max': 4}, {'type': 'bool'}, {'value': 3})
    """
    values = [_held(value) for value in values]
    different = list({(type(value), value): value for value in values}.values())
    if len(different) == 1:
        return {"value": different[0]}
    if set(map(type, different)) == {bool}:
        return {"type": "bool"}
    numbers = [v for v in different if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) < len(different) or any(isinstance(v, int) and abs(v) > EXACT for v in numbers):
        return {"values": different}
    low, high = float(min(numbers)), float(max(numbers))
    far = max(abs(low), abs(high))
    if not NARROWEST * far < high - low < math.inf:
        return {"value": low} if low == high else {"values": different}
    whole = far <= LARGEST_INT and all(isinstance(number, int) for number in numbers)
    return range_node(low, high, whole=whole, log=low > 0 and high / low >= SPREAD)


def shown(node: Node) -> str:
    """Write a node as the YAML does, short."""
    words = [
        f"{key}: {str(value).lower() if value is True else value}" for key, value in node.items()
    ]
    text = "{" + ", ".join(words) + "}"
    return text if len(text) < 100 else text[:100] + " …}"  # noqa: PLR2004  a line's worth


def _held(value: Value) -> Value:
    """Give a whole number that needs more than 64 bits as a float."""
    return float(value) if type(value) is int and not -LARGEST <= value < LARGEST else value


def is_label(name: str, values: Sequence[Value], trials: int) -> bool:
    """Say whether the values of a parameter only tell its trials apart.

    Args:
        name: of the parameter; some are those of labels.
        values: of the trials that have one.
        trials: how many there are.
    """
    texts = {value for value in values if isinstance(value, str)}
    own = len(texts) == trials >= FEWEST_LABELS and LABEL.fullmatch(name) is not None
    lists = any(text.startswith(("[", "(", "{")) for text in texts)
    own = own or (len(texts) == len(values) == trials >= SURE_LABELS and not lists)
    return own or len(texts) > max(MOST_TEXTS, len(values) / 2)


def _condition(name: str, nodes: Mapping[str, Node], trials: Sequence[OldTrial]) -> str:
    """Say where a parameter is there, as an expression; nothing if always, or if no other tells."""
    with_it = [trial.point for trial in trials if name in trial.point]
    without = [trial.point for trial in trials if name not in trial.point]
    if not with_it or not without or set(nodes[name]) & {"when", "derive", "value"}:
        return ""
    for gate in nodes:
        if gate == name or not _can_gate(gate, nodes[gate]):
            continue
        if any(gate not in point for point in with_it):
            continue
        there = [(type(point[gate]), point[gate]) for point in with_it]
        absent = [(type(point[gate]), point[gate]) for point in without if gate in point]
        if not absent or set(there) & set(absent):
            continue
        try:
            values = [literal(value) for _, value in dict.fromkeys(there)]
        except ValueError:
            continue
        return f"{gate} == {values[0]}" if len(values) == 1 else f"{gate} in [{', '.join(values)}]"
    return ""


def _can_gate(name: str, node: Node) -> bool:
    """Say whether a condition may ask for the values of a parameter: it has few, and a good name."""
    values = node.get("values")
    few = isinstance(values, list) and len(values) <= MOST_GATES
    return bool(NAME.fullmatch(name)) and (few or node.get("type") == "bool")
