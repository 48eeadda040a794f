"""What a person is told of older studies: by run, by check, and when a study has changed."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
import yaml

from tuner import Study
from tuner.cli import anew
from tuner.config import load_config
from tuner.errors import UsageError
from tuner.study import History


class Terminal:
    """A stream that says it is one."""

    @staticmethod
    def isatty():
        return True


PARAMETERS = {
    "lr": {"type": "float", "min": 1e-4, "max": 1.0, "log": True},
    "width": {"type": "int", "min": 4, "max": 64},
}
METRIC = {"name": "loss", "goal": "minimize"}


@pytest.fixture(autouse=True)
def _below_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def write(tmp_path):
    """Write new.yaml."""

    def file(**sections):
        node = {
            "name": "new",
            "metric": METRIC,
            "parameters": PARAMETERS,
            "runner": {"command": "echo loss={lr} width={width}"},
            "stop": {"trials": 2},
            **sections,
        }
        (tmp_path / "new.yaml").write_text(yaml.safe_dump(node))
        return "new.yaml"

    return file


@pytest.fixture
def old(tmp_path):
    """An older study, with another name for lr, a metric turned over, and a trial of no use."""
    parameters = {"eta": PARAMETERS["lr"], "depth": {"values": [1, 2]}}
    metric = {"name": "acc", "goal": "maximize"}
    with Study.create(parameters=parameters, metric=metric, path=tmp_path / "runs/old") as study:
        for number in range(1, 7):
            study.add({"eta": number / 10, "depth": 1}, {"acc": number / 7})
        study.ask()
    return "runs/old"


def asked(old, **more):
    return {"studies": [{"ledger": old, "rename": {"eta": "lr"}, "metric": "acc", **more}]}


def test_where_no_older_trial_can_be_used_one_line_says_so(tuner, write, old):
    parameters = {"lr": PARAMETERS["lr"], "depth": {"values": ["shallow", "deep"]}}
    runner = {"command": "echo loss={lr} {depth}"}
    new = write(warm_start=asked(old), parameters=parameters, runner=runner)
    nothing = "nothing is learnt, for none of its 7 trials can be used, as in trials 1-6: depth: 1"

    checked = tuner("check", new).stdout
    said = tuner("run", new).stderr

    assert f"auto, {nothing}" in checked
    assert f"warning: old (runs/old): {nothing}" in said
    assert "left out" not in checked + said


def test_run_says_what_was_used_how_it_was_translated_and_what_was_left_out(tuner, write, old):
    said = tuner("run", write(warm_start=asked(old))).stderr

    for line in (
        "learning from old (runs/old), mode auto: 6 of its trials",
        "  lr: from eta",
        "  width: not there: taken at 34",
        "  depth: no parameter here: left out",
        "  metric acc: maximize for loss, turned over: ours is minimize",
        "  left out: trial 7: has not ended: it is running",
    ):
        assert line in said.splitlines()
    assert "learning from" not in tuner("run", "new.yaml", "--set", "stop.trials=3").stderr


@pytest.mark.parametrize("verb", ["run", "check"])
def test_what_a_foreign_file_says_moves_no_cursor(tuner, write, tmp_path, verb):
    rows = "trial_id,lr,evil\x1b]0;owned\x07,loss\na,0.5,1,1\nb\x1b[2J,x,3,2\n"
    (tmp_path / "old.csv").write_text(rows)

    done = tuner(verb, write(warm_start={"studies": ["old.csv"]}))
    said = done.stdout + done.stderr

    assert r"evil\x1b]0;owned\x07" in said
    assert r"trial b\x1b[2J: lr" in said
    assert r"taken as parameters: lr, evil\x1b]0;owned\x07" in said
    assert "\x1b" not in said


def test_of_what_is_as_it_was_or_put_aside_hardly_anything_is_said(tuner, write):
    tuner("run", write(dir="runs/first"))
    file = write(warm_start={"studies": "runs/first"})
    said = tuner("run", file).stderr
    assert "learning from new (runs/first), mode auto: 2 of its trials" in said
    assert "metric loss" not in said

    file = write(warm_start={"studies": [{"ledger": "runs/first", "mode": "none"}]})

    said = tuner("run", file).stderr
    assert "put aside new (runs/first)" in said
    assert "learning" not in said


@pytest.mark.parametrize("verb", ["run", "check"])
def test_no_older_study_at_all_is_one_line(tuner, write, verb):
    assert "ledger: must be a path" in tuner(verb, write(), "--warm-start", "", code=2).stderr


def test_what_is_set_is_read_at_once_or_refused(tuner, write, old):
    tuner("run", write())
    before = tuner("memory", "runs/new", "--format", "csv").stdout
    entry = "warm_start.studies=[{ledger: %s, rename: {eta: lr}, metric: acc}]"

    assert "runs/gone" in tuner("set", "runs/new", entry % "runs/gone", code=2).stderr
    assert tuner("memory", "runs/new", "--format", "csv").stdout == before
    said = tuner("set", "runs/new", entry % old).stderr

    assert f"learning from old ({old}), mode auto: 6 of its trials" in said
    assert "old,runs/old,auto,6" in tuner("memory", "runs/new", "--format", "csv").stdout
    said = tuner("set", "runs/new", "warm_start.studies=[]").stderr
    assert f"still remembered: old; write {{ledger: {old}, mode: none}}" in said


def test_a_quiet_run_says_nothing_of_it(tuner, write, old):
    assert "learning" not in tuner("run", "-q", write(warm_start=asked(old))).stderr


def test_an_older_study_is_named_on_the_command_line(tuner, write, tmp_path):
    tuner("run", write(dir="runs/first"))
    shutil.copy(tmp_path / "runs/first/ledger.jsonl", tmp_path / "kept.jsonl")

    words = ("--set", "dir=runs/second", "--warm-start", "runs/first")
    said = tuner("run", "new.yaml", *words, "--warm-start", "kept.jsonl").stderr

    assert "learning from new (runs/first), mode auto: 2 of its trials" in said
    assert "learning from new-2 (kept.jsonl), mode auto: 2 of its trials" in said


def test_an_entry_in_braces_says_more_of_an_older_study_on_the_command_line(tuner, write, old):
    more = "rename: {eta: lr}, metric: acc, mode: basis, max_trials: 4"
    entry = f"{{ledger: {old}, {more}}}"

    said = tuner("run", write(search={"method": "bayes"}), "--warm-start", entry).stderr

    assert "learning from old (runs/old), mode basis: 4 of its trials" in said
    assert "  lr: from eta" in said
    wrong = f"{{ledger: {old}, renam: {{eta: lr}}, max_trials: 0.5}}"
    said = tuner("run", "new.yaml", "--warm-start", wrong, code=2).stderr
    assert "--warm-start:1:20: renam: unknown key, did you mean 'rename'?" in said
    assert "--warm-start:1:50: max_trials: " in said
    file = write(parameters={**PARAMETERS, "extra": [1, 2]})
    _, words = offered(tuner("run", file, "--warm-start", entry).stderr)
    assert words[-4:] == ["--warm-start", entry, "--warm-start", "runs/new"]


def test_an_entry_that_changed_when_its_study_is_gone_ends_nothing(tuner, write, old, tmp_path):
    tuner("run", write(warm_start=asked(old)))
    shutil.rmtree(tmp_path / old)

    file = write(warm_start=asked(old, max_trials=3), stop={"trials": 3})
    said = tuner("run", file).stderr.splitlines()

    told = "runs/old is not there any more: what was learnt before stays, as it was asked for then"
    assert said.count(told) == 1
    assert "old,runs/old,auto,6" in tuner("memory", "runs/new", "--format", "csv").stdout


def test_what_is_not_there_ends_run_and_check_with_2_and_its_name(tuner, write, tmp_path):
    file = write(warm_start={"studies": "runs/gone"})

    for verb in ("run", "check"):
        said = tuner(verb, file, code=2).stderr
        assert "runs/gone" in said
        assert len(said.strip().splitlines()) <= 2
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("by_option", [False, True])
def test_check_shows_what_will_be_learnt_and_writes_nothing(tuner, write, old, tmp_path, by_option):
    [entry] = asked(old)["studies"]
    option = ["--warm-start", json.dumps(entry)] if by_option else []
    said = tuner(
        "check", write(**({} if by_option else {"warm_start": asked(old)})), *option
    ).stdout

    assert "learns from" in said
    assert "auto, 6 of its trials used, left out: trial 7: has not ended: it is running" in said
    for parts in (
        ("old: lr", "from eta"),
        ("old: width", "not there: taken at 34"),
        ("old: depth", "no parameter here: left out"),
        ("old: metric acc", "maximize for loss, turned over: ours is minimize"),
    ):
        assert any(all(part in line for part in parts) for line in said.splitlines())
    assert not (tmp_path / "runs/new").exists()


def test_check_says_nothing_of_what_is_as_it_is_nor_where_nothing_is_learnt(tuner, write):
    assert "learns from" not in tuner("check", write()).stdout
    tuner("run", "new.yaml")
    file = write(dir="runs/second", warm_start={"studies": "runs/new"})

    said = tuner("check", file).stdout

    assert "auto, 2 of its trials used" in said
    assert "new: " not in said


def test_check_of_a_study_that_learnt_already_needs_the_older_one_no_more(
    tuner, write, old, tmp_path
):
    file = write(warm_start=asked(old))
    tuner("run", file)
    shutil.rmtree(tmp_path / old)

    record = json.loads(tuner("check", file, "--format", "json").stdout)

    (learnt,) = record["learns_from"]
    assert (learnt["name"], learnt["mode"], learnt["used"]) == ("old", "auto", 6)
    assert learnt["parameters"]["lr"] == "from eta"


def offered(said):
    """Give the words of the command that a run offers."""
    (line,) = [line for line in said.splitlines() if "is another than before" in line]
    return line.partition(": ")[0], shlex.split(line.partition("old trials: ")[2])


def test_a_changed_space_may_go_on_as_a_related_study_by_the_command_that_is_shown(tuner, write):
    tuner("run", write())
    wider = {**PARAMETERS, "width": {"type": "int", "min": 4, "max": 128}}
    file = write(parameters=wider, stop={"trials": 3})

    began = tuner("run", file).stderr
    what, words = offered(began)
    assert what.startswith("the space is another than before")
    assert "2 old trials stay as they are" in began
    assert words == shlex.split(f"tuner run {file} --set dir=runs/new-2 --warm-start runs/new")
    said = tuner(*words[1:]).stderr

    assert "learning from new (runs/new), mode auto: 3 of its trials" in said
    assert "is another than before" not in tuner("run", file).stderr


def test_changed_code_may_go_on_as_a_related_study_by_the_command_that_is_shown(
    tuner, write, tmp_path
):
    def git(*words):
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "train.py").write_text("print('loss: 1')\n")
    git("init", "-q")
    git("add", "train.py", write())
    git("commit", "-qm", "first")
    tuner("run", "new.yaml")
    assert "is another than before" not in tuner("run", write(stop={"trials": 3})).stderr
    (tmp_path / "train.py").write_text("print('loss: 2')\n")

    what, words = offered(tuner("run", write(stop={"trials": 4})).stderr)

    assert what.startswith("the code is another than before")
    assert "learning from new (runs/new)" in tuner(*words[1:]).stderr


def test_the_command_that_is_shown_works_for_a_folder_with_a_space_in_its_name(tuner, write):
    tuner("run", write(dir="my runs/new"))
    file = write(dir="my runs/new", parameters={**PARAMETERS, "extra": [1, 2]}, stop={"trials": 3})

    _, words = offered(tuner("run", file).stderr)

    assert "learning from new (my runs/new)" in tuner(*words[1:]).stderr


def test_a_related_study_learns_in_the_same_way_and_from_the_same_others(tuner, write, old):
    tuner("run", write(dir="runs/first"))
    tuner("run", "new.yaml", "--set", "dir=runs/other")
    rest = {"search": {"method": "bayes"}, "stop": {"trials": 3}}
    rest["warm_start"] = {"studies": [{"ledger": "runs/first", "mode": "basis"}]}
    file = write(**rest)
    tuner("run", file, "--warm-start", "runs/other")
    words = ("--set", "parameters.width.max=128", "--warm-start", "runs/other")

    _, shown = offered(tuner("run", file, *words).stderr)
    said = tuner(*shown[1:]).stderr

    assert [line for line in said.splitlines() if "learning from" in line] == [
        f"learning from {name} ({folder}), mode basis: {count} of its trials"
        for name, folder, count in (
            ("new", "runs/first", 2),
            ("new-2", "runs/other", 2),
            ("new-3", "runs/new", 3),
        )
    ]


def test_what_was_set_for_a_run_is_set_in_the_command_that_is_shown(tuner, write):
    tuner("run", write())
    words = ("--set", "parameters.width.max=128", "--set", "stop.trials=3")

    _, shown = offered(tuner("run", "new.yaml", *words).stderr)

    anew = ("--set", "dir=runs/new-2", "--warm-start", "runs/new")
    assert shown == ["tuner", "run", "new.yaml", *words, *anew]


def test_a_related_study_begins_in_the_next_free_folder_where_that_is_asked_for(
    tuner, write, tmp_path
):
    file = write()
    assert "learning" not in tuner("run", file, "--anew").stderr  # there is nothing to learn from
    before = (tmp_path / "runs/new/ledger.jsonl").read_bytes()

    wider = write(parameters={**PARAMETERS, "width": {"type": "int", "min": 4, "max": 128}})
    said = tuner("run", wider, "--anew", "--set", "stop.trials=3").stderr

    assert "learning from new (runs/new), mode auto: 2 of its trials" in said
    assert "is another than before" not in said
    assert (tmp_path / "runs/new/ledger.jsonl").read_bytes() == before
    assert len(json.loads(tuner("trials", "runs/new-2", "--format", "json").stdout)) == 3


RENAMED = {"rate": PARAMETERS["lr"], "width": PARAMETERS["width"]}
ECHO = {"command": "echo loss={rate} width={width}"}


@pytest.mark.parametrize("spelling", ["runs/new", "./runs/new/ledger.jsonl"])
@pytest.mark.parametrize("by_option", [True, False])
def test_a_related_study_takes_over_what_is_said_of_the_one_before(
    tuner, write, spelling, by_option
):
    tuner("run", write())
    entry = {"ledger": spelling, "rename": {"lr": "rate"}}
    start = {} if by_option else {"warm_start": {"studies": [entry]}}
    option = ["--warm-start", json.dumps(entry)] if by_option else []
    file = write(parameters=RENAMED, runner=ECHO, **start)

    said = tuner("run", file, "--anew", *option).stderr

    assert said.count("learning from") == 1
    assert "  lr: from lr" not in said
    assert "  rate: from lr" in said.splitlines()
    rows = tuner("memory", "runs/new-2", "--format", "csv").stdout.splitlines()
    assert len(rows) == 2


def test_what_the_command_line_says_of_a_study_counts_before_the_file_and_is_told(tuner, write):
    tuner("run", write(dir="runs/first"))
    more = {"search": {"method": "bayes"}}
    file = write(warm_start={"studies": [{"ledger": "runs/first", "max_trials": 1}]}, **more)

    for verb in ("check", "run"):
        done = tuner(verb, file, "--warm-start", "{ledger: runs/first, mode: stack}")
        assert "runs/first: --warm-start has mode: stack instead of auto" in done.stderr
    assert "learning from new (runs/first), mode stack: 1 of its trials" in done.stderr


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("", "continue"), ("c", "continue"), ("ANEW", "anew"), ("x", "quit"), (None, "quit")],
)
def test_at_a_terminal_a_person_is_asked_how_a_study_that_changed_goes_on(
    tuner, write, tmp_path, monkeypatch, typed, answer
):
    tuner("run", write())
    monkeypatch.chdir(tmp_path)
    same = load_config(Path("new.yaml"))
    write(parameters={**PARAMETERS, "extra": [1, 2]})
    changed = load_config(Path("new.yaml"))
    words = iter(["nonsense", typed, "quit"])

    def prompt(text, *, default, err):
        assert (text, err) == ("continue/anew/quit", True)
        word = next(words)
        if word is None:
            raise typer.Abort
        return word or default

    monkeypatch.setattr(typer, "prompt", prompt)
    assert anew.ask(changed) == ("", None)  # nobody can be asked here
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)

    said, book = anew.ask(same)
    assert (said, len(book.history.trials)) == ("", 2)
    book.close()
    said, book = anew.ask(changed)
    assert (said, book is not None) == (answer, answer == "continue")
    if book is not None:
        book.close()


def test_a_ledger_that_was_read_for_the_question_is_not_read_again(tuner, write, monkeypatch):
    tuner("run", write())
    file = write(parameters={**PARAMETERS, "extra": [1, 2]}, stop={"trials": 3})
    read = []
    applied = History.apply

    def apply(self, record):
        read.append(record.number)
        return applied(self, record)

    monkeypatch.setattr(History, "apply", apply)
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: "continue")
    monkeypatch.setattr(anew, "sys", SimpleNamespace(stdin=Terminal, stderr=Terminal))

    said = tuner("run", file).stderr

    assert "the space is another than before: continue in runs/new" in said
    assert "3 trials have ended" in said
    assert read == sorted(set(read))


def test_all_mistakes_about_older_studies_are_told_with_the_others_at_their_places(
    tuner, write, tmp_path
):
    studies = ["runs/gone", {"ledger": "runs/gone2", "rename": {"eta": "rate"}}]
    file = write(warm_start={"studies": studies}, metric={"name": "loss", "goal": "least"})

    for verb in ("run", "check"):
        lines = tuner(verb, file, code=2).stderr.splitlines()
        assert len(lines) == 4
        text = (tmp_path / file).read_text().splitlines()
        for line in lines:
            name, row, column, _ = line.split(":", 3)
            assert name == file
            assert text[int(row) - 1][int(column) - 1 :].split()[0].rstrip(":") in line


def test_an_old_name_that_the_older_study_lacks_is_told_with_the_others_before_anything_is_written(
    tuner, write, old, tmp_path
):
    file = write(
        warm_start={
            "studies": {
                "ledger": old,
                "metric": "acc",
                "rename": {"etta": "lr", "depth": "breadth"},
            }
        },
        metric={"name": "loss", "goal": "least"},
    )

    for verb in ("run", "check"):
        lines = tuner(verb, file, code=2).stderr.splitlines()
        assert len(lines) == 3
        [said] = [line for line in lines if "etta" in line]
        _, row, column, why = said.split(":", 3)
        assert (
            (tmp_path / file)
            .read_text()
            .splitlines()[int(row) - 1][int(column) - 1 :]
            .startswith("etta")
        )
        assert why.endswith(f"no parameter 'etta' in {old}, did you mean 'eta'?")
    assert not (tmp_path / "runs/new").exists()


def test_a_belief_is_shown_with_its_place_its_strength_and_what_it_still_weighs(tuner, write):
    file = write(
        search={"method": "bayes"},
        warm_start={"prior": {"lr": {"at": 0.01, "confidence": "high"}, "width": 16}},
        stop={"trials": 8},
    )

    said = tuner("check", file).stdout
    assert "near 0.01, confidence high" in said
    assert "near 16, confidence medium" in said
    assert "weight 0.5 after 20 trials" in said
    lines = tuner("run", file).stderr.splitlines()
    both = "believing lr near 0.01, confidence high; width near 16, confidence medium"
    assert [line for line in lines if line.startswith(both)]

    told = tuner("memory", "runs/new").stdout
    assert "believed: lr near 0.01, confidence high; weight 1.2 after 8 trials" in told
    rows = json.loads(tuner("trials", "runs/new", "--format", "json").stdout)
    asked = {row["method"]: row["id"] for row in rows}
    shown = tuner("show", "runs/new", asked["bayes"]).stdout
    assert f"after {asked['bayes'] - 1} trials" in " ".join(shown.split())
    assert "believed" not in tuner("show", "runs/new", asked["sobol"]).stdout


NEW = {**PARAMETERS, "seed2": {"type": "bool"}}
LOST = (
    "2 old trials cannot be used any more: seed2: no value in it, and no default; "
    "once the parameter has a `default` they can"
)


def test_old_trials_without_a_new_parameter_are_spoken_of_by_check_and_run_alike(tuner, write):
    few = {"initial": 2}
    tuner("run", write(search=few))
    assert "changed" not in tuner("check", "new.yaml").stderr
    command = {"command": "echo loss={lr} width={width} {seed2}"}
    file = write(parameters=NEW, stop={"trials": 5}, runner=command, search=few)

    checked = tuner("check", file)
    record = json.loads(tuner("check", file, "--format", "json").stdout)
    ran = tuner("run", file).stderr.splitlines()

    lines = ["changed: parameters.seed2: added", "changed: stop.trials: 2 -> 5", LOST]
    assert set(lines) <= set(checked.stderr.splitlines())
    assert set(lines) <= set(ran)
    assert "parameters.seed2: added" in record["changed"]
    assert record["old_trials"] == [LOST]
    reasons = [line for line in ran if "the model failed" in line]
    assert "the model failed: 2 ended trials are nothing in the changed space" in reasons[0]
    assert not any("0 of 0" in line for line in ran)


def test_with_a_default_they_count_again(tuner, write):
    tuner("run", write())
    tuner("run", write(parameters=NEW, stop={"trials": 3}))

    file = write(parameters={**NEW, "seed2": {"type": "bool", "default": True}})

    assert (
        "2 old trials: seed2: no value in it, taken at its default" in tuner("check", file).stderr
    )


@pytest.mark.parametrize(
    ("measured", "said", "taught"),
    [
        ([{}, {}], "none of 2 old trials measured acc: they teach nothing now", 1),
        ([{"acc": 0.5}, {}], "1 of 2 old trials measured acc, the others teach nothing now", 2),
        ([{"acc": 0.5}] * 2, "2 of 2 old trials measured acc", 3),
    ],
)
def test_where_the_metric_is_another_run_and_check_count_the_trials_that_have_it(
    tuner, write, tmp_path, measured, said, taught
):
    with Study.create(parameters=PARAMETERS, metric=METRIC, path=tmp_path / "runs/new") as study:
        for lr, more in zip((0.1, 0.2), measured, strict=True):
            study.add({"lr": lr, "width": 8}, {"loss": lr, **more})
    more = {"runner": {"command": "echo acc={lr}"}, "stop": {"trials": 1}}
    file = write(metric={"name": "acc", "goal": "maximize"}, **more)

    checked = tuner("check", file).stderr.splitlines()
    began = tuner("run", file).stderr

    assert said in checked
    assert said in began.splitlines()
    what, words = offered(began)
    assert what.startswith("the metric is another than before")
    related = tuner(*words[1:]).stderr
    assert f"(runs/new), mode auto: {taught} of its trials" in related
    assert "is another than before" not in tuner("run", file).stderr


def test_where_the_goal_is_turned_that_is_said_and_no_related_study_is_offered(tuner, write):
    tuner("run", write())
    file = write(metric={**METRIC, "goal": "maximize"}, stop={"trials": 3})

    said = "loss is to be maximized: 2 old trials now count the other way round"
    assert said in tuner("check", file).stderr.splitlines()
    began = tuner("run", file).stderr
    assert said in began.splitlines()
    assert "is another than before" not in began


TURNED = {"name": "loss", "goal": "maximize"}
CURVE = {"command": "printf 'loss: 3\\nloss: {lr}\\nloss: 2\\n'"}


@pytest.mark.parametrize("reduce", ["best", "last"])
def test_a_goal_that_picked_old_values_is_not_turned_after_another_reduction_either(
    tuner, write, tmp_path, reduce
):
    best = {**METRIC, "reduce": "best"}
    tuner("run", write(metric=best, runner=CURVE))
    if reduce == "last":
        tuner("run", write(metric={**METRIC, "reduce": "last"}, runner=CURVE))
    ledger = tmp_path / "runs/new/ledger.jsonl"
    before = ledger.read_bytes()
    file = write(metric={**TURNED, "reduce": reduce}, runner=CURVE)

    refusals = [
        tuner("check", file, code=2).stderr,
        tuner("run", file, code=2).stderr,
        tuner("set", "runs/new", "metric.goal=maximize", code=2).stderr,
    ]
    with pytest.raises(UsageError, match="the old trials kept the smallest loss of each run"):
        Study.of(load_config(Path(file)))

    for said in refusals:
        assert "metric.goal: maximize cannot be the goal here" in said
        assert "tuner run --anew" in said
    assert ledger.read_bytes() == before
    assert "goal: minimize" in (tmp_path / "runs/new/config.yaml").read_text()
    assert "2 of 2 trials" in tuner("run", file, "--anew").stderr


@pytest.mark.parametrize("reduce", ["last", "mean(2)"])
def test_a_goal_that_picked_nothing_may_be_turned(tuner, write, reduce):
    tuner("run", write(metric={**METRIC, "reduce": reduce}, runner=CURVE))

    said = tuner("run", write(metric={**TURNED, "reduce": reduce}, runner=CURVE)).stderr

    assert "changed: metric.goal: minimize -> maximize" in said


def test_a_goal_may_be_turned_while_no_trial_has_a_value(tuner, write):
    none = {"command": "printf 'loss: nan\\n'"}
    best = {"reduce": "best"}
    tuner("run", write(metric={**METRIC, **best}, runner=none), "--keep-going")

    said = tuner("run", write(metric={**TURNED, **best}, runner=CURVE), "--keep-going").stderr

    assert "changed: metric.goal: minimize -> maximize" in said


def test_of_told_results_none_was_picked(tmp_path):
    where = {"parameters": PARAMETERS, "path": tmp_path / "told"}
    with Study.create(metric={**METRIC, "reduce": "best"}, **where) as study:
        study.tell(study.ask(), 0.5)
        study.tell(study.ask(), 0.7)

    with Study.create(metric={**TURNED, "reduce": "best"}, **where) as study:
        assert study.best.metrics == {"loss": 0.7}
