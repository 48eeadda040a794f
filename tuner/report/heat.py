"""Correlations as a heat map: in the terminal, and as SVG or HTML. By rich, loaded by who draws one."""

import io
import math
import re
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console, Group
from rich.style import Style
from rich.table import Table
from rich.text import Text

from tuner.report import numbers

RED, WHITE, BLUE = (202, 80, 62), (246, 246, 246), (62, 110, 190)
"""Of a correlation of 1, 0 and -1."""

LIGHT = 0.55  # up to here a cell is light enough for black figures
WIDTH, LABEL = 100, 40  # columns of a map that is written to a file, and of a name


def heat_map(names: Sequence[str], matrix: Sequence[Sequence[float]], title: str) -> Group:
    """Draw correlations (T, T): a row each, columns by their numbers, every cell with its figures."""
    table = Table(box=None, padding=(0, 0))
    table.add_column("", max_width=LABEL)
    for number in range(1, len(names) + 1):
        table.add_column(str(number), justify="right")
    for number, (name, row) in enumerate(zip(names, matrix, strict=True), 1):
        label = Text(f"{number} {numbers.clean(name)}  ", overflow="ellipsis", no_wrap=True)
        table.add_row(label, *map(_cell, row))
    return Group(Text(title, style="bold"), table)


def _cell(value: float) -> Text:
    if not math.isfinite(value):
        return Text("   -  ")
    end = RED if value > 0 else BLUE
    size = min(abs(value), 1.0)
    red, green, blue = (round(w + size * (e - w)) for w, e in zip(WHITE, end, strict=True))
    style = Style.parse(f"{'#000000' if size < LIGHT else '#ffffff'} on rgb({red},{green},{blue})")
    return Text(f" {value:+.2f} ", style=style)


def print_map(drawn: Group, out: TextIO, width: int, *, colour: bool) -> None:
    """Print a map; without colours the figures are all there is."""
    Console(file=out, width=width, no_color=not colour, force_terminal=colour).print(drawn)


def picture(maps: Sequence[Group], form: str, title: str) -> str:
    """Give maps as a document, `svg` or `html`, that asks no other place for anything."""
    console = Console(
        record=True,
        file=io.StringIO(),
        width=WIDTH,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    for one in maps:
        console.print(one)
        console.print()
    if form == "html":
        return console.export_html(inline_styles=True)
    drawn = console.export_svg(title=title, unique_id="map")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # fonts of a far server
