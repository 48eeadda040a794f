"""The language of commands: holes, words that vanish, braces, and what is refused."""

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.runners.command import example_argv
from tuner.runners.shell_words import shell_words
from tuner.runners.spec import CommandSpec, check_template, template_names
from tuner.runners.template import fill_shell

VALUES = {
    "lr": 1e-05,
    "layers": 4,
    "opt": "a b",
    "amp": True,
    "pin": False,
    "note": None,
    "warm-up": 3,
    "model.size": "xl",
}


def argv(command, values=VALUES, **more):
    return list(example_argv(CommandSpec(command=command, **more), values))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("train {lr} {layers}", ["train", "1e-05", "4"]),
        ("train --lr={lr} --opt {opt}", ["train", "--lr=1e-05", "--opt", "a b"]),
        ("train '--opt={opt} x'", ["train", "--opt=a b x"]),
        ("train {amp} {pin}", ["train", "true", "false"]),
        ("train {{lr}} {{{lr}}}", ["train", "{lr}", "{1e-05}"]),
        ("train {note} end", ["train", "end"]),
        ("train --note={note} end", ["train", "end"]),
        ("train --note {note} end", ["train", "end"]),
        ("train -n {note} end", ["train", "end"]),
        ("train --a=1 {note} end", ["train", "--a=1", "end"]),
        ("train - {note} end", ["train", "-", "end"]),
        ("train --momentum {momentum} end", ["train", "end"]),
        ("train --both={lr},{note} end", ["train", "end"]),
        ("train {model.size} {warm-up}", ["train", "xl", "3"]),
        ("train '' x", ["train", "", "x"]),
        (
            "train {trial.id} {trial.attempt} {trial.seed} {study.name}",
            ["train", "1", "1", "0", "study"],
        ),
    ],
)
def test_a_hole_becomes_its_value_in_its_own_word(command, expected):
    assert argv(command) == expected


def test_a_command_may_be_a_list_whose_items_are_never_split():
    assert argv(("train me", "{opt}", "--x={lr}")) == ["train me", "a b", "--x=1e-05"]


def test_args_become_one_argument_each_and_null_none():
    assert argv("train {args} --end") == [
        "train",
        "--lr=1e-05",
        "--layers=4",
        "--opt=a b",
        "--amp=true",
        "--pin=false",
        "--warm-up=3",
        "--model.size=xl",
        "--end",
    ]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, ["--amp=true", "--pin=false"]),
        ({"*": "present"}, ["--amp"]),
        ({"*": "no_prefix"}, ["--amp", "--no-pin"]),
        ({"pin": "no_prefix"}, ["--amp=true", "--no-pin"]),
        ({"*": "present", "amp": "value"}, ["--amp=true"]),
    ],
)
def test_flags_say_how_booleans_are_written(flags, expected):
    values = {"amp": True, "pin": False}

    assert argv("train {args}", values, flags=flags) == ["train", *expected]


def test_hydra_gets_overrides_and_json_all_values():
    assert argv("train {args.hydra}")[1:4] == ["lr=1e-05", "layers=4", "opt='a b'"]
    assert argv("train {args.json}", {"a": None, "b": "ü", "c": float("inf")}) == [
        "train",
        '{"a": null, "b": "\\u00fc", "c": "inf"}',
    ]
    assert argv("train {args.json_file}")[1] == argv("train {params_file}")[1]
    assert argv("train {params_file}")[1].endswith("trials/1/attempt-1/params.json")


@pytest.mark.parametrize(
    ("command", "shell", "said"),
    [
        ("train {layer}", False, "{layer}: there is no such parameter, did you mean 'layers'?"),
        ("train {trail.dir}", False, "did you mean 'trial.dir'?"),
        ("train {zzzzz}", False, "write {{ for a plain brace"),
        ("train --x={args}", False, "{args}: stands for several arguments"),
        ("train {", False, "a brace that opens nothing"),
        ("train '{\"a\": 1}'", False, "a brace that opens nothing"),
        ("train ${lr}", False, "no shell reads this command; write {lr}"),
        ("train 'x", False, "cannot be split into words"),
        ("train 'x", True, "cannot be split into words"),
        ("train { x; }", True, "a brace that opens nothing"),
        ("train '{lr}'", True, "{lr}: stands inside quotes"),
        (("train", "{lr}"), True, "must be one text for a shell"),
    ],
)
def test_a_mistake_is_named(command, shell, said):
    (problem,) = check_template(command, VALUES, shell=shell)

    assert said in problem


def test_a_good_command_has_no_mistakes_and_its_names_are_known():
    command = "python train.py {args} --lr {lr} --out {trial.dir}"

    assert check_template(command, ["lr"]) == []
    assert template_names(command) == {"args", "lr", "trial.dir"}
    assert template_names("train '") == set()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("t {opt} | tee {trial.id}.log", "t 'a b' | tee 1.log"),
        ('t --o={opt} ${HOME} "${HOME}"', "t --o='a b' ${HOME} \"${HOME}\""),
        ("t {note} && x --n={note} -m {note} end", "t  && x    end"),
        ("t $(cat $(echo {lr}))", "t $(cat $(echo 1e-05))"),
        ("t $(cat $(echo {note}))", "t $(cat $(echo ))"),
        ("awk '{{print $1}}' {opt}", "awk '{print $1}' 'a b'"),
        ("X={opt} t ${X:-{lr}}", "X='a b' t ${X:-1e-05}"),
        ("t 'it'\\''s' {lr} # done", "t 'it'\\''s' 1e-05 # done"),
        ("# about\nt {lr}", "# about\nt 1e-05"),
        ("t a#b {lr}", "t a#b 1e-05"),
        ("t $((1 + 2)) {lr}", "t $((1 + 2)) 1e-05"),
        ("cd x; t {args.hydra}", "cd x; t lr=1e-05 layers=4 'opt='\"'\"'a b'\"'\"''"),
        ('t "a {{b}} c" {lr}', 't "a {b} c" 1e-05'),
    ],
)
def test_a_shell_gets_every_value_quoted(command, expected):
    values = dict(list(VALUES.items())[:3]) if "hydra" in command else VALUES

    assert argv(command, values, shell=True) == ["/bin/sh", "-c", expected]


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), max_size=6))
def test_whatever_the_values_a_shell_reads_the_same_words(values):
    pieces = shell_words("run {v0} --x={v1}{v2} ; {v3}; {v4} {v5}")
    given = {f"v{number}": value for number, value in enumerate(values)}

    text = fill_shell(pieces, lambda name: given.get(name, "-"), lambda name: [])

    v = [given.get(f"v{number}", "-") for number in range(6)]
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    assert list(lexer) == ["run", v[0], f"--x={v[1]}{v[2]}", ";", v[3], ";", v[4], v[5]]


@pytest.mark.parametrize(
    "text",
    [
        "echo 'a b' \"c $X\" ${X:-y} $(echo d; echo e) `echo f` # g\necho h",
        "cat <<EOF\nplain {{text}}\nEOF\necho done",
        "echo $((3 * 4)) a\\ b; {{ true; }}",
    ],
)
def test_what_has_no_holes_reaches_the_shell_unchanged(text):
    pieces = shell_words(text)

    filled = fill_shell(pieces, lambda name: None, lambda name: [])

    assert filled == text.replace("{{", "{").replace("}}", "}")
    assert subprocess.run(["/bin/sh", "-c", filled], check=False).returncode == 0
