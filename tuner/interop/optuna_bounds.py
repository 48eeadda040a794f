"""What the constraints of an Optuna study came to: system attributes of its trials. Pure.

`constraints` holds a list of numbers; since Optuna 5 `constraints:NAME` holds one number. Above 0 one
is broken.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from tuner.study import Constraint

ATTRIBUTE = "constraints"
COLUMN = f"system_attrs_{ATTRIBUTE}"  # of a table


def constraints_in(attribute: str, stored: object) -> dict[str, object]:
    """Give what a system attribute says of constraints, by their names or places; mostly nothing."""
    head, mark, name = attribute.partition(":")
    if head != ATTRIBUTE:
        return {}
    if mark:
        return {name: stored}
    return {
        str(place): each for place, each in enumerate(stored if isinstance(stored, list) else ())
    }


def metric_names_of(constraints: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """Name the metric that each constraint becomes, as nothing else is named.

    Example:
        >>> metric_names_of(["0", "ms"], {"x"}), metric_names_of(["0"], {"constraint_0"})
        ({'0': 'constraint_0', 'ms': 'constraint_ms'}, {'0': 'constraint_0_'})
    """
    found, tail = list(dict.fromkeys(constraints)), ""
    while any(f"constraint_{name}{tail}" in taken for name in found):
        tail += "_"
    return {name: f"constraint_{name}{tail}" for name in found}


def bounds_on(metrics: Iterable[str]) -> tuple[Constraint, ...]:
    """Give the bounds that what the constraints came to has to keep."""
    return tuple(Constraint(metric=name, op="<=", bound=0.0) for name in metrics)


def spread(
    rows: Sequence[tuple[int, Mapping[str, str]]], taken: Collection[str]
) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Give the rows of a table of Optuna with a column for each constraint, and these columns' names.

    Example:
        >>> spread([(2, {"system_attrs_constraints": "[0.5, -1.0]"})], ())[0][0][1]["constraint_1"]
        '-1.0'
    """
    came = [_cells(row) for _, row in rows]
    names = metric_names_of((name for each in came for name in each), taken)
    wider = [
        (line, {**row, **{names[name]: cell for name, cell in each.items()}})
        for (line, row), each in zip(rows, came, strict=True)
    ]
    return wider, list(names.values())


def _cells(row: Mapping[str, str]) -> dict[str, str]:
    parts = [part.strip() for part in row.get(COLUMN, "").strip("[]() ").split(",")]
    named = {
        name.removeprefix(f"{COLUMN}:"): cell
        for name, cell in row.items()
        if name.startswith(f"{COLUMN}:")
    }
    return {str(place): part for place, part in enumerate(parts) if part} | named
