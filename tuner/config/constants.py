"""Constants of a script, read from its syntax tree: literals, names of literals, and sums of both.

Nothing is run: whatever is not written out in the file is unknown.
"""

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from enum import Enum

LARGEST = 10**15  # of what is computed; powers of more are not taken
MOST = 100  # values of a range
DEEPEST = 20


class Unknown(Enum):
    """Stands for what is not written out."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN
Names = Mapping[str, object]
SIGNS: dict[type[ast.operator], Callable[[float, float], object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}


def names_of(tree: ast.Module) -> dict[str, object]:
    r"""Give the constants that a module assigns once to a name, those of its enumerations too.

    Example:
        >>> names_of(ast.parse("A = 2\nB = A * 8\nC = f()\nB2 = sorted({'y': 1, 'x': 2})"))
        {'A': 2, 'B': 16, 'B2': ['x', 'y']}
    """
    names: dict[str, object] = {}
    again: set[str] = set()
    for name, node in _assigned(tree):
        value = constant(node, names)
        again |= {name} & names.keys()
        if value is not UNKNOWN:
            names[name] = value
    return {name: value for name, value in names.items() if name not in again}


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value
        elif isinstance(node, ast.ClassDef) and any(
            "Enum" in ast.unparse(base) for base in node.bases
        ):
            members = [each for each in node.body if isinstance(each, ast.Assign)]
            for each in members:
                if isinstance(each.targets[0], ast.Name):
                    yield f"{node.name}.{each.targets[0].id}", each.value
            yield node.name, ast.List([each.value for each in members], ast.Load())


def constant(  # noqa: PLR0911  an arm a kind of expression
    node: ast.expr | None, names: Names, depth: int = 0
) -> object:
    """Give the value of an expression, UNKNOWN where it is not written out. None gives None."""
    if node is None:
        return None
    if depth > DEEPEST:
        return UNKNOWN
    match node:
        case ast.Name(id=name):
            return names.get(name, UNKNOWN)
        case ast.Attribute(attr="value", value=ast.Attribute()):
            return names.get(ast.unparse(node.value), UNKNOWN)  # Opt.ADAM.value
        case ast.Attribute():
            return names.get(ast.unparse(node), UNKNOWN)
        case ast.BinOp():
            return _sum(node, names, depth)
        case ast.Call():
            return _called(node, names, depth)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            values = [constant(each, names, depth + 1) for each in parts]
            return UNKNOWN if UNKNOWN in values else values
        case _:
            return _literal(node)


def _literal(node: ast.expr) -> object:
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        if isinstance(node, ast.Dict):  # of functions, say: its keys are what is asked for
            keys = [each.value for each in node.keys if isinstance(each, ast.Constant)]
            return dict.fromkeys(keys, UNKNOWN) if len(keys) == len(node.keys) else UNKNOWN
        return UNKNOWN
    return value


def _sum(node: ast.BinOp, names: Names, depth: int) -> object:
    left, right = (constant(each, names, depth + 1) for each in (node.left, node.right))
    compute = SIGNS.get(type(node.op))
    if compute is None or not all(type(each) in (int, float) for each in (left, right)):
        return UNKNOWN
    a, b = float(left), float(right)  # type: ignore[arg-type]
    if isinstance(node.op, ast.Pow) and (abs(a) > LARGEST or abs(b) > math.log2(LARGEST)):
        return UNKNOWN
    try:
        value = compute(left, right)  # type: ignore[arg-type]
    except (ArithmeticError, ValueError, TypeError):
        return UNKNOWN
    return value if isinstance(value, int | float) and abs(value) <= LARGEST else UNKNOWN


def _called(node: ast.Call, names: Names, depth: int) -> object:
    """Give `range(4)`, `list(x)`, `sorted(x)` and `models.keys()`."""
    if isinstance(node.func, ast.Attribute) and node.func.attr == "keys" and not node.args:
        found = constant(node.func.value, names, depth + 1)
        return list(found) if isinstance(found, dict) else UNKNOWN
    if not isinstance(node.func, ast.Name) or node.keywords:
        return UNKNOWN
    given = [constant(each, names, depth + 1) for each in node.args]
    if node.func.id == "range":
        return _range([each for each in given if type(each) is int], len(given))
    known = len(given) == 1 and isinstance(given[0], list | tuple | set | dict)
    if node.func.id in ("list", "tuple", "sorted") and known:
        values = list(given[0])  # type: ignore[call-overload]
        return sorted(values, key=str) if node.func.id == "sorted" else values
    return UNKNOWN


def _range(ends: list[int], given: int) -> object:
    try:
        numbers = range(*ends) if len(ends) == given else range(0)
    except (ValueError, TypeError):
        return UNKNOWN
    return list(numbers) if 0 < len(numbers) <= MOST else UNKNOWN
