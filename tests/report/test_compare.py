"""Studies side by side: groups, differences of configurations, and what is said of who is better."""

import math
from dataclasses import replace

import pytest

from tuner.report import compare
from tuner.report.contest import ABSENT, contest
from tuner.report.entrant import Entry
from tuner.report.screen import render
from tuner.study import Finished, History, Opened, Record, Remembered, Suggested
from tuner.study.ranking import best, curve, ranked

X = {"type": "float", "min": 0, "max": 1}


def configured(**sections):
    metric = {"name": "loss", "goal": "minimize", "reduce": "last"}
    return {"metric": metric, "parameters": {"x": X}, "search": {}, **sections}


def entry(losses, *, name="a", seed=0, group="", memory="", rename=None, **sections):
    """Tell a study whose trials measured these losses in turn; None for a failure."""
    history = History()
    facts = [
        Opened(
            study=name, config=configured(name=name, seed=seed, **sections), config_hash=f"{seed}"
        )
    ]
    if memory:
        facts.append(
            Remembered(
                memory="old",
                source=memory,
                mode="transfer",
                asked={"rename": rename or {}},
                points=({"x": 1},),
                gains=(1.0,),
            )
        )
    for trial, loss in enumerate(losses, start=1):
        state = "failed" if loss is None else "completed"
        told = {} if loss is None else {"loss": loss}
        failure = "oom" if loss is None else None
        facts += [
            Suggested(trial=trial, point={"x": trial}, method="sobol"),
            Finished(trial=trial, attempt=1, state=state, failure=failure, metrics=told),
        ]
    for fact in facts:
        history.apply(Record(history.last + 1, "at", 0.0, "w", fact))
    rows = [row for row in ranked(history) if row.feasible]
    made = Entry.of(history, folder=f"runs/{name}", rows=rows, best=best(history))
    return replace(made, group=group)


def runs(name, losses, **sections):
    """Give a study a seed: each begins at 1 and ends at its loss."""
    return [
        entry([1.0, loss], name=f"{name}-{seed}", seed=seed, **sections)
        for seed, loss in enumerate(losses)
    ]


def said(found, width=100):
    return " ".join(render(compare.screen(found, width), colour=False).split())


def better(found):
    return {verdict.measure.name: verdict.better for verdict in found.verdicts}


def test_studies_that_differ_in_nothing_but_name_seed_and_folder_are_a_group():
    found = contest([*runs("a", [0.1, 0.2]), entry([1.0], name="b", search={"method": "sobol"})])

    assert {name: len(rows) for name, rows in found.groups.items()} == {"a-*": 2, "b": 1}


def test_a_study_that_learnt_from_an_older_one_is_no_seed_of_one_that_did_not():
    learnt = entry([1.0, 0.2], name="b", seed=1, memory="runs/old")
    found = contest([entry([1.0, 0.3], name="a"), learnt])

    assert list(found.groups) == ["a", "b"]
    assert "learnt from nothing runs/old (transfer, 1 used)" in said(found)
    assert list(contest([learnt, learnt]).groups) == ["b"]


def test_a_group_by_hand_that_mixes_settings_says_so_and_tells_equal_names_apart():
    ours = entry([1.0, 0.2], name="a", group="g", search={"method": "random"})
    other = entry([1.0, 0.3], name="a", group="g", search={"method": "sobol"})
    found = contest([ours, replace(other, folder="runs/a-2"), entry([1.0], name="b", group="h")])

    assert "g mixes settings: its studies differ in search.method" in said(found)
    assert said(found).count("a (runs/a-2)") == 2
    assert "b (" not in said(found)
    assert found.record()["mixed"] == {"g": ["search.method"]}


def test_a_group_that_is_better_on_every_seed_is_called_better():
    base = [0.5, 0.9, 0.7, 0.3, 0.6]
    ours = runs("a", [loss - 0.1 - seed / 100 for seed, loss in enumerate(base)])

    found = contest([*ours, *runs("b", base, search={"method": "sobol"})])

    assert better(found) == {"best": "a-*", "area": "a-*"}
    assert all(verdict.paired for verdict in found.verdicts)
    assert "a-* is better than b-* in the end: the best of a-* is lower by 0.12" in said(found)


def test_groups_whose_differences_go_both_ways_are_not_told_apart():
    ours, theirs = [0.5, 0.9, 0.7, 0.3, 0.6], [0.6, 0.8, 0.75, 0.25, 0.6]

    found = contest([*runs("a", ours), *runs("b", theirs, search={"method": "sobol"})])

    assert better(found) == {"best": None, "area": None}
    assert "a-* and b-* are not told apart in the end" in said(found)


def test_where_more_is_better_the_sentence_says_higher():
    metric = {"name": "loss", "goal": "maximize", "reduce": "last"}
    ours = runs("a", [1.5, 1.6, 1.7, 1.8, 1.9], metric=metric)
    theirs = runs("b", [2.5, 2.7, 2.9, 3.0, 3.3], metric=metric, search={"method": "sobol"})

    found = contest([*ours, *theirs])

    assert better(found)["best"] == "b-*"
    assert "b-* is better than a-* in the end: the best of b-* is higher by 1.18" in said(found)


def test_four_seeds_are_too_few_to_tell_however_clear_they_look():
    ours, theirs = runs("a", [0.1] * 4), runs("b", [0.9] * 4, search={"method": "sobol"})

    found = contest([*ours, *theirs])

    assert better(found) == {"best": None, "area": None}
    assert "5 seeds a side are needed to tell, there are 4" in said(found)


def test_other_seeds_are_compared_without_pairs():
    theirs = runs("b", [0.9, 0.8, 0.9, 0.8, 0.9, 0.85], search={"method": "sobol"})[1:]
    ours = [entry([1.0, 0.1 + s / 100], name=f"a-{s}", seed=90 + s) for s in range(5)]

    found = contest([*ours, *theirs])

    assert [verdict.paired for verdict in found.verdicts] == [False, False]
    assert better(found)["best"] == "a-*"


def test_another_metric_or_goal_is_refused_with_a_line():
    other = {"name": "acc", "goal": "maximize", "reduce": "last"}

    found = contest([*runs("a", [0.1] * 5), *runs("b", [0.9] * 5, metric=other)])

    assert found.verdicts == []
    assert "not ranked: they measure different things: loss (minimize, last) in a-0" in said(found)


def test_studies_of_unequal_length_are_compared_after_as_many_trials():
    ours = [entry([1.0, 0.5, 0.0], name=f"a-{s}", seed=s) for s in range(5)]
    theirs = [
        entry([1.0, 0.2 + s / 100], name=f"b-{s}", seed=s, search={"method": "sobol"})
        for s in range(5)
    ]

    found = contest([*ours, *theirs])

    assert better(found)["best"] == "b-*"
    assert "the best after 2 trials" in said(found)


def test_differences_of_the_spaces_name_what_is_only_in_one_and_what_is_bounded_otherwise():
    wide = {"x": {**X, "max": 2}, "layers": {"type": "int", "min": 1, "max": 4}}

    found = contest([entry([1.0], name="a"), entry([1.0], name="b", parameters=wide)])

    assert found.differences["parameters.x.max"] == {"a": 1, "b": 2}
    assert found.differences["parameters.layers"] == {"a": ABSENT, "b": wide["layers"]}
    assert "layers - type=int min=1 max=4" in said(found)


@pytest.mark.parametrize(
    ("renames", "name"),
    [
        ([{}, {"eta": "lr"}], "eta"),
        ([{"lr": "eta"}, {"eta": "lr"}], "eta"),  # each learnt from the other
        ([{}, {"eta": "rate"}], None),  # of another parameter
        ([{}, {"eta": "x"}], None),  # both have x
    ],
)
def test_a_parameter_that_is_known_to_be_renamed_is_one_parameter(renames, name):
    ours = entry([1.0], memory="runs/b", rename=renames[0], parameters={"x": X, "eta": X})
    wide = {"x": X, "lr": {**X, "max": 2}}
    theirs = entry([1.0], name="b", memory="runs/a", rename=renames[1], parameters=wide)

    found = contest([ours, theirs])

    spaces = {path: row for path, row in found.differences.items() if "parameters" in path}
    if name is None:
        assert spaces.keys() == {"parameters.eta", "parameters.lr"}
        return
    assert spaces == {
        "parameters.eta.renamed": {"a": "eta", "b": "lr"},
        "parameters.eta.max": {"a": 1, "b": 2},
    }
    assert "eta.renamed eta lr" in said(found)


def test_the_curve_counts_a_failure_as_a_trial_and_a_repeat_as_none():
    study = entry([None, 0.5, 0.2])
    history = study.history
    for fact in (
        Suggested(trial=4, point={"x": 3}, method="rerun", of=3),
        Finished(trial=4, attempt=1, state="completed", metrics={"loss": 0.6}),
    ):
        history.apply(Record(history.last + 1, "at", 0.0, "w", fact))

    steps = curve(history, ranked(history))

    assert math.isnan(steps[0])
    assert steps[1:] == pytest.approx([0.5, 0.4])


def test_failures_and_a_study_without_a_result_are_shown():
    found = contest([entry([None, None], name="a"), entry([0.5, 0.4], name="b", search={"n": 1})])

    assert "2 (2 oom)" in said(found)
    assert "a and b are not told apart in the end: a study has no result" in said(found)
    assert found.record()["studies"][0]["best"] is None
