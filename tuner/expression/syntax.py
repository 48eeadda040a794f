"""Tokens into a tree: precedence as in Python, depth bounded. Called by `evaluate.compile`."""

import difflib
from collections.abc import Iterable

from tuner.expression.nodes import (
    Binary,
    Call,
    Compare,
    Connect,
    Literal,
    Name,
    Node,
    Several,
    Unary,
    children,
)
from tuner.expression.tokens import Token, fail, tokens

DEEPEST = 60  # nesting; also bounds the recursion of everything that walks a tree
FUNCTIONS = (
    "min",
    "max",
    "abs",
    "round",
    "floor",
    "ceil",
    "sqrt",
    "log",
    "log2",
    "log10",
    "exp",
)
BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2}


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Say "; did you mean 'x'?" when one of the known names looks like it, else nothing.

    Example:
        >>> did_you_mean("momentun", ["momentum", "lr"])
        "; did you mean 'momentum'?"
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def parse(text: str) -> Node:
    """Read a whole expression."""
    parser = _Parser(tokens(text))
    node = parser.condition(0)
    if parser.here.kind != "end":
        raise parser.unexpected()
    _refuse_depth(node)
    return node


def _refuse_depth(root: Node) -> None:
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise fail(level[0].column, f"more than {DEEPEST} operations inside each other")
        level = [child for node in level for child in children(node)]


class _Parser:
    """Recursive descent; `depth` is handed down so that hostile nesting ends early."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.at = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def take(self, *operators: str) -> Token | None:
        """Step over the token if it is one of these operators."""
        token = self.here
        if token.kind == "operator" and token.text in operators:
            self.at += 1
            return token
        return None

    def unexpected(self) -> Exception:
        token, before = self.here, self.tokens[self.at - 1] if self.at else None
        if token.kind == "end":
            return fail(token.column, "the expression ends too early")
        if before is not None and before.kind == "name" and token.kind != "operator":
            return fail(token.column, f"{token} cannot follow {before}: an operator is missing")
        return fail(token.column, f"{token} was not expected here")

    def deeper(self, depth: int) -> int:
        if depth >= DEEPEST:
            message = f"more than {DEEPEST} operations inside each other"
            raise fail(self.here.column, message)
        return depth + 1

    def condition(self, depth: int) -> Node:
        return self.connected("or", depth)

    def connected(self, operator: str, depth: int) -> Node:
        below = self.negated if operator == "and" else self.conjunction
        start, operands = self.here.column, [below(depth)]
        while self.take(operator):
            operands.append(below(depth))
        if len(operands) == 1:
            return operands[0]
        for operand in operands:
            refuse_text(operand, operator)
        return Connect(operator, tuple(operands), start)

    def conjunction(self, depth: int) -> Node:
        return self.connected("and", depth)

    def negated(self, depth: int) -> Node:
        token = self.take("not")
        if token is None:
            return self.comparison(depth)
        operand = self.negated(self.deeper(depth))
        refuse_text(operand, "not")
        return Unary("not", operand, token.column)

    def comparison(self, depth: int) -> Node:
        start, first = self.here.column, self.sum(depth)
        rest: list[tuple[str, Node]] = []
        while (operator := self.comparator()) is not None:
            rest.append((operator, self.side(operator, depth)))
            if isinstance(rest[-1][1], Several):
                break
        return Compare(first, tuple(rest), start) if rest else first

    def comparator(self) -> str | None:
        token = self.take("==", "!=", "<", "<=", ">", ">=", "in")
        if token is not None:
            return token.text
        if self.take("not"):
            if not self.take("in"):
                raise self.unexpected()
            return "not in"
        return None

    def side(self, operator: str, depth: int) -> Node:
        if operator not in ("in", "not in"):
            return self.sum(depth)
        token = self.take("[", "(")
        if token is None:
            raise fail(self.here.column, f"right of `{operator}` stands a list, as in ['a', 'b']")
        closing = "]" if token.text == "[" else ")"
        return Several(self.listed(closing, self.deeper(depth)), token.column)

    def listed(self, closing: str, depth: int) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while not self.take(closing):
            if nodes and not self.take(","):
                raise self.unexpected()
            if nodes and self.take(closing):
                break
            nodes.append(self.condition(depth))
        return tuple(nodes)

    def sum(self, depth: int, binding: int = 1) -> Node:
        node = self.signed(depth)
        while (strength := self.strength()) >= binding:
            token = self.here
            self.at += 1
            node = Binary(token.text, node, self.sum(depth, strength + 1), token.column)
        return node

    def strength(self) -> int:
        return BINDING.get(self.here.text, 0) if self.here.kind == "operator" else 0

    def signed(self, depth: int) -> Node:
        token = self.take("-", "+")
        if token is None:
            return self.power(depth)
        return Unary(token.text, self.signed(self.deeper(depth)), token.column)

    def power(self, depth: int) -> Node:
        node = self.atom(depth)
        token = self.take("**")
        if token is None:
            return node
        return Binary("**", node, self.signed(self.deeper(depth)), token.column)

    def atom(self, depth: int) -> Node:
        token = self.here
        if token.kind in ("number", "text", "word"):
            self.at += 1
            return Literal(token.value, token.column)
        if token.kind == "name":
            self.at += 1
            return self.call(token, depth) if self.take("(") else Name(token.text, token.column)
        if self.take("("):
            node = self.condition(self.deeper(depth))
            if not self.take(")"):
                raise self.unexpected()
            return node
        raise self.unexpected()

    def call(self, token: Token, depth: int) -> Node:
        if token.text not in FUNCTIONS:
            known = f"; there are {', '.join(FUNCTIONS)}"
            near = did_you_mean(token.text, FUNCTIONS) or known
            raise fail(token.column, f"no function is called {token.text!r}{near}")
        arguments = self.listed(")", self.deeper(depth))
        most = {"min": 99, "max": 99, "round": 2}.get(token.text, 1)
        if not 1 <= len(arguments) <= most:
            wanted = "1" if most == 1 else f"1 to {most}"
            message = f"{token.text} takes {wanted} arguments, got {len(arguments)}"
            raise fail(token.column, message)
        return Call(token.text, arguments, token.column)


def refuse_text(node: Node, operator: str) -> None:
    """Refuse `opt == 'a' or 'b'`, which would hold always."""
    if isinstance(node, Literal) and isinstance(node.value, str):
        raise fail(
            node.column,
            f"{node.value!r} is a text and no condition for `{operator}`;"
            " to compare with several values write: name in ['a', 'b']",
        )
