"""The kinds of figures: one table for the verb, the page and the tests."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tuner.errors import FitError
from tuner.report.figures.around import contours, slices
from tuner.report.figures.chart import Chart, Nothing
from tuner.report.figures.course import learning, progress
from tuner.report.figures.crowd import failures, parallel
from tuner.report.figures.model import calibration, importance, interactions, sobol
from tuner.report.figures.past import memory
from tuner.report.figures.subject import Subject
from tuner.report.figures.timeline import timeline


class Kind(NamedTuple):
    """A kind of figure.

    Attributes:
        line: what it shows.
        draw: makes the chart.
        model: it asks a model of the study, which takes its time.
    """

    line: str
    draw: Callable[[Subject], Chart | Nothing]
    model: bool = False


KINDS: Mapping[str, Kind] = {
    "progress": Kind("values by trial, the best so far, and what the model foretold", progress),
    "parallel": Kind("parameters of all completed trials, coloured by the metric", parallel),
    "slices": Kind("what the model expects along each parameter", slices, model=True),
    "contours": Kind("the same over the two numbers that matter most", contours, model=True),
    "importance": Kind("which parameters decide the metric", importance, model=True),
    "interactions": Kind("which pairs of parameters act together", interactions, model=True),
    "timeline": Kind("which trial ran when and where", timeline),
    "learning": Kind("the metric as trials reported it on their way", learning),
    "failures": Kind("failed trials by class, and where in the space they live", failures),
    "calibration": Kind(
        "what the model foretells against what was measured", calibration, model=True
    ),
    "sobol": Kind("the search against Sobol points", sobol, model=True),
    "memory": Kind("how much older studies weighed, and how they correlate", memory),
}


def draw(kind: str, subject: Subject) -> Chart | Nothing:
    """Draw a figure of a study; where a model is needed and none can be fitted, there is nothing."""
    try:
        return KINDS[kind].draw(subject)
    except FitError as error:
        return Nothing(reason=str(error))
