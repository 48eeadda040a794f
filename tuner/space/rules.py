"""What makes parameters live and derived values known: `when` and `derive`, in the order they need.

Called by `space.py`; an expression may name searched, fixed and derived parameters alike. A parameter
is dead while a parameter that its `when` or `derive` names is dead.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tuner.errors import ExpressionError
from tuner.expression import Expression, Value, compile  # noqa: A004  the contract's word
from tuner.space.parameter import UNSET, Derived, Fixed, Parameter, Searched, Unset


@dataclass(frozen=True, slots=True)
class Rule:
    """A parameter with its expressions, understood."""

    parameter: Parameter
    when: Expression | None
    derive: Expression | None

    @property
    def needs(self) -> frozenset[str]:
        """Names that must be known before this parameter is."""
        names: frozenset[str] = frozenset()
        return names.union(*(e.names for e in (self.when, self.derive) if e is not None))


def rule_of(parameter: Parameter) -> Rule:
    """Understand the expressions of a parameter; raises ExpressionError."""
    return Rule(
        parameter,
        None if parameter.when is None else compile(parameter.when),
        compile(parameter.derive) if isinstance(parameter, Derived) else None,
    )


def in_order(rules: Iterable[Rule]) -> tuple[list[Rule], list[str]]:
    """Sort so that what a rule needs comes before it; name those caught in a cycle."""
    left, done, known = list(rules), list[Rule](), set[str]()
    names = {rule.parameter.name for rule in left}
    while left:
        ready = [rule for rule in left if not (rule.needs & names) - known]
        if not ready:
            return done, [rule.parameter.name for rule in left]
        done += ready
        known |= {rule.parameter.name for rule in ready}
        left = [rule for rule in left if rule.parameter.name not in known]
    return done, []


def roots_of(rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """Give for every parameter the searched ones that its life and value hang on, itself included.

    Args:
        rules: in the order of `in_order`.
    """
    roots: dict[str, frozenset[str]] = {}
    for rule in rules:
        name = rule.parameter.name
        own = frozenset({name}) if is_searched(rule.parameter) else frozenset[str]()
        roots[name] = own.union(*(roots[other] for other in rule.needs))
    return roots


def is_searched(parameter: Parameter) -> bool:
    """Say whether a sampler chooses the value."""
    return not isinstance(parameter, Fixed | Derived)


def gatekeepers(rules: Sequence[Rule]) -> list[Rule]:
    """Keep the rules that must be followed to know which searched parameters are live."""
    kept: list[Rule] = []
    needed: frozenset[str] = frozenset()
    for rule in reversed(rules):
        searched = is_searched(rule.parameter)
        if (searched and rule.when) or (not searched and rule.parameter.name in needed):
            kept.append(rule)
            needed |= rule.needs
    return kept[::-1]


def live_values(
    rules: Iterable[Rule],
    pick: Callable[[Searched], Value | Unset],
    known: Mapping[str, Value] | None = None,
) -> tuple[dict[str, Value], list[str]]:
    """Give the values of all live parameters, and what could not be computed.

    Args:
        rules: in the order of `in_order`.
        pick: gives the value of a searched parameter that is live; UNSET leaves it out, as if dead.
        known: values of live parameters to begin with, for which there is no rule.
    """
    live: dict[str, Value] = dict(known or {})
    troubles: list[str] = []
    for rule in rules:
        parameter = rule.parameter
        try:
            if rule.when is not None and not (
                rule.when.names <= live.keys() and rule.when.holds(live)
            ):
                continue
            value = _value(rule, live, pick)
        except ExpressionError as error:
            troubles.append(f"{parameter.name}: {error}")
            continue
        if value is not UNSET:
            live[parameter.name] = value
    return live, troubles


def _value(
    rule: Rule, live: Mapping[str, Value], pick: Callable[[Searched], Value | Unset]
) -> Value | Unset:
    match rule.parameter:
        case Fixed(value=value):
            return value
        case Derived():
            if rule.derive is None or not rule.derive.names <= live.keys():
                return UNSET
            return rule.derive.evaluate(live)
        case parameter:
            return pick(parameter)
