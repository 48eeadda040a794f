import pytest

from tuner.ledger.csv_table import (
    cells_of,
    columns_for,
    ended,
    facts_of,
    parse,
    records_of,
    render,
    same,
)
from tuner.study import Constraint, History, Noted, Record

AT = "2026-01-31T09:30:00.000000Z"


@pytest.fixture
def replay():
    def fold(*facts):
        return History.replay(
            Record(number, AT, 0.0, "w", fact) for number, fact in enumerate(facts, start=1)
        )

    return fold


def read_back(history):
    records, damage = records_of(parse(render(history.trials.values())).rows, 1, "w")
    assert damage == []
    return History.replay(records)


def test_a_table_tells_all_that_a_trial_came_to(facts, replay):
    history = replay(
        facts.suggested(
            1,
            point={"lr": 0.1, "opt": "=adam", "layers": 3, "amp": False, "none": None},
            method="bayes",
            seed=5,
            mean=0.25,
            sd=0.5,
            acquisition=-1.0,
            seconds=2.0,
            reason="why, though",
            seen=4,
        ),
        facts.started(1, host="node", devices=("0", "1")),
        facts.finished(
            1, noise={"loss": 0.01}, wall_s=2.5, gpu_s=5.0, exit_code=0, message='he said "1"'
        ),
        Noted(kind="mark", trial=1, text="exclude"),
        Noted(kind="note", trial=1, text="a note, with\na line break"),
        facts.suggested(2, of=1, method="rerun", by_hand=True),
        facts.started(2),
        facts.finished(2, state="failed", failure="oom", metrics={}),
    )

    twin = read_back(history)

    assert [cells_of(t) for t in twin.trials.values()] == [
        cells_of(t) for t in history.trials.values()
    ]
    assert twin.trials[1].suggestion == history.trials[1].suggestion
    assert twin.trials[1].finish == history.trials[1].finish
    assert twin.trials[1].marks == ("exclude",)
    assert twin.trials[1].notes == ("a note, with\na line break",)
    assert twin.trials[2].failure == "oom"
    assert twin.ended == history.ended


def test_a_dead_parameter_is_an_empty_cell_and_null_is_a_value(facts, replay):
    history = replay(
        facts.suggested(1, point={"opt": "sgd", "momentum": 0.9}),
        facts.finished(1),
        facts.suggested(2, point={"opt": None}),
        facts.finished(2),
    )

    twin = read_back(history)

    assert twin.trials[1].params == {"opt": "sgd", "momentum": 0.9}
    assert twin.trials[2].params == {"opt": None}


def test_columns_come_in_the_order_in_which_trials_need_them(facts, replay):
    history = replay(
        facts.suggested(1, point={"b": 1}),
        facts.finished(1, metrics={"loss": 1.0}),
        facts.suggested(2, point={"a": 1, "b": 2}),
        facts.finished(2, metrics={"acc": 0.5, "loss": 1.0}, noise={"loss": 0.1}),
    )

    columns = columns_for(history.trials.values())

    assert [c for c in columns if "." in c] == [
        "metrics.loss",
        "metrics.acc",
        "noise.loss",
        "params.b",
        "params.a",
    ]


def test_trials_end_in_the_order_of_the_rows(facts, replay):
    history = replay(
        facts.suggested(1), facts.suggested(2), facts.finished(2, 0.2), facts.finished(1, 0.1)
    )

    rows = parse(render(ended(history.trials.values()))).rows
    twin = History.replay(records_of(rows, 1, "w")[0])

    assert [row.cells["trial"] for row in rows] == ["2", "1"]
    assert twin.trials[2].finish_number < twin.trials[1].finish_number
    assert list(twin.trials) == [1, 2]


def test_a_row_that_was_cut_is_damage_and_the_others_are_not(facts, replay):
    whole = render(replay(*facts.trial(1), *facts.trial(2)).trials.values())
    start = whole.rindex(b"\n", 0, -1) + 1

    for cut in range(start + 1, len(whole) - 1):
        table = parse(whole[:cut])
        assert [row.cells["trial"] for row in table.rows] == ["1"]
        assert len(table.damage) == 1
        assert "line 3" in table.damage[0]
        assert not table.ended


def test_a_last_row_without_its_line_feed_counts_when_it_is_whole(facts, replay):
    whole = render(replay(*facts.trial(1)).trials.values())

    table = parse(whole[:-1])

    assert len(table.rows) == 1
    assert table.damage == ()
    assert not table.ended


def test_the_last_row_of_a_trial_counts(facts, replay):
    one = render(replay(*facts.trial(1, 0.1)).trials.values())
    two = render(replay(*facts.trial(1, 0.2)).trials.values())

    table = parse(one + two.split(b"\n", 1)[1])

    assert [row.cells["metrics.loss"] for row in table.rows] == ["0.2"]


def test_a_table_saved_by_a_spreadsheet_is_read_all_the_same(facts, replay):
    whole = render(replay(*facts.trial(1)).trials.values())

    table = parse(b"\xef\xbb\xbf" + whole.replace(b"\n", b"\r\n"))

    assert table.rows[0].cells == parse(whole).rows[0].cells
    assert "trial" in table.columns


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\xff\xfe\n\xff", b'"\n"', b"a,b\n1,2,3\n", b"trial\nx\n"]
)
def test_what_is_no_table_has_no_rows(data):
    assert parse(data).rows == ()


@pytest.mark.parametrize(
    ("column", "text", "why"),
    [
        ("state", "won", "state must be one of"),
        ("attempt", "many", "attempt must be a whole number"),
        ("metrics.loss", "good", "metrics must be a number"),
        ("seed", "'1", "seed must be a whole number"),
    ],
)
def test_a_cell_that_is_not_right_is_named(column, text, why, facts, replay):
    row = parse(render(replay(*facts.trial(1)).trials.values())).rows[0]
    row.cells[column] = text

    with pytest.raises(ValueError, match=why):
        facts_of(row)


def test_rows_are_the_same_however_their_numbers_are_written():
    assert same(
        {"params.x": "0.10", "state": "completed"}, {"params.x": "0.1", "state": "completed"}
    )
    assert same({"metrics.loss": "nan", "host": "a"}, {"metrics.loss": "nan", "host": "b"})
    assert not same({"params.x": "1"}, {"params.x": "'1"})


def test_a_column_says_who_keeps_the_constraints_and_is_not_read_back(facts, replay):
    history = replay(*facts.trial(1, 0.1), *facts.trial(2, 0.9), facts.suggested(3))
    limits = (Constraint(metric="loss", op="<=", bound=0.5),)
    parsed = parse(render(history.trials.values(), limits))
    assert parsed.columns[:5] == ("trial", "state", "failure", "attempt", "feasible")
    assert [row.cells.get("feasible") for row in parsed.rows] == ["true", "false", None]
    records, damage = records_of(parsed.rows[:2], 1, "w")
    plain = parse(render(history.trials.values())).rows[:2]
    assert (records, damage) == records_of(plain, 1, "w")
