"""Which model `surrogate: auto` is, by a rule that is measured in `benchmarks/search/catalogue.py`."""

from typing import Literal

from tuner.custom import Custom
from tuner.samplers.spec import Surrogate

Chosen = Literal["gp", "saas", "mixed", "hierarchical", "deep_kernel", "laplace", "robust"] | Custom

WIDE = 30
"""Columns above which few can be expected to matter, and `saas` finds them."""


def chosen(
    order: Surrogate | Custom, columns: int, *, torch: bool = True
) -> tuple[Chosen, str | None]:
    """Give the model, and why where that is not plain; without torch there is gp alone.

    Example:
        >>> chosen("auto", 6), chosen("robust", 6)
        (('gp', None), ('robust', None))
        >>> chosen("auto", 50)
        ('saas', 'surrogate saas: of 50 columns few will matter')
    """
    if order != "auto":
        return order, None
    if columns > WIDE and torch:
        return "saas", f"surrogate saas: of {columns} columns few will matter"
    return "gp", None
