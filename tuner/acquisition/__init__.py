"""How useful a point would be: closed forms on numpy. The package itself and `spec` are light."""

from tuner.acquisition.spec import Order

__all__ = ["Order"]
