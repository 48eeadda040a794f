"""Who wrote a file is told by its content; what is nobody's is refused in one line."""

import json
import pickle
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tuner.errors import TunerError, UsageError
from tuner.interop import read_old
from tuner.interop.recognise import kind_of

FIXTURES = Path(__file__).parent / "fixtures"
LEDGER = Path(__file__).parents[1] / "golden" / "ledger_v1.jsonl"
KINDS = {
    "optuna.db": "optuna",
    "optuna.log": "optuna",
    "optuna.csv": "optuna",
    "mlruns": "mlflow",
    "mlflow.csv": "mlflow",
    "ray": "ray",
    "ray.csv": "ray",
    "ax.json": "ax",
    "smac": "smac",
    "smac/runhistory.json": "smac",
    "orion.csv": "orion",
    "wandb.csv": "wandb",
}


def told(path, kind="auto"):
    """Give what is said of a file: the error, or what could not be read."""
    try:
        return read_old(path, kind=kind).unread
    except TunerError as error:
        return [str(error)]


@pytest.mark.parametrize("name", KINDS)
def test_files_and_folders_are_told_by_their_content(name):
    assert kind_of(FIXTURES / name) == KINDS[name]


@pytest.mark.parametrize("name", ["optuna.db", "optuna.log", "ax.json", "orion.csv"])
def test_the_name_of_a_file_says_nothing(tmp_path, name):
    (tmp_path / "x.bin").write_bytes((FIXTURES / name).read_bytes())

    assert read_old(tmp_path / "x.bin").trials == read_old(FIXTURES / name).trials


def test_a_ledger_with_a_damaged_beginning_is_one_of_ours(tmp_path):
    (tmp_path / "old").write_bytes(b'{"fact":"opened"\n' + LEDGER.read_bytes())

    assert kind_of(tmp_path / "old") == "tuner"


class Payload:
    def __reduce__(self):
        return exec, ("raise SystemExit(77)",)


HOSTILE = {
    "nothing": b"",
    "zeros": b"\0" * 5000,
    "noise": bytes(range(255, 0, -1)) * 20,
    "deep list": b"[" * 200_000,
    "deep mapping": b'{"a":' * 50_000,
    "deep experiment": b'{"experiment": {"trials": ' + b"[" * 200_000,
    "a number": b"1\n",
    "a word": b"word\n",
    "list": b"[1, 2, 3]",
    "null": b"null",
    "huge number": b'{"op_code": ' + b"9" * 5000 + b"}",
    "ax of lists": b'{"experiment": {"trials": {"0": [1]}, "search_space": [], "data_by_trial": []}}',
    "ax of texts": b'{"__type": "Experiment", "trials": {"0": "x"}, "search_space": "y"}',
    "smac of nonsense": b'{"data": [[], {}, null, 3], "configs": {"1": []}}',
    "ray of nonsense": b'{"trial_data": [[]], "runner_data": []}',
    "journal of nonsense": b'{"op_code": 0, "study_name": {}, "directions": {}}\n' * 3,
    "journal of one study": b'{"op_code": 0, "study_name": "a", "directions": [1]}\n',
    "metric names of nonsense": (
        b'{"op_code": 0, "study_name": "a", "directions": [1]}\n'
        b'{"op_code": 3, "study_id": 0, "system_attr": {"study:metric_names": [[1]]}}\n'
        b'{"op_code": 4, "study_id": 0, "state": 1, "values": [0.5], "params": {"x": 1},'
        b' "distributions": {"x": {"name": "os.system"}}}\n'
    ),
    "sqlite of nothing": b"SQLite format 3\0" + b"\0" * 4096,
    "header of commas": b"," * 5000 + b"\n",
    "one quote": b'a,loss\n"1,2\n' + b"3,4\n" * 1000,
    "many columns": b",".join(b"c%d" % n for n in range(20_000)) + b"\n",
    "formulas": b"=1+1,loss\n=cmd|'/c calc'!A1,1\n",
    "control characters": b"a\x1b]0;pwned\x07,loss\n1,0.5\n",
    "aliases": b"\n".join(
        [b"a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
        + [b"a%d: &a%d [%s]" % (n, n, b",".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 9)]
        + [b"name: *a8", b"run_name: *a8", b"status: *a8"]
    ),
    "a name without end": b"name: 1" + b":1" * 20_000,
    "xml": b"<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'>]><lolz>&lol;</lolz>",
    "zip": b"PK\x03\x04" + b"\0" * 100,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_give_a_study_or_one_line(tmp_path, name):
    file = tmp_path / "trials.json"
    file.write_bytes(HOSTILE[name])

    said = told(file)

    assert all(isinstance(line, str) and "\n" not in line for line in said)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_description_of_a_run_is_a_line_before_long(tmp_path, name):
    for folder in ("mlruns/1", "mlruns/1/run"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "meta.yaml").write_bytes(HOSTILE[name])
    sound = tmp_path / "mlruns" / "1"

    began = time.process_time()
    of_both = told(tmp_path / "mlruns")
    (sound / "meta.yaml").write_text("name: digits\n")
    of_the_run = told(tmp_path / "mlruns")

    assert time.process_time() - began < 20
    assert len(of_both) == len(of_the_run) == 1
    assert "\n" not in of_both[0] + of_the_run[0]


JUNK = [
    None,
    True,
    -1,
    0,
    10**30,
    0.5,
    float("inf"),
    float("nan"),
    "",
    "x",
    "1",
    [],
    [1],
    {},
    {"a": 1},
]


def spots(body):
    """Give every container of a document with every key in it."""
    keys = body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    for key in keys:
        yield body, key
        yield from spots(body[key])


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("ax.json", ""),
        ("smac", "runhistory.json"),
        ("smac", "configspace.json"),
        ("ray", "experiment_state-*.json"),
        ("ray", "train_*_00001_*/params.json"),
    ],
)
def test_whatever_stands_anywhere_in_a_file_the_answer_is_for_a_person(tmp_path, name, file):
    source, target = FIXTURES / name, tmp_path / name
    if source.is_dir():
        shutil.copytree(source, target)
    changed = next(target.glob(file)) if file else target
    text = (next(source.glob(file)) if file else source).read_text()
    chance = random.Random(name + file)

    for _ in range(200):
        body = json.loads(text)
        container, key = chance.choice(list(spots(body)))
        container[key] = chance.choice(JUNK)
        changed.write_text(json.dumps(body))

        assert all("\n" not in line for line in told(target)), (key, container)


def test_whatever_stands_in_a_line_of_a_journal_the_answer_is_for_a_person(tmp_path):
    lines = (FIXTURES / "optuna.log").read_text().splitlines()
    chance = random.Random(5)

    for _ in range(200):
        place = chance.randrange(len(lines))
        body = json.loads(lines[place])
        container, key = chance.choice(list(spots(body)))
        container[key] = chance.choice(JUNK)
        changed = [*lines[:place], json.dumps(body), *lines[place + 1 :]]
        (tmp_path / "old.log").write_text("\n".join(changed) + "\n")

        assert all("\n" not in line for line in told(tmp_path / "old.log")), body


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["trials.json", "trials.csv", "orion_db.pkl"])
def test_a_pickle_is_refused_whatever_its_name_with_what_to_write_instead(tmp_path, name, protocol):
    (tmp_path / name).write_bytes(pickle.dumps(Payload(), protocol))

    with pytest.raises(UsageError, match="is a Python pickle") as caught:
        read_old(tmp_path / name)

    assert "experiment.to_pandas().to_csv" in caught.value.hint


@pytest.mark.parametrize(
    "kind", ["tuner", "csv", "optuna", "wandb", "ray", "mlflow", "ax", "smac", "orion"]
)
@pytest.mark.parametrize("name", ["a pickle", "a folder", "nothing", "deep list", "noise"])
def test_a_kind_that_is_said_and_is_not_ends_in_a_line(tmp_path, kind, name):
    file = tmp_path / "x"
    if name == "a folder":
        file.mkdir()
    else:
        file.write_bytes(HOSTILE.get(name) or pickle.dumps(Payload()))

    said = told(file, kind)

    assert said or kind == "tuner"  # a ledger with nothing but a line that is being written
    assert all("\n" not in line for line in said)


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        read_old(tmp_path / "nothing")


def test_what_is_nobodys_is_answered_with_what_is_readable(tmp_path):
    (tmp_path / "x.txt").write_text("word\n")

    with pytest.raises(UsageError, match="no study of a kind that is known") as caught:
        read_old(tmp_path / "x.txt")

    for tool in ("Optuna", "W&B", "Ray Tune", "MLflow", "Ax", "SMAC", "Orion", "CSV"):
        assert tool in caught.value.hint


WATCHED = """
import sys
from contextlib import suppress
from pathlib import Path
from tuner.errors import TunerError
from tuner.interop import declared, read_old, renamed

def work(path):
    with suppress(TunerError):
        declared(renamed(read_old(path), {}))

sound, hostile = ([*Path(folder).iterdir()] for folder in sys.argv[1:3])
for path in sound:
    work(path)  # classes are made and modules imported now, not later
seen = []
WORDS = ("exec", "compile", "import", "os.system", "os.exec", "os.fork", "os.posix_spawn",
         "subprocess.Popen", "pickle.find_class", "marshal.loads", "ctypes.dlopen", "socket.connect")
sys.addaudithook(lambda event, args: seen.append((event, args)) if event in WORDS else None)
for path in [*sound, *hostile]:
    work(path)
print(seen)
"""  # fmt: skip


def test_while_foreign_files_are_read_nothing_runs(tmp_path):
    for number, content in enumerate([*HOSTILE.values(), pickle.dumps(Payload())]):
        (tmp_path / str(number)).write_bytes(content)

    said = subprocess.run(
        [sys.executable, "-c", WATCHED, FIXTURES, tmp_path],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert said == "[]\n"
