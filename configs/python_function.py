"""Gradient descent with momentum through Rosenbrock's valley: small, and hard to tune by hand.

H. H. Rosenbrock (1960), "An automatic method for finding the greatest or least value of a
function": the floor of the valley is easily found, the way along it is not.
"""


def valley(x: float, y: float) -> float:
    """Give the height at a place; 0 at (1, 1)."""
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def slope(x: float, y: float) -> tuple[float, float]:
    """Give the gradient of `valley`."""
    return -2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)


def train(*, lr: float, momentum: float, nesterov: bool, steps: int) -> dict[str, float]:
    """Walk `steps` steps from (-1.2, 1) and say how high the end lies; nan if it flew away."""
    x, y, speed_x, speed_y = -1.2, 1.0, 0.0, 0.0
    for _ in range(steps):
        ahead = momentum if nesterov else 0.0
        slope_x, slope_y = slope(x + ahead * speed_x, y + ahead * speed_y)
        speed_x = momentum * speed_x - lr * slope_x
        speed_y = momentum * speed_y - lr * slope_y
        x, y = x + speed_x, y + speed_y
        if max(abs(x), abs(y)) > 1e6:
            return {"loss": float("nan")}
    return {"loss": valley(x, y)}
