"""The tree of an expression. `syntax` builds it, `evaluate` and the checks of a space read it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tuner.expression.tokens import Value


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, true, false or null."""

    value: Value
    column: int


@dataclass(frozen=True, slots=True)
class Name:
    """The value of a parameter."""

    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Several:
    """A list, as stands right of `in`."""

    items: tuple["Node", ...]
    column: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`-`, `+` or `not`."""

    operator: str
    operand: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic on two numbers."""

    operator: str
    left: "Node"
    right: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class Compare:
    """A chain of comparisons: `first`, then (operator, node) pairs."""

    first: "Node"
    rest: tuple[tuple[str, "Node"], ...]
    column: int


@dataclass(frozen=True, slots=True)
class Connect:
    """`and` or `or` over two or more conditions."""

    operator: str
    operands: tuple["Node", ...]
    column: int


@dataclass(frozen=True, slots=True)
class Call:
    """One of FUNCTIONS."""

    function: str
    arguments: tuple["Node", ...]
    column: int


Node = Literal | Name | Several | Unary | Binary | Compare | Connect | Call


def children(node: Node) -> tuple[Node, ...]:
    """Give the nodes directly below one."""
    match node:
        case Literal() | Name():
            return ()
        case Several(items=nodes) | Connect(operands=nodes) | Call(arguments=nodes):
            return nodes
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Compare():
            return (node.first, *(right for _, right in node.rest))


def walk(node: Node) -> Iterator[Node]:
    """Give a node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)
