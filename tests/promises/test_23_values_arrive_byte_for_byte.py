"""Promise 23: 500 hostile values arrive byte-identical as one argument, in list and in shell mode."""

import json
import random
import sys

import pytest

from tuner.errors import UsageError
from tuner.runners.make import example_argv
from tuner.runners.spec import CommandSpec, check_template

ECHO = (
    "import json, os, sys\n"
    "said = [argument.encode('utf-8', 'surrogateescape').hex() for argument in sys.argv[1:]]\n"
    "open(os.environ['TUNER_TRIAL_DIR'] + '/said.json', 'w').write(json.dumps(said))\n"
    "print('loss=0')\n"
)
FAMOUS = [
    "",
    " ",
    "; touch owned",
    "$(touch owned)",
    "`touch owned`",
    "${IFS}touch${IFS}owned",
    "| touch owned",
    "&& touch owned",
    "\ntouch owned\n",
    "' ; touch owned ; '",
    '" ; touch owned ; "',
    "\\'; touch owned; \\'",
    "'\"'\"'; touch owned #",
    "#; touch owned",
    "--help",
    "-rf",
    "-",
    "--",
    "--lr=1",
    "*",
    "~",
    "{lr}",
    "{{lr}}",
    "}}",
    "{",
    "%s%n",
    "!!",
    "a\tb\rc\x0bd\x1be\x7f",
    "ünïcödé ☃ \U0001f600",
    "\u202egnp.exe",
    "e\u0301",
    "NUL\u2400",
    "a" * 10_000,
    "<(cat /etc/passwd)",
    ">&2",
    "$'\\x41'",
    "$0 $1 $@ $$",
    "a=b=c",
    "[1, 2]",
    "null",
    "1e-3",
]
ALPHABET = "ab1 ;$(){}`'\"\\|&<>*?~#!-=\n\t\r%^[],.:/@+_é☃\U0001f600\x01\x1b\x7f"


def hostile_values():
    """Give 500 different values: famous ones, and noise made of what shells care about."""
    rng = random.Random(23)
    values = dict.fromkeys(FAMOUS)
    while len(values) < 500:
        values[("".join(rng.choices(ALPHABET, k=rng.randint(1, 24))))] = None
    return list(values)


@pytest.mark.parametrize("shell", [False, True], ids=["list", "shell"])
@pytest.mark.parametrize("form", ["alone", "inside", "args"])
def test_23_hostile_values_arrive_byte_for_byte(bench, shell, form):
    hostile = hostile_values()
    values = {f"v{number}": value for number, value in enumerate(hostile)}
    holes = {
        "alone": " ".join(f"{{{name}}}" for name in values),
        "inside": " ".join(f"--x={{{name}}}={{{name}}}" for name in values),
        "args": "{args}",
    }[form]
    (bench.dir / "echo.py").write_text(ECHO)
    command = f"{sys.executable} {bench.dir}/echo.py {holes}"
    runner = bench.runner(command, shell=shell, cwd=str(bench.dir))
    job = bench.job(values=values)

    outcome = bench.run(runner, job)

    expected = {
        "alone": hostile,
        "inside": [f"--x={value}={value}" for value in hostile],
        "args": [f"--{name}={value}" for name, value in values.items()],
    }[form]
    assert outcome.state == "completed", outcome.message
    said = [
        bytes.fromhex(text).decode() for text in json.loads((job.folder / "said.json").read_text())
    ]
    assert said == expected
    assert not (bench.dir / "owned").exists()
    assert json.loads((job.folder / "params.json").read_text()) == values


@pytest.mark.parametrize("shell", [False, True], ids=["list", "shell"])
@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_23_what_no_program_can_be_given_is_refused_before_anything_starts(shell, value):
    spec = CommandSpec(command="train --x={x}", shell=shell)

    with pytest.raises(UsageError, match="program"):
        example_argv(spec, {"x": value})


TRAPS = [
    "train '{x}'",
    'train "{x}"',
    "train `echo {x}`",
    "train # {x}",
    "train $(( {x} + 1 ))",
    "cat <<EOF\n{x}\nEOF",
    "train $'{x}'",
    'sh -c "train {x}"',
    "train 'it'\\''s {x}'",
    'train "$(echo {x})"',
]


@pytest.mark.parametrize("command", TRAPS)
def test_23_a_place_where_quoting_could_be_undone_is_refused(bench, command):
    with pytest.raises(UsageError, match=r"inside|behind|not every shell"):
        bench.runner(command, shell=True)
    assert check_template(command, ["x"], shell=True) != []
