"""Promise 22: hostile YAML (tags, alias bombs, 10,000-deep nesting, 100 MB) is refused in less than a
second and less than 100 MB, without being loaded.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuner.config import load_config
from tuner.errors import ConfigError

ROOT = Path(__file__).parents[2]
LONGEST_S, MOST_MB = 1.0, 100

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "python_object": ("a: !!python/object/apply:os.system ['touch pwned']\n", "tags such as"),
    "python_name": ("!!python/name:os.system\n", "tags such as"),
    "local_tag": ("a: !secret x\n", "tags such as"),
    "binary": ("a: !!binary aGVsbG8=\n", "tags such as"),
    "alias_bomb": (BOMB, "more than 20000 values"),
    "wide_alias_bomb": (f"a: &a [{'x,' * 9999}x]\nb: [{'*a,' * 9999}*a]\n", "values"),
    "merge_bomb": (
        "a0: &a0 {k: v}\n"
        + "".join(f"a{i}: &a{i} {{<<: *a{i - 1}, k{i}: *a{i - 1}}}\n" for i in range(1, 60)),
        "more than",
    ),
    "deep_list": ("[" * 10_000, "nested more than 50 deep"),
    "deep_mapping": ("{a: " * 10_000, "nested more than 50 deep"),
    "deep_block": ("- " * 10_000 + "x", "nested more than 50 deep"),
    "deep_steps": (
        "".join(" " * depth + "a:\n" for depth in range(1000)),
        "nested more than 50 deep",
    ),
    "deep_by_alias": (
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 100)),
        "nested more than 50 deep",
    ),
    "itself": ("a: &a [*a]\n", "refers to itself"),
    "unknown_alias": ("a: *b\n", "alias"),
    "many_values": ("[" + "1," * 300_000 + "1]", "more than 20000 values"),
    "many_keys": ("".join(f"k{i}: v\n" for i in range(60_000)), "more than 20000 values"),
    "long_word": ("a" * 1_000_000, "must be a mapping"),
    "long_number": ("a: " + "9" * 1_000_000, "too long"),
    "long_quote": ('a: "' + "\\x41" * 200_000 + '"', "unknown key"),
    "tabs": ("\t" * 500_000, "is not YAML"),
    "colons": (":" * 900_000, "is not YAML"),
    "question_marks": ("? " * 100_000, "a key must be"),
    "complex_key": ("{[a, b]: c}", "a key must be"),
    "two_documents": ("a: 1\n---\nb: 2\n", "a second document"),
    "nothing": ("", "is empty"),
    "only_comments": ("# nothing\n" * 50_000, "is empty"),
    "nul": ("a: \0\n", "control character"),
    "nul_in_quotes": ('a: "\\0"\n', "NUL"),
    "escape": ("a: \x1b[31m\n", "control character"),
}
BYTES = {
    "latin_1": ("name: caf\xe9\n".encode("latin-1"), "is not UTF-8"),
    "utf_16": ("a: 1\n".encode("utf-16"), "is not UTF-8"),
    "half_a_character": (b"a: \xf0\x9f\x98", "is not UTF-8"),
    "garbage": (bytes(range(256)) * 100, "is not UTF-8"),
}


def refusal(file):
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    return str(caught.value)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_refused_with_its_reason(tmp_path, name):
    text, reason = HOSTILE[name]
    file = tmp_path / "study.yaml"
    file.write_text(text, encoding="utf-8")

    said = refusal(file)

    assert reason in said
    assert all(line.startswith(f"{file}:") for line in said.splitlines())
    assert max(map(len, said.splitlines())) < 600
    assert not Path("pwned").exists()


@pytest.mark.parametrize("name", BYTES)
def test_what_is_not_utf_8_is_refused_where_it_is_not(tmp_path, name):
    raw, reason = BYTES[name]
    file = tmp_path / "study.yaml"
    file.write_bytes(raw)

    assert reason in refusal(file)


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    file = tmp_path / "study.yaml"
    text = "metric: {name: loss, goal: minimize}\nparameters: {x: [1, 2]}\nrunner: {type: manual}\n"
    file.write_bytes(text.encode("utf-8-sig"))

    assert load_config(file).metric.name == "loss"


def test_a_file_is_measured_before_it_is_read(tmp_path):
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)

    assert "is larger than 1024 KiB" in refusal(large)
    assert "is no regular file" in refusal(pipe)
    assert "is no regular file" in refusal(tmp_path)
    assert "is no regular file" in refusal("/dev/zero")
    missing = tmp_path / "missing.yaml"
    assert refusal(missing) == f"{missing}: there is no such file"


MEASURE = """
import json, sys, time
from pathlib import Path
from tuner.config import load_config
from tuner.errors import ConfigError

def peak():  # in KiB; ru_maxrss would begin with the parent's
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])

worst = {}
load_config(sys.argv[1])
before = peak()
for file in sorted(Path(sys.argv[2]).iterdir()):
    began = time.process_time()
    try:
        load_config(file)
    except ConfigError:
        worst[file.name] = time.process_time() - began
after = peak()
print(json.dumps({"seconds": worst, "grown_mb": (after - before) / 1024}))
"""


def test_refusing_costs_less_than_a_second_and_100_mb(tmp_path):
    folder = tmp_path / "hostile"
    folder.mkdir()
    for name, (text, _) in HOSTILE.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with (folder / "large.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, ROOT / "configs" / "quickstart.yaml", folder],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    measured = json.loads(done.stdout)
    assert len(measured["seconds"]) == len(HOSTILE) + 1
    assert {name: s for name, s in measured["seconds"].items() if s >= LONGEST_S} == {}
    assert measured["grown_mb"] < MOST_MB
