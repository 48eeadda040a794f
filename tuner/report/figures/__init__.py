"""Figures of a study: made once as values, drawn for a page, into a file, or in a terminal.

`kinds` has the table of what there is; `subject` is what they are made from, `chart` what they are.
"""

from tuner.report.figures.chart import Chart, Nothing
from tuner.report.figures.kinds import KINDS, Kind, draw
from tuner.report.figures.subject import Subject

__all__ = ["KINDS", "Chart", "Kind", "Nothing", "Subject", "draw"]
