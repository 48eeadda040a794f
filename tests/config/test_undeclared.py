"""Options that a script does not declare are named; where its text leaves that open nothing is said."""

import textwrap

import pytest

from tuner.config import load_config
from tuner.config.undeclared import undeclared

ARGPARSE = """\
import argparse
def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--model", choices=["svm", "forest"])
    g = p.add_argument_group("svm")
    g.add_argument("--svm-c", type=float, default=1.0)
    g.add_argument("--svm-gamma", "--gamma", type=float)
    p.add_argument("--amp", action=argparse.BooleanOptionalAction)
    return p.parse_args()
"""
CLICK = """\
import click
@click.command()
@click.option("--svm-c", type=float)
@click.option("--amp/--no-amp")
def main(svm_c, amp): ...
"""
TYPER = """\
import typer
def main(svm_c: float = 1.0, depth: int = typer.Option(2, "--layers")): ...
typer.run(main)
"""
ABSL = """\
from absl import app, flags
flags.DEFINE_float("svm_c", 1.0, "")
app.run(lambda _: None)
"""


@pytest.fixture
def script(tmp_path):
    def write(text):
        file = tmp_path / "train.py"
        file.write_text(textwrap.dedent(text))
        return file

    return write


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        (ARGPARSE, ["model", "svm-c", "svm-gamma", "gamma", "amp", "svm-g"]),
        (CLICK, ["svm-c", "amp"]),
        (TYPER, ["svm-c", "layers"]),
        (ABSL, ["svm_c"]),
    ],
)
def test_what_a_script_does_not_declare_is_named(script, text, declared):
    strange, options = undeclared(script(text), [*declared, "svm-gama"])

    assert strange == ["svm-gama"]
    assert set(options) & set(declared)


@pytest.mark.parametrize(
    "text",
    [
        "import sys\nprint(sys.argv[2])",
        ARGPARSE.replace("return p.parse_args()", "return p.parse_known_args()"),
        ARGPARSE.replace("return p", "for n in NAMES: p.add_argument('--' + n)\n    return p"),
        ARGPARSE.replace("return p", "p.add_argument(f'--{NAME}')\n    return p"),
        ARGPARSE.replace("return p", "p.add_argument(*NAMES)\n    return p"),
        ARGPARSE.replace("return p", "models.add_options(p)\n    return p"),
        ARGPARSE.replace("return p", "add = p.add_argument\n    add('--x')\n    return p"),
        ARGPARSE.replace("argparse.ArgumentParser()", "options.parser()"),
        ARGPARSE.replace("ArgumentParser()", "ArgumentParser(parents=[COMMON])"),
        ARGPARSE.replace("return p", "s = p.add_subparsers()\n    return p"),
        ARGPARSE.replace("p.parse_args()", "p.parse_args(own(sys.argv))"),
        CLICK.replace("@click.command()", "@click.command()\n@shared_options"),
        CLICK.replace("command()", "command(context_settings={'ignore_unknown_options': True})"),
        CLICK.replace("command()", "command(context_settings={'token_normalize_func': plain})"),
        CLICK + CLICK.replace("main", "other"),
        ABSL + "from . import model\n",
        ABSL + "flags.DEFINE_spaceship('x', None, '')\n",
        ABSL + "config_flags.DEFINE_config_file('config')\n",
        "def broken(:",
        "",
    ],
)
def test_nothing_is_said_where_options_may_come_from_elsewhere(script, text):
    assert undeclared(script(text), ["svm-gama"]) == ([], [])


def test_a_module_beside_the_script_may_define_flags(script, tmp_path):
    file = script(ABSL + "import model\n")
    assert undeclared(file, ["x"])[0] == ["x"]

    (tmp_path / "model.py").write_text("")
    assert undeclared(file, ["x"]) == ([], [])


def test_a_parser_that_functions_of_the_script_fill_is_known(script):
    text = """
        import argparse
        def add(parser):
            parser.add_argument("--lr", type=float)
        parser = argparse.ArgumentParser()
        add(parser)
        parser.parse_args()
    """
    assert undeclared(script(text), ["lr", "rl"])[0] == ["rl"]


def test_a_file_that_cannot_be_read_says_nothing(tmp_path):
    assert undeclared(tmp_path / "none.py", ["lr"]) == ([], [])
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00")
    assert undeclared(tmp_path / "bytes.py", ["lr"]) == ([], [])


@pytest.fixture
def notices(script, tmp_path):
    """Give what is said of a study whose one branch has a misspelt option."""
    script(ARGPARSE)

    def read(command, more=""):
        file = tmp_path / "s.yaml"
        file.write_text(
            "metric: {name: loss, goal: minimize}\n"
            "parameters:\n"
            "  model: {values: [svm, forest], default: forest}\n"
            "  svm-gama: {type: float, min: 0, max: 1, when: model == 'svm'}\n"
            f"runner: {{command: {command}, cwd: {tmp_path}{more}}}\n"
            "stop: {trials: 1}\n"
        )
        return load_config(file).notices

    return read


def test_the_notice_has_its_place_and_what_was_probably_meant(notices, tmp_path):
    (said,) = notices("'python -u train.py --fixed 1 {args} --out {trial.dir}'")

    told = "train.py declares no option --svm-gama, did you mean --svm-gamma?"
    assert said == f"{tmp_path / 's.yaml'}:4:3: parameters.svm-gama: {told}"


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("'python train.py {args.hydra}'", ""),
        ("'python train.py {args.json}'", ""),
        ("'torchrun train.py {args}'", ""),
        ("'python -m train {args}'", ""),
        ("'python {args} train.py'", ""),
        ("'python gone.py {args}'", ""),
        ("'python train.py {args}'", ", shell: true"),
        ("[python, -c, pass, train.py, '{args}']", ""),
    ],
)
def test_other_commands_are_not_looked_into(notices, command, more):
    assert notices(command, more) == ()
