"""What figures say of a study: the numbers and words in the values, before anything is drawn."""

import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.report.figures.studies import HTML, MATHS, NUMBERS, config, plain, subject_of, trial
from tuner.errors import FitError
from tuner.report.figures import Nothing, Subject, draw
from tuner.report.figures.chart import (
    Axis,
    Band,
    Bars,
    Chart,
    Heat,
    Line,
    Panel,
    Points,
    Shade,
    Spans,
)
from tuner.report.figures.drawn import draw as drawn
from tuner.report.figures.plotly import figure
from tuner.report.figures.subject import sight
from tuner.report.figures.terminal import text
from tuner.report.figures.ticks import Scale
from tuner.report.figures.traces import outline
from tuner.report.page import Given, alone
from tuner.report.page.overview import summary
from tuner.space import UNSET, Choice, Float
from tuner.study import Finished, Metric, Opened, Remembered, Started, Suggested


def named(chart, name):
    (mark,) = [m for panel in chart.panels for m in panel.marks if getattr(m, "name", "") == name]
    return mark


def valued(*values, goal="minimize"):
    facts = [Opened(study="s", config=config(NUMBERS), config_hash="c")]
    facts[0].config["metric"]["goal"] = goal
    for number, value in enumerate(values, 1):
        facts += trial(number, {"lr": 10.0**-number, "layers": 1}, value=value)
    return subject_of(facts)


def test_a_model_that_fails_its_check_foretells_no_sobol_points_and_says_why():
    subject = valued(3.0, 1.0, 4.0, 2.0)
    ours = subject.understood.against_sobol()
    doubted = replace(ours, chance=math.nan, doubt="the model hardly foretells")
    subject.understood.against_sobol = lambda: doubted

    found = draw("sobol", subject)
    assert isinstance(found, Nothing)
    assert found.reason.endswith("cannot be told: the model hardly foretells")

    given = Given(subject=subject, now=datetime.now(UTC))
    [tile] = [tile for tile in summary(given).tiles if "Sobol" in tile[0]]
    assert tile[1:] == ("cannot be told", "the model hardly foretells")


@pytest.mark.parametrize(
    ("goal", "best"), [("minimize", (3.0, 1.0, 1.0)), ("maximize", (3.0, 4.0, 4.0))]
)
def test_the_best_so_far_goes_the_way_of_the_goal(goal, best):
    line = named(draw("progress", valued(3.0, 1.0, 4.0, 2.0, goal=goal)), "best so far")

    assert line.ys == best
    assert line.xs[-1] == 4.0


def test_a_trial_that_breaks_a_constraint_is_never_the_best():
    facts = plain(6, NUMBERS, constraints=[{"metric": "ms", "op": ">=", "bound": 16.0}])
    chart = draw("progress", subject_of(facts))

    assert min(named(chart, "best so far").xs) == 4.0
    assert named(chart, "breaks a constraint").xs == (1.0, 2.0, 3.0)


def test_the_best_is_told_by_all_runs_of_a_point_as_the_model_has_it():
    facts = [Opened(study="s", config=config(NUMBERS), config_hash="c")]
    for number, value in enumerate((0.5, 0.1, 0.3), 1):
        facts += trial(number, {"lr": 10.0**-number, "layers": 1}, value=value)
    for number, (of, value) in enumerate([(2, 0.7), (3, 0.31)], 4):
        facts.append(Suggested(trial=number, point={"lr": 0.01}, method="confirm", of=of))
        facts.append(Started(trial=number, attempt=1, host="box", pid=7))
        facts.append(
            Finished(trial=number, attempt=1, state="completed", metrics={"loss": value}, wall_s=1)
        )

    assert subject_of(facts).best.id == 3


def test_what_was_foretold_is_a_band_of_95_percent():
    band = named(draw("progress", subject_of(plain(7, NUMBERS))), "foretold")

    assert all(map(math.isnan, band.low[:5]))
    assert band.high[6] - band.low[6] == pytest.approx(2 * 1.96 * 0.05, rel=1e-3)


def test_failures_alone_have_no_axis_of_values_and_whole_trials():
    facts = [Opened(study="s", config=config(NUMBERS), config_hash="c")]
    for number in (1, 2):
        facts += trial(number, {"lr": 0.01, "layers": 1}, end="failed", failure="no_metric")
    chart = draw("progress", subject_of(facts))

    [panel] = chart.panels
    assert panel.y.ticks == ((0.0, "no value"),)
    assert panel.x.ticks == ((1.0, "1"), (2.0, "2"))


@pytest.mark.parametrize(("sd", "inside"), [(1e-6, 0), (1e3, 2)])
def test_how_many_measurements_a_band_held_is_said(sd, inside):
    chart = draw("progress", subject_of([wide(fact, sd) for fact in plain(7, NUMBERS)]))

    assert f"95 %, and {inside} of 2 measurements lie in it" in chart.notes[0]


@pytest.mark.parametrize(("sd", "beyond"), [(1e-6, False), (1e3, True)])
def test_a_band_that_goes_beyond_the_axis_says_so(sd, beyond):
    chart = draw("progress", subject_of([wide(fact, sd) for fact in plain(7, NUMBERS)]))

    assert ("goes on beyond the axis" in chart.notes[0]) == beyond


def wide(fact, sd):
    known = isinstance(fact, Suggested) and fact.sd is not None
    return replace(fact, sd=sd) if known else fact


def test_in_a_terminal_signs_without_a_name_are_explained():
    bars = Bars(places=(0.0,), lengths=(5.0,), low=(3.0,), high=(9.0,), name="share")
    spans = Spans(rows=(0.0, 0.0), starts=(0.0, 1.0), ends=(1.0, 2.0), name="completed")
    lines = [Line(xs=(0.0, 1.0), ys=(0.0, 1.0), name=str(d), dashed=d) for d in (True, False)]
    words = "a name that takes its room x another"

    said = [
        text(Chart(title="t", panels=(panel,)), width=110, height=20, colour=False)
        for panel in (
            Panel(marks=(bars,), y=Axis.of([words])),
            Panel(marks=(spans,), y=Axis.of(["here"])),
            Panel(marks=tuple(lines)),
        )
    ]

    assert "─ the 95 % interval" in said[0]
    assert words in said[0]
    assert "█ and ▓ take turns" in said[1]
    assert "·· True  ⠤⠤ False" in said[2]


def test_one_bad_outlier_leaves_the_rest_room_and_is_counted():
    chart = draw("progress", valued(*[0.5 + 0.01 * n for n in range(20)], 1e6))

    assert chart.panels[0].y.high < 2.0
    assert chart.notes == ("1 worse value lies beyond the axis",)


def test_values_over_decades_get_a_log_axis():
    values = [10.0**-n for n in range(6)]

    assert sight(Metric(name="loss"), values).axis.log
    assert not sight(Metric(name="loss"), [-1.0, *values]).axis.log


def test_jobs_at_the_same_time_get_rows_of_their_own_and_a_long_pause_is_cut_out():
    facts = [Opened(study="s", config=config(NUMBERS), config_hash="c")]
    for number in (1, 2):
        facts.append(Suggested(trial=number, point={"lr": 0.1, "layers": 1}, method="sobol"))
        facts.append(Started(trial=number, attempt=1, host="box", pid=7))
    facts += [f for n in (1, 2) for f in list(trial(n, {"lr": 0.1}))[2:]]
    chart = draw("timeline", subject_of(facts))

    (spans,) = chart.panels[0].marks
    assert isinstance(spans, Spans)
    assert [words for _, words in chart.panels[0].y.ticks] == ["box"]
    assert spans.starts[0] == 0.0
    assert all(end >= start for start, end in zip(spans.starts, spans.ends, strict=True))


def test_a_timeline_of_very_many_places_says_what_it_leaves_out():
    facts = [Opened(study="s", config=config(NUMBERS), config_hash="c")]
    for number in range(1, 81):
        facts.append(Suggested(trial=number, point={"lr": 0.01, "layers": 1}, method="sobol"))
        facts.append(Started(trial=number, attempt=1, host=f"box{number:02}", pid=7))
    chart = draw("timeline", subject_of(facts))
    (panel,) = chart.panels

    assert {row for mark in panel.marks for row in mark.rows} == set(range(64))
    assert len(panel.y.ticks) == 64
    assert "the first 64 of 80 places where trials ran" in chart.notes


def test_parameters_that_tell_failed_trials_apart_are_the_ones_that_are_shown(subjects):
    chart = draw("failures", subjects["some failed"])

    assert chart.panels[1].x.label == "lr"
    assert named(chart, "oom").hover[0].endswith("no memory")


def test_what_is_no_number_has_a_place_of_its_own_below_the_numbers():
    decay = Float(name="decay", min=1e-6, max=1e-2, log=True, or_zero=True)
    scale = Scale.of(decay, [0.0, 1e-6, 1e-2, UNSET])

    absent, zero, low, high = map(scale.place, (UNSET, 0.0, 1e-6, 1e-2))
    assert 0.0 == absent < zero < low < high == 1.0
    assert [words for _, words in scale.axis().ticks[:2]] == ["not there", "0"]


def test_one_and_true_are_two_categories():
    choice = Choice(name="x", values=(1, True))
    scale = Scale.of(choice, [1, True])

    assert [scale.place(1), scale.place(True)] == [0.0, 1.0]


def test_values_that_read_alike_have_places_of_their_own_on_a_slice():
    parameters = {"x": {"values": [0.12345678, 0.12345679, 1, True, "true"]}, "lr": NUMBERS["lr"]}
    values = [*parameters["x"]["values"], 0.12345678]
    facts = [Opened(study="s", config=config(parameters), config_hash="c")]
    for number, value in enumerate(values, 1):
        facts += trial(number, {"x": value, "lr": 0.01}, value=0.1 * number)
    [panel] = [p for p in draw("slices", subject_of(facts)).panels if p.title == "x"]

    assert panel.marks[0].xs == (0.0, 1.0, 2.0, 3.0, 4.0, 0.0)


def test_slices_name_what_the_best_trial_does_not_have(monkeypatch):
    parameters = {"kind": {"values": ["a", "b"]}, "lr": NUMBERS["lr"]}
    parameters["depth"] = {"type": "int", "min": 1, "max": 9, "when": "kind == 'b'"}
    facts = [Opened(study="s", config=config(parameters), config_hash="c")]
    for number in range(1, 5):
        facts += trial(number, {"kind": "a", "lr": 0.01 * number}, value=0.1 * number)
    subject = subject_of(facts)
    understood = subject.understand()
    monkeypatch.setattr(type(understood), "order", lambda _: ("depth", "lr", "kind"))
    whole = understood.slices()
    monkeypatch.setattr(type(understood), "slices", lambda _: (whole[0], whole[1]))

    notes = draw("slices", subject).notes

    assert "not shown, as the best trial has no depth" in notes
    assert not any("not shown" in n for n in draw("slices", subject_of(plain(5, NUMBERS))).notes)


def test_a_failed_trial_is_said_to_have_no_value():
    facts = list(plain(3, NUMBERS))
    failed = trial(4, {"lr": 0.01, "layers": 1}, end="failed", failure="no_metric")

    assert any("no value" in note for note in draw("progress", subject_of([*facts, *failed])).notes)
    assert not any("no value" in note for note in draw("progress", subject_of(facts)).notes)


def test_older_studies_are_named_with_their_correlations(subjects):
    chart = draw("memory", subjects["hostile"])

    (heat,) = [m for panel in chart.panels for m in panel.marks if isinstance(m, Heat)]
    assert len(heat.values) == 5
    assert "+1.00" in text(chart, width=100, height=30, colour=False)


def test_a_suggestion_that_did_without_older_studies_gives_them_no_weight():
    facts = list(plain(2, NUMBERS))
    older = Remembered(memory="old", source="runs/old", points=(facts[1].point,), gains=(1.0,))
    facts.insert(1, older)
    for number, memory in ((3, {"old": 0.5}), (4, {}), (5, {"old": 0.25})):
        suggested = {"trial": number, "point": facts[2].point, "method": "bayes"}
        facts.append(Suggested(**suggested, memory=memory))

    line = named(draw("memory", subject_of(facts)), "old")

    assert (line.xs, line.ys) == ((3.0, 4.0, 5.0), (0.5, 0.0, 0.25))


def test_why_a_model_cannot_be_fitted_is_the_reason():
    subject = subject_of(plain(3, NUMBERS))

    def fails():
        raise FitError("too few trials")

    assert draw("importance", Subject(subject.history, subject.space, fails)) == Nothing(
        reason="too few trials"
    )


def test_a_model_is_asked_once_and_only_by_kinds_that_need_it():
    subject, asked = subject_of(plain(8, NUMBERS)), []

    def understand():
        asked.append(1)
        return subject.understand()

    counting = Subject(subject.history, subject.space, understand)
    draw("progress", counting)
    assert asked == []
    draw("importance", counting)
    draw("slices", counting)
    assert asked == [1]


@pytest.mark.parametrize(
    ("methods", "said"), [((), False), (("rerun",), True), (("confirm",), False)]
)
def test_where_a_model_names_the_winner_the_best_so_far_says_so(methods, said):
    facts = list(plain(3, NUMBERS))
    point = facts[1].point
    for method in methods:
        facts.append(Suggested(trial=4, point=point, method=method, of=1))
        facts.append(Started(trial=4, attempt=1, host="box", pid=7))
        facts.append(Finished(trial=4, attempt=1, state="completed", metrics={"loss": 9.0}))

    notes = draw("progress", subject_of(facts)).notes

    assert any("a model names the winner" in note for note in notes) is said


def test_a_gap_parts_a_band_in_two():
    band = Band(xs=(1.0, 2.0, 3.0), low=(0.0, math.nan, 0.0), high=(1.0, 1.0, 1.0))

    xs, ys = outline(band)

    assert xs[:2] == [1.0, 1.0]
    assert math.isnan(xs[2])
    assert ys[3:] == [0.0, 1.0]


def strange(words):
    axis = Axis(label=words, low=0.0, high=2.0, ticks=((1.0, words),))
    marks = (
        Line(xs=(0.0, 2.0), ys=(0.0, math.inf), name=words),
        Points(xs=(1.0, math.nan), ys=(1.0, 1e300), name=words, hover=(words, words)),
    )
    shade = Shade(label=words, low=0.0, high=0.0)
    panel = Panel(marks=marks, title=words, x=axis, y=axis, shade=shade)
    return Chart(title=words, panels=(panel, panel), columns=2, notes=(words,))


def test_markup_is_words_in_a_page():
    page = alone(strange("</script><script>alert(1)</script>" + HTML))

    own = page[: page.index("<script>")] + page[page.rindex("<script>") :]
    assert "alert(1)" in own
    assert "<script>alert" not in own
    assert "<img" not in own
    assert own.count("</script>") == 2  # of the data, and of our own script


def test_a_page_needs_no_other_place():
    page = alone(strange("quiet"))

    assert (
        re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", page[: page.index("<script>")])
        == []
    )
    assert "Plotly.react" in page


def test_mathematics_is_words_in_a_picture(tmp_path):
    drawn(strange(MATHS), tmp_path / "a.svg", "svg")

    assert MATHS in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_a_name_that_begins_with_an_underscore_is_in_the_legend(tmp_path):
    line = Line(xs=(0.0, 1.0), ys=(0.0, 1.0), name="_hidden")
    drawn(Chart(title="t", panels=(Panel(marks=(line,)),)), tmp_path / "a.svg", "svg")

    assert "_hidden" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_of_plotly_no_number_is_too_large_for_json():
    found = figure(strange("x"))

    assert found["data"][0]["y"] == [0.0, None]
    assert json.dumps(found, allow_nan=False)


def test_a_legend_wraps_and_colours_come_and_go():
    lines = tuple(Line(xs=(0.0, 1.0), ys=(0.0, 1.0), name=f"line {n}") for n in range(20))
    chart = Chart(title="t", panels=(Panel(marks=lines),))

    said = text(chart, width=60, height=20, colour=False)

    assert "line 19" in said
    assert max(map(len, said.splitlines())) <= 60
    assert "\x1b" not in said
    assert "\x1b[38;5;" in text(chart, width=60, height=20, colour=True)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (1e-5, 0.1, {"minorloglabels": "none"}),
        (16.0, 1024.0, {"minorloglabels": "none"}),
        (30.0, 600.0, {"minorloglabels": "complete", "nticks": 3}),
        (20.0, 80.0, {"minorloglabels": "complete"}),
    ],
)
def test_a_log_axis_of_a_page_says_powers_of_ten_alone_where_it_has_two(low, high, said):
    panel = Panel(marks=(), x=Axis(log=True, low=low, high=high))
    axis = figure(Chart(title="t", panels=(panel,)))["layout"]["xaxis"]

    assert {name: axis[name] for name in ("minorloglabels", "nticks") if name in axis} == said
