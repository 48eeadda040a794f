"""How useful a point would be: closed forms on numpy. The package itself, `spec` and `base` are light."""

from tuner.acquisition.base import Belief, Beliefs, Utility
from tuner.acquisition.spec import Criterion, Order, criterion_for

__all__ = ["Belief", "Beliefs", "Criterion", "Order", "Utility", "criterion_for"]
