"""Older studies are read once, written down, and never read again."""

import json
import shutil
from pathlib import Path

import pytest

from tuner import Study
from tuner.assemble import open_study, opening
from tuner.config import read_config, read_older
from tuner.dataset import Translator
from tuner.errors import TunerError, UsageError
from tuner.ledger import read_study
from tuner.report.memories import told

PARAMETERS = {
    "x": {"type": "float", "min": 0, "max": 1},
    "y": {"type": "float", "min": 0, "max": 1},
}
METRIC = {"name": "loss", "goal": "minimize"}


def loss(point, x=0.3):
    return (point["x"] - x) ** 2 + (point["y"] - 0.7) ** 2


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write_old():
    """Write an older study of a dozen trials."""

    def write(folder, trials=12, **more):
        search = {"method": "sobol"}
        with Study.create(
            **{"parameters": PARAMETERS, "metric": METRIC, "search": search, **more}, path=folder
        ) as study:
            for _ in range(trials):
                trial = study.ask()
                study.tell(trial, loss({"x": 0.5, "y": 0.5, **trial.params}))
        return folder

    return write


@pytest.fixture
def open_new():
    """Open runs/new, or another folder, with what it is to begin with; closed at the end."""
    opened = []

    def start(*studies, older=(), **sections):
        node = {
            "name": "new",
            "dir": "runs/new",
            "metric": METRIC,
            "parameters": PARAMETERS,
            "warm_start": {"studies": list(studies)},
            **sections,
        }
        config = read_config(node)
        typed = [each if isinstance(each, str) else json.dumps(each) for each in older]
        found = open_study(config, older=read_older(typed, config.warm_start.studies).studies)
        opened.append(found)
        return found

    yield start
    for each in opened:
        each.close("over")


def names(study):
    return list(study.book.history.memories)


def remembered(folder="runs/new"):
    lines = (Path(folder) / "ledger.jsonl").read_text().splitlines()
    return [line for line in lines if '"fact":"remembered"' in line]


def test_an_older_study_is_read_when_a_study_is_opened_and_not_again(write_old, open_new):
    first = open_new(str(write_old("runs/old")))
    assert (names(first), [m.memory for m in first.remembered]) == (["old"], ["old"])
    assert len(first.remembered[0].points) == 12
    first.close("over")
    shutil.rmtree("runs/old")

    second = open_new("runs/old")

    assert (names(second), second.remembered) == (["old"], ())
    assert len(remembered()) == 1


def test_what_was_opened_with_an_option_needs_none_the_next_time(write_old, open_new):
    write_old("runs/old")
    open_new(older=["runs/old"]).close("over")
    shutil.rmtree("runs/old")

    assert names(open_new()) == ["old"]
    assert names(open_new(older=["runs/old"])) == ["old"]


@pytest.mark.parametrize(
    "spelling", ["runs/old/", "./runs/old", "runs//old", "runs/old/ledger.jsonl", "absolute"]
)
def test_a_path_that_is_spelt_otherwise_is_the_same_study(write_old, open_new, spelling):
    open_new(str(write_old("runs/old"))).close("over")
    spelling = str(Path("runs/old").resolve()) if spelling == "absolute" else spelling

    assert open_new(spelling).remembered == ()
    assert open_new("runs/old", older=[spelling]).remembered == ()
    assert open_new(older=[spelling]).remembered == ()


def test_another_name_takes_the_place_of_the_one_before(write_old, open_new):
    write_old("runs/old")
    for entry, expected in (
        ("runs/old", "old"),
        ({"ledger": "runs/old", "name": "vision"}, "vision"),
        ({"ledger": "runs/old/ledger.jsonl", "name": "sound"}, "sound"),
        ("runs/old", "old"),
    ):
        study = open_new(entry)
        assert names(study) == [expected]
        study.close("over")


def test_one_study_learnt_in_two_ways_under_two_names_is_read_once_each(write_old, open_new):
    write_old("runs/old")
    both = [
        {"ledger": "runs/old", "name": "first", "mode": "enqueue"},
        {"ledger": "runs/old", "name": "nearby", "mode": "prior"},
    ]
    for _ in range(3):
        study = open_new(*both, older=["./runs/old"])  # the configuration has said it already
        assert names(study) == ["first", "nearby"]
        study.close("over")

    assert len(remembered()) == 2


@pytest.mark.parametrize("spelling", ["runs/old", "./runs/old/ledger.jsonl"])
def test_what_is_typed_of_an_older_study_counts_and_the_rest_stays_as_configured(
    write_old, open_new, spelling
):
    write_old("runs/old")
    entry = {"ledger": "runs/old", "mode": "basis", "max_trials": 5}

    study = open_new(entry, older=[{"ledger": spelling, "mode": "stack"}, spelling])

    [memory] = study.remembered
    assert (memory.memory, memory.mode, len(memory.points)) == ("old", "stack", 5)


def test_a_copy_of_an_older_study_is_said_to_count_twice(write_old, open_new):
    write_old("runs/old")
    write_old("runs/more", trials=13)
    shutil.copytree("runs/old", "runs/copy")

    old, copied, more = open_new("runs/old", "runs/copy", "runs/more").remembered

    assert copied.notes == (f"the same trials as {old.memory}, so they count twice",)
    assert (old.notes, more.notes) == ((), ())


def test_an_older_study_at_work_is_as_it_was_until_it_is_put_aside_and_named_again(
    write_old, open_new
):
    write_old("runs/old")
    old = Study.create(parameters=PARAMETERS, metric=METRIC, path="runs/old")
    trial = old.ask()
    first = open_new("runs/old")
    [note] = first.remembered[0].notes
    assert note.startswith("it may grow, and is as of now here; to read it anew, put it aside with")
    first.close("over")
    old.tell(trial, 0.5)
    old.close()
    open_new("runs/old").close("over")

    open_new("runs/old", older=["{ledger: runs/old, mode: none}"]).close("over")
    again = open_new("runs/old")

    assert (len(first.remembered[0].points), len(again.remembered[0].points)) == (12, 13)
    assert again.remembered[0].notes == ()


def test_a_study_that_the_configuration_names_no_more_is_said_to_be_remembered_still(
    write_old, open_new
):
    write_old("runs/old")
    write_old("runs/other")
    open_new("runs/old", older=["runs/other"]).close("over")

    again = open_new()
    assert again.remarks == (
        "still remembered: old; write {ledger: runs/old, mode: none} to put it aside",
    )
    again.close("over")
    assert open_new({"ledger": "runs/old", "mode": "none"}).remarks == ()


TURNED = {"name": "loss", "goal": "maximize"}


@pytest.fixture
def table():
    """Write a table that does not say which way is better."""
    Path("old.csv").write_text("x,y,loss\n0.1,0.2,1\n0.3,0.2,2\n0.5,0.6,3\n")
    return {"ledger": "old.csv", "metric": "loss"}


@pytest.mark.parametrize("by_option", [False, True])
def test_for_another_goal_the_older_study_is_read_anew(table, open_new, by_option):
    studies, option = ((), {"older": [table]}) if by_option else ((table,), {})
    first = open_new(*studies, **option)
    assert first.remembered[0].gains == (-1.0, -2.0, -3.0)
    first.close("over")

    turned = open_new(*studies, metric=TURNED)

    assert [fact.gains for fact in turned.book.history.memories.values()] == [(1.0, 2.0, 3.0)]
    turned.close("over")
    assert open_new(*studies, metric=TURNED).remembered == ()


def test_for_another_goal_without_its_file_nothing_stays_of_it_and_that_is_said(table, open_new):
    open_new(table).close("over")
    Path("old.csv").unlink()

    turned = open_new(table, metric=TURNED)

    (fact,) = turned.remembered
    assert (fact.memory, fact.points) == ("old", ())
    assert fact.left_out[0].startswith("all 3 trials: remembered for loss (minimize), and cannot")
    assert "none of its 3 trials can be used" in told(fact)[0]
    assert Translator(turned.config.space).dataset(turned.book.history).sources == ()
    turned.close("over")
    assert open_new(table, metric=TURNED).remembered == ()


def test_a_ledger_that_is_there_and_empty_is_a_new_study(write_old, open_new):
    write_old("runs/old")
    Path("runs/new").mkdir(mode=0o700)
    Path("runs/new/ledger.jsonl").touch(0o600)

    assert names(open_new("runs/old")) == ["old"]


def test_of_a_table_without_its_journal_what_was_remembered_is_read_again(write_old, open_new):
    write_old("runs/old")
    as_table = {"ledger": {"format": "csv"}}
    open_new("runs/old", **as_table).close("over")
    for path in Path("runs/new").iterdir():
        if path.is_file() and path.name not in ("ledger.csv", "config.yaml"):
            path.unlink()

    assert names(open_new("runs/old", **as_table)) == ["old"]


@pytest.mark.parametrize("bad", ["runs/nothing", "notes.txt"])
def test_where_one_cannot_be_read_nothing_of_a_new_study_is_written(write_old, open_new, bad):
    write_old("runs/old")
    Path("notes.txt").write_text("a shopping list\n")

    with pytest.raises(TunerError, match=bad):
        open_new("runs/old", bad)

    assert not Path("runs/new").exists()


def test_where_one_cannot_be_read_a_study_that_is_there_stays_as_it_is_and_can_be_opened(
    write_old, open_new
):
    open_new().close("over")
    before = Path("runs/new/ledger.jsonl").read_bytes()

    with pytest.raises(TunerError, match="runs/nothing"):
        open_new("runs/nothing")

    assert Path("runs/new/ledger.jsonl").read_bytes() == before
    again = open_new(str(write_old("runs/old")))
    assert (names(again), again.joined) == (["old"], False)


def test_of_a_ledger_that_is_damaged_what_can_be_read_is_used_and_the_rest_is_listed(
    write_old, open_new
):
    ledger = Path(write_old("runs/old")) / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    lines[7] = lines[7][:30] + b"\n"
    ledger.write_bytes(b"".join(lines))

    (memory,) = open_new("runs/old").remembered

    assert len(memory.points) in (10, 11, 12)
    assert any("line 8" in said for said in memory.left_out)


@pytest.mark.parametrize("own", ["runs/new", "runs/new/", "runs/new/ledger.jsonl"])
def test_a_study_does_not_learn_from_itself(open_new, own):
    open_new().close("over")

    with pytest.raises(UsageError, match=r"runs/new.* is this study itself") as refused:
        open_new(own)

    assert "begin another that learns from it: `tuner run --anew`" in refused.value.hint


def test_a_study_in_memory_may_learn_from_the_folder_that_it_would_have(write_old):
    write_old("runs/study")

    with Study.create(parameters=PARAMETERS, metric=METRIC, path=None) as study:
        assert len(study.warm_start("runs/study").points) == 12


def test_studies_of_one_name_are_numbered(write_old, open_new):
    for folder in ("a/old", "b/old", "c/old"):
        write_old(folder)

    assert names(open_new("a/old", "b/old", "c/old")) == ["old", "old-2", "old-3"]


def test_a_name_of_ones_own_is_taken(write_old, open_new):
    write_old("a/old")

    assert names(open_new({"ledger": "a/old", "name": "vision"})) == ["vision"]


def test_what_is_asked_otherwise_is_read_anew_and_takes_the_place_of_before(write_old, open_new):
    write_old("runs/old")
    open_new("runs/old").close("over")

    second = open_new({"ledger": "runs/old", "max_trials": 5})

    (memory,) = second.book.history.memories.values()
    assert (memory.memory, len(memory.points)) == ("old", 5)
    assert len(remembered()) == 2


def test_a_study_is_put_aside_without_being_read_and_comes_back_when_asked(write_old, open_new):
    write_old("runs/old")
    open_new("runs/old", str(write_old("runs/other"))).close("over")
    shutil.move("runs/old", "away")

    put_aside = open_new({"ledger": "runs/old", "mode": "none"}, "runs/other")
    assert names(put_aside) == ["other"]
    put_aside.close("over")
    again = open_new({"ledger": "runs/old", "mode": "none"}, "runs/other")
    assert again.remembered == ()
    again.close("over")
    shutil.move("away", "runs/old")

    assert set(names(open_new("runs/old", "runs/other"))) == {"old", "other"}


def test_a_model_learns_in_one_way(write_old, open_new):
    write_old("runs/old")
    write_old("runs/other")

    with pytest.raises(UsageError, match="in one way, not from other by 'basis', old by 'auto'"):
        open_new(
            {"ledger": "runs/other", "mode": "basis"},
            older=[{"ledger": "runs/old", "mode": "auto"}],
        )
    assert not Path("runs/new").exists()

    open_new("runs/old", "runs/other").close("over")
    both = [{"ledger": f"runs/{name}", "mode": "basis"} for name in ("old", "other")]
    assert names(open_new(*both)) == ["old", "other"]


def test_two_processes_that_begin_together_remember_once(write_old, open_new, monkeypatch):
    write_old("runs/old")
    monkeypatch.setattr(opening, "holds_study", lambda _: False)  # neither has seen the other's
    one, two = open_new("runs/old"), open_new("runs/old")
    one.book.catch_up()

    assert names(one) == names(two) == ["old"]
    assert (len(one.remembered), len(two.remembered)) == (1, 0)
    assert len(remembered()) == 1


def test_a_space_that_grows_keeps_what_is_remembered_and_one_that_loses_points_says_so(
    write_old, open_new
):
    write_old("runs/old", parameters={**PARAMETERS, "opt": {"values": ["sgd", "adam"]}})
    opt = {"values": ["sgd", "adam"]}
    open_new("runs/old", parameters={"x": PARAMETERS["x"], "opt": opt}).close("over")

    grown = open_new("runs/old", parameters={**PARAMETERS, "opt": opt})
    (source,) = Translator(grown.config.space).dataset(grown.book.history).sources
    assert (len(source.gains), grown.remarks) == (12, ())
    grown.close("over")
    less = open_new("runs/old", parameters={**PARAMETERS, "opt": {"values": ["sgd", "lion"]}})

    assert less.remarks == (
        "old: 6 of its 12 trials cannot be used any more: opt: 'adam' is no value any more",
    )


@pytest.mark.parametrize(
    ("now", "other"),
    [
        ({"commit": "a"}, False),
        ({"commit": "a", "dirty": "no", "diff": "f"}, False),
        ({"commit": "b"}, True),
        ({"commit": "a", "dirty": "yes"}, True),
        ({}, False),
    ],
)
def test_what_git_had_no_time_to_say_is_no_change_of_the_code(
    write_old, open_new, monkeypatch, now, other
):
    monkeypatch.setattr(opening.Git, "state", lambda _: {"commit": "a", "dirty": "no"})
    write_old("runs/new", trials=1)
    monkeypatch.setattr(opening.Git, "state", lambda _: now)

    assert open_new().other_code is other


def suggestions(study, count):
    """Ask and tell; give what was suggested."""
    found = []
    for _ in range(count):
        trial = study.ask()
        study.tell(trial, loss(trial.params))
        found.append((trial.suggestion.method, dict(trial.params), trial.suggestion.mean))
    return found


@pytest.mark.parametrize("kept", [1, 4, 8])
def test_32_with_memory_a_resumed_study_equals_the_uninterrupted_one_without_the_old(
    write_old, kept
):
    write_old("runs/old")
    sections = {
        "parameters": PARAMETERS,
        "metric": METRIC,
        "seed": 5,
        "warm_start": {"studies": "runs/old"},
    }
    with Study.create(**sections, path="whole") as study:
        whole = suggestions(study, 10)
    with Study.create(**sections, path="parts") as study:
        before = suggestions(study, kept)
    shutil.rmtree("runs/old")
    with Study.create(**sections, path="parts") as study:
        after = suggestions(study, 10 - kept)

    assert before + after == whole
    assert whole[0][0] == "memory"
    assert whole[-1][0] == "bayes"


def test_a_memory_takes_part_in_what_is_said_of_suggestions(write_old):
    write_old("runs/old", trials=25)
    with Study.create(parameters=PARAMETERS, metric=METRIC, seed=5, path=None) as study:
        study.warm_start("runs/old")
        suggestions(study, 12)

        weights = [dict(t.suggestion.memory) for t in study.trials]

    assert any(said for said in weights)
    assert all(set(said) <= {"old"} for said in weights)
    assert all(0 <= weight <= 1 for said in weights for weight in said.values())


def test_python_adds_changes_and_puts_aside(write_old):
    write_old("runs/old")
    with Study.create(parameters=PARAMETERS, metric=METRIC, path="runs/new") as study:
        memory = study.warm_start("runs/old", max_trials=4)
        assert (memory.memory, len(memory.points)) == ("old", 4)
        assert study.warm_start(Path("runs/old"), max_trials=4) == memory
        assert study.warm_start({"ledger": "runs/old", "max_trials": 4}) == memory
        assert study.warm_start({"ledger": "runs/old", "max_trials": 3}, max_trials=4) == memory
        with pytest.raises(TunerError, match="ledger: must be text, got 42"):
            study.warm_start(42)
        with pytest.raises(UsageError, match="is this study itself"):
            study.warm_start("runs/new")
        with pytest.raises(UsageError, match="nothing was learnt from runs/other"):
            study.warm_start("runs/other", mode="none")
        with pytest.raises(TunerError, match="moode: unknown key, did you mean 'mode'"):
            study.warm_start("runs/old", moode="auto")
        shutil.rmtree("runs/old")
        assert study.warm_start("runs/old", mode="none").mode == "none"

    assert read_study(Path("runs/new")).history.memories == {}
    assert len(remembered()) == 2
