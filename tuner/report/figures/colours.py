"""How marks look: one table for every way of drawing. Safe for the colour-blind, on light and dark.

Tones are those of Okabe and Ito (2008), "Color Universal Design". Lines and points go from blue to
orange, both of which stand out on white and on black; areas take viridis of Smith and van der Walt.
"""

from tuner.report.figures.chart import Shade, Tone

TONES: dict[Tone, str] = {
    "main": "#0f7ac2",
    "best": "#d55e00",
    "model": "#009e73",
    "bad": "#c2548c",
    "muted": "#8a929c",
    "other": "#d59400",
    "extra": "#4aa8dd",
    "plain": "#7f8790",
}

STOPS: dict[str, tuple[str, ...]] = {
    "vivid": ("#2a6fbb", "#6f88a8", "#b0917a", "#e8850c"),
    "even": ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"),
    "signed": ("#3e6ebe", "#f6f6f6", "#ca503e"),
}
"""From the low end to the high one."""

LIGHT = 0.55  # cells of a signed scale up to here, from its middle, want dark figures


def stops(shade: Shade) -> tuple[str, ...]:
    """Give the colours of a scale, from its low end to its high one."""
    found = STOPS[shade.scale]
    return found[::-1] if shade.reverse else found


def share(shade: Shade, value: float) -> float:
    """Say where a value lies on a scale, 0 at its low end and 1 at its high one.

    Example:
        >>> share(Shade(label="loss", low=0.0, high=2.0), 0.5)
        0.25
    """
    if not shade.high > shade.low:
        return 0.5
    return min(1.0, max(0.0, (value - shade.low) / (shade.high - shade.low)))


def rgb(colour: str) -> tuple[int, int, int]:
    """Read `#rrggbb`."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


def mixed(shade: Shade, value: float) -> tuple[int, int, int]:
    """Give the colour of a value on a scale."""
    colours = stops(shade)
    place = share(shade, value) * (len(colours) - 1)
    left = min(int(place), len(colours) - 2)
    low, high = rgb(colours[left]), rgb(colours[left + 1])
    red, green, blue = (round(a + (place - left) * (b - a)) for a, b in zip(low, high, strict=True))
    return red, green, blue
