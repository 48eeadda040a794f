"""`tuner init` writes a configuration that is valid as it is."""

import pytest

from tuner.config import load_config
from tuner.config.script import read_script
from tuner.config.starter import starter
from tuner.runners.spec import CommandSpec
from tuner.space import Bool, Choice, Fixed, Float, Int

SCRIPT = """
import argparse
raise SystemExit("this script must not run")
p = argparse.ArgumentParser()
p.add_argument("-l", "--lr", type=float, default=3e-4, help="learning rate: of # the\\noptimizer")
p.add_argument("--weight-decay", type=float, default=0.0)
p.add_argument("--dropout", type=float, default=0.1)
p.add_argument("--layers", type=int, default=4)
p.add_argument("--width", type=int, default=128)
p.add_argument("--epochs", type=int, default=30)
p.add_argument("--opt", choices=["adamw", "no", "1"], default="no")
p.add_argument("--amp", action="store_true")
p.add_argument("--ema", action=argparse.BooleanOptionalAction, default=True)
p.add_argument("--seed", type=int, default=0)
p.add_argument("--out-dir", default="out")
p.add_argument("--data", default="data")
p.add_argument("--sizes", type=int, nargs="+")
p.add_argument("--odd", choices=range(4))
p.add_argument("--flag", type=bool, default=False)
p.add_argument("--args", type=float, default=1.0)
p.add_argument("--huge", type=float, default=1e308)
p.add_argument("positional")
print(f"epoch {e} train_loss={a:.3f} val_acc: {b}")
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "config.yaml"
        file.write_text(text, encoding="utf-8")
        return load_config(file)

    return write


def test_the_example_is_valid_and_worth_no_remark(written):
    config = written(starter())

    assert config.notices == ()
    assert [p.name for p in config.space.parameters] == ["lr", "layers", "optimizer", "dropout"]


def test_options_become_parameters_with_ranges_around_their_defaults(written):
    config = written(starter(read_script(SCRIPT), "train.py"))

    by_name = {p.name: p for p in config.space.parameters}
    assert by_name == {
        "lr": Float(name="lr", min=3e-5, max=3e-3, log=True, default=3e-4),
        "weight-decay": Float(
            name="weight-decay", min=1e-6, max=0.1, log=True, or_zero=True, default=0.0
        ),
        "dropout": Float(name="dropout", min=0.0, max=0.5, default=0.1),
        "layers": Int(name="layers", min=2, max=8, default=4),
        "width": Int(name="width", min=64, max=256, log=True, default=128),
        "epochs": Fixed(name="epochs", value=30),
        "opt": Choice(name="opt", values=("adamw", "no", "1"), default="no"),
        "amp": Bool(name="amp"),
        "ema": Bool(name="ema"),
    }
    assert config.runner == CommandSpec(
        command="python train.py {args} --seed={trial.seed} --out-dir={trial.dir}",
        flags={"amp": "present", "ema": "no_prefix"},
    )
    assert (config.metric.name, config.metric.goal) == ("val_acc", "maximize")
    assert config.notices == ()


def test_what_is_left_out_is_said_with_the_reason():
    text = starter(read_script(SCRIPT), "train.py")

    for line in (
        "# data: left out, it looks like plumbing",
        "# sizes: left out, it takes a list",
        "# odd: left out, its choices are not written out",
        "# flag: left out, type=bool makes every text true",
        "# args: left out, 'args' is a word of the language",
        "# huge: left out, max: must be",
    ):
        assert line in text
    assert text.count("CHECK the range") == 5


@pytest.mark.parametrize(
    "program", ["my train.py", "a{b}.py", "it's.py", "run.sh", "bin/x", "-.py", "ü.py"]
)
def test_a_program_of_any_name_gives_a_valid_configuration(written, program):
    config = written(starter(read_script(SCRIPT), program))

    assert "{args}" in config.runner.command


def test_a_script_that_says_nothing_gives_a_valid_configuration(written):
    config = written(starter(read_script("x = 1"), "train.py"))

    assert [p.name for p in config.space.parameters] == ["lr"]


def test_what_a_script_reports_comes_before_what_it_prints_and_validation_before_the_rest():
    text = 'print(f"test_acc={a}")\nreport(step=1, loss=x)\ntuner.report(val_f1=y, train_loss=z)'

    assert read_script(text).metrics == ("val_f1", "loss", "test_acc", "train_loss")


@pytest.mark.parametrize("text", ["def f(:", "x = (" * 1000, "\0"])
def test_a_text_that_is_not_python_is_a_syntax_error(text):
    with pytest.raises(SyntaxError):
        read_script(text)
