"""Promise 28: whatever stands in a ledger, opening it runs nothing and crashes nothing."""

import ast
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import pytest

import tuner
from tuner.errors import TunerError
from tuner.ledger import (
    Book,
    LedgerSpec,
    Stamp,
    iterate,
    make_ledger,
    read_study,
    verify,
    write_table,
)
from tuner.study import Closed
from tuner.study.ranking import best, ranked, trace

SOURCES = sorted(Path(tuner.__file__).parent.rglob("*.py"))
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
BUILTINS = {"eval", "exec", "compile", "__import__"}
LOADERS = {("yaml", "load"), ("yaml", "unsafe_load"), ("yaml", "full_load"), ("torch", "load")}
READING = ("ledger", "study", "interop")  # rooms that foreign content passes through
W = "host/boot/1/2"


def nodes(path):
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def calls(path):
    return [node for node in nodes(path) if isinstance(node, ast.Call)]


def test_no_source_imports_what_turns_data_into_code():
    found = []
    for path in SOURCES:
        for node in nodes(path):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [(path.name, name) for name in names if name.split(".")[0] in MODULES]

    assert len(SOURCES) > 50
    assert found == []


def test_no_source_calls_what_turns_data_into_code():
    found = []
    for path in SOURCES:
        own = {node.name for node in nodes(path) if isinstance(node, ast.FunctionDef | ast.alias)}
        for call in calls(path):
            match call.func:
                case ast.Name(id=name) if name in BUILTINS - own:
                    found.append((path.name, name, call.lineno))
                case ast.Attribute(value=ast.Name(id=module), attr=name) if (
                    module,
                    name,
                ) in LOADERS:
                    safe = any(k.arg in ("Loader", "weights_only") for k in call.keywords)
                    found += [] if safe else [(path.name, f"{module}.{name}", call.lineno)]

    assert found == []


@pytest.mark.parametrize("room", READING)
def test_the_rooms_a_ledger_passes_through_import_nothing_by_name(room):
    found = []
    for path in (Path(tuner.__file__).parent / room).rglob("*.py"):
        for call in calls(path):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name in {"import_module", "getattr", "setattr", "Popen", "system"}:
                first = call.args[1] if name in ("getattr", "setattr") else None
                constant = isinstance(first, ast.Constant)
                found += [] if constant else [(path.name, name, call.lineno)]

    # fields are looked up by the names that our own dataclasses declare
    assert {(name, what) for name, what, _ in found} <= {
        ("shapes.py", "getattr"),
        ("csv_table.py", "getattr"),
    }


def line(**members):
    body = {"v": 1, "n": 1, "at": "", "t": 0.0, "w": W, **members}
    return sealed(json.dumps(body).encode())


def sealed(raw):
    return raw[:-1] + b',"crc":"%08x"}' % crc32(raw)


def opened(config):
    return line(fact="opened", study="s", config=config, config_hash="h")


PAYLOAD = {"__reduce__": ["os.system", ["touch /tmp/pwned"]], "py/object": "os.system"}
DEEP = b'{"v":1,"n":1,"at":"","t":0.0,"w":"w","fact":"closed","reason":' + b"[" * 5000 + b"]" * 5000
HOSTILE = {
    "payload in a point": line(fact="suggested", trial=1, method="x", point=PAYLOAD),
    "payload in a config": opened({"metric": {"name": "loss", **PAYLOAD}}),
    "metric is a text": opened({"metric": "loss"}),
    "metric is a list": opened({"metric": [1]}),
    "goal is nonsense": opened({"metric": {"name": "loss", "goal": {"a": 1}}}),
    "source is nonsense": opened({"metric": {"name": "loss", "source": [1]}}),
    "constraints are nonsense": opened({"metric": {"name": "loss"}, "constraints": [[1]]}),
    "bound is a text": opened(
        {"metric": {"name": "loss"}, "constraints": [{"metric": "a", "op": "<=", "bound": "x"}]}
    ),
    "config is a list": opened([1]),
    "deep nesting": sealed(DEEP + b"}"),
    "deep config": sealed(
        b'{"v":1,"n":1,"at":"","t":0.0,"w":"w","fact":"opened","study":"s","config_hash":"h",'
        b'"config":{"metric":{"name":"loss","source":' + b'{"a":' * 900 + b"1" + b"}" * 902 + b"}"
    ),
    "duplicate keys": sealed(
        b'{"v":1,"n":7,"n":1,"at":"","t":0.0,"w":"w","fact":"closed","fact":"noted","kind":"stop"}'
    ),
    "huge whole number": sealed(
        b'{"v":1,"n":1,"at":"","t":0.0,"w":"w","fact":"suggested","method":"x","point":{},"trial":'
        + b"9" * 5000
        + b"}"
    ),
    "huge exponent": sealed(
        b'{"v":1,"n":1,"at":"","t":1e999999,"w":"w","fact":"closed","reason":"x"}'
    ),
    "huge number behind a broken text": sealed(
        b'{"v":1,"n":1,"at":"\\ud800","t":0.0,"w":"w","fact":"finished","trial":1,"attempt":1,'
        b'"state":"lost","wall_s":' + b"9" * 4000 + b"}"
    ),
    "record number of 2**63": line(n=2**63, fact="closed", reason="x"),
    "record number below zero": line(n=-5, fact="closed", reason="x"),
    "trial below zero": line(fact="suggested", trial=-5, method="x", point={}),
    "nan as JSON": sealed(b'{"v":1,"n":1,"at":"","t":NaN,"w":"w","fact":"closed","reason":"x"}'),
    "no object": sealed(b'["v",1,"n",1,"closed"]'.replace(b"]", b"}")),
    "a list": sealed(b"[1,2]"),
    "fact is an object": line(fact={"a": 1}),
    "fact is __class__": line(fact="__class__", reason="x"),
    "fact is a dunder of ours": line(fact="__init__", self=1),
    "worker is a path": line(w="../../../etc/passwd", fact="closed", reason="x"),
    "worker is long": line(w="w" * 100_000, fact="closed", reason="x"),
    "control characters": line(fact="noted", kind="note", text="\x1b]0;pwned\x07\0"),
    "repeats itself": line(fact="suggested", trial=1, of=1, method="rerun", point={}),
    "payload in a memory": line(fact="remembered", memory="a", points=[PAYLOAD], gains=[1.0]),
    "payload in what was asked": line(fact="remembered", memory="a", asked=PAYLOAD),
    "a memory without its gains": line(fact="remembered", memory="a", points=[{"x": 1}] * 9),
    "everything is null": line(fact="finished", trial=None, attempt=None, state=None),
    "no checksum": b'{"v":1,"n":1,"at":"","t":0.0,"w":"w","fact":"closed","reason":"x"}',
    "nul bytes": b"\0" * 10_000,
    "not UTF-8": b"\xff\xfe" * 1000,
    "a pickle": b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94.",
}
NORMAL = b"\n".join(
    [
        line(n=2, fact="suggested", trial=1, method="x", point={"x": 1}),
        line(n=3, fact="started", trial=1, attempt=1),
        line(n=4, fact="finished", trial=1, attempt=1, state="completed", metrics={"loss": 0.5}),
    ]
)


@pytest.fixture(params=HOSTILE)
def hostile(request, tmp_path):
    (tmp_path / "ledger.jsonl").write_bytes(HOSTILE[request.param] + b"\n" + NORMAL + b"\n")
    return tmp_path


def ask_everything(folder):
    """Ask a study all that the commands for reading ask; errors for a person are fine."""
    reading = read_study(folder)
    history = reading.history
    for question in (
        lambda: history.metric,
        lambda: history.constraints,
        lambda: (ranked(history), best(history), trace(history)),
        lambda: (history.wall_s, history.gpu_s, history.next_id, history.snapshot()),
        lambda: write_table(history, folder / "trials.csv"),
        lambda: read_study(folder / "trials.csv"),
        lambda: verify(folder),
        lambda: list(iterate(folder)),
    ):
        with suppress(TunerError):
            question()
    return reading


def test_reading_a_hostile_ledger_gives_an_answer_or_an_error_for_a_person(hostile):
    reading = ask_everything(hostile)

    assert len(reading.damage) <= 1
    assert 1 in reading.history.trials or reading.history.last > 4


def test_a_study_goes_on_from_a_hostile_ledger(hostile):
    book = Book(make_ledger(hostile, LedgerSpec(), Stamp(W)))
    book.catch_up()
    before = dict(book.history.trials)

    record = book.write(Closed(reason="done"))[0]
    book.close()

    again = read_study(hostile).history
    assert again.last == record.number
    assert again.trials == before


@pytest.mark.parametrize(
    "text",
    [
        "trial,state\n=cmd|'/c calc'!A1,completed\n",
        "trial,state,params.x\n1,completed," + "9" * 5000 + "\n",
        "trial,state,metrics.loss\n1,completed,__import__('os')\n",
        "trial,state,marks\n1,completed," + "[" * 5000 + "\n",
        'trial,state,message\n1,completed,"' + '""' * 5000 + "\n",
        "trial,state,attempt\n1,completed,1e308\n",
        "trial,trial,state\n1,2,completed\n",
        "trial,state\n" + "1,completed\n" * 1000,
        "trial,state," + ",".join(f"params.p{k}" for k in range(5000)) + "\n1,completed\n",
        "trial,state,failure\n-1,failed,gremlins\n",
    ],
    ids=range(10),
)
def test_a_hostile_table_gives_an_answer_or_an_error_for_a_person(text, tmp_path):
    (tmp_path / "ledger.csv").write_text(text)

    ask_everything(tmp_path)
    book = Book(make_ledger(tmp_path, LedgerSpec(format="csv"), Stamp(W)))
    book.catch_up()
    book.write(Closed(reason="done"))


WATCHED = """
import sys
from pathlib import Path
from tuner.ledger import Book, LedgerSpec, Stamp, iterate, make_ledger, read_study, verify

def work(folder):
    read_study(folder), verify(folder), list(iterate(folder))
    book = Book(make_ledger(folder, LedgerSpec(), Stamp("h/b/1/2")))
    book.catch_up()
    book.close()

sound, *hostile = map(Path, sys.argv[1:])
work(sound)  # classes are made and modules imported now, not later
seen = []
WORDS = ("exec", "compile", "import", "os.system", "os.exec", "os.fork", "os.posix_spawn",
         "subprocess.Popen", "pickle.find_class", "marshal.loads", "ctypes.dlopen", "socket.connect")
sys.addaudithook(lambda event, _: seen.append(event) if event in WORDS else None)
for folder in hostile:
    work(folder)
print(seen)
"""  # fmt: skip


def test_while_a_hostile_ledger_is_opened_nothing_runs(tmp_path):
    folders = [tmp_path / "sound"]
    folders[0].mkdir()
    golden = Path(__file__).parent.parent / "golden" / "ledger_v1.jsonl"
    taught = line(n=99, fact="remembered", memory="a")  # with it one line of every kind
    (folders[0] / "ledger.jsonl").write_bytes(golden.read_bytes() + taught + b"\n")
    for number, content in enumerate(HOSTILE.values()):
        folders.append(tmp_path / str(number))
        folders[-1].mkdir()
        (folders[-1] / "ledger.jsonl").write_bytes(content + b"\n" + NORMAL + b"\n")

    said = subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, folders)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert said == "[]\n"
