import math
import shlex
import subprocess

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tuner.errors import UsageError
from tuner.report.biography import command_line
from tuner.report.winner import to_args, to_env, to_yaml

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    words,
    st.sampled_from(["on", "1e-3", "0x10", "12:30", "~", "- a", "a: b", "#", "'", '"', "\x85"]),
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
points = st.dictionaries(names, values, max_size=5)


def same(left, right):
    return left == right and {k: type(v) for k, v in left.items()} == {
        k: type(v) for k, v in right.items()
    }


@given(points | st.dictionaries(words, values, max_size=5))
def test_yaml_of_a_point_reads_back_even_by_a_reader_of_yaml_1_1(point):
    assert same(yaml.safe_load(to_yaml(point)) or {}, point)


def test_yaml_says_what_no_number_is():
    read = yaml.safe_load(to_yaml({"a": math.nan, "b": -math.inf}))
    assert math.isnan(read["a"])
    assert read["b"] == -math.inf


@given(points)
def test_arguments_read_back_as_a_shell_splits_them(point):
    arguments = shlex.split(to_args(point, {}))
    kept = {name: value for name, value in point.items() if value is not None}
    assert [word.partition("=")[0] for word in arguments] == [f"--{name}" for name in kept]
    for word, value in zip(arguments, kept.values(), strict=True):
        said = word.partition("=")[2]
        if isinstance(value, bool):
            assert said == str(value).lower()
        else:
            assert type(value)(said) == value


def test_booleans_are_written_as_the_runner_writes_them():
    flags = {"amp": "present", "bias": "no_prefix"}
    assert to_args({"amp": True, "bias": False}, flags) == "--amp --no-bias"
    assert to_args({"amp": False, "bias": True}, flags) == "--bias"
    assert to_args({"amp": False}, {"*": "present"}) == ""


HOSTILE = ["$(touch x)", "; rm -rf", "it's", 'a "b"', "new\nline", "-dash", "*", "ü€", "`id`"]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE) | words, min_size=1, max_size=6))
def test_a_shell_gives_every_value_of_env_back_byte_for_byte(texts):
    point = {f"v{place}": text for place, text in enumerate(texts)}
    show = " ".join(f'"${name}"' for name in point)
    script = f"{to_env(point)}\nprintf '%s\\0' {show}"
    printed = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout
    assert printed.decode().split("\0")[:-1] == list(point.values())


@pytest.mark.parametrize("value", ["a", None])
def test_a_variable_that_the_shell_itself_needs_is_not_exported(value):
    with pytest.raises(UsageError, match="a shell lives by its variable PATH"):
        to_env({"lr": 0.1, "PATH": value})
    assert to_env({"path": "a"}) == "export path=a"


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from([*HOSTILE, "tab\there", "back\\slash\n'"]) | words, max_size=6))
def test_a_shell_reads_the_shown_command_as_the_argv_it_was(argv):
    script = f"printf '%s\\0' {command_line(['x', *argv])}"
    printed = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout
    assert printed.decode().split("\0")[1:-1] == argv
