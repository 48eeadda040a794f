"""`tuner init` writes a configuration that is valid as it is."""

from pathlib import Path

import pytest

from tuner.config import load_config
from tuner.config.script import read_script
from tuner.config.starter import starter
from tuner.runners.spec import CommandSpec
from tuner.space import Bool, Choice, Fixed, Float, Int

SCRIPTS = Path(__file__).parent / "scripts"
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
p.add_argument("--unknown", choices=made())
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
        "ema": Bool(name="ema", default=True),
        "odd": Choice(name="odd", values=(0, 1, 2, 3)),
    }
    assert config.runner == CommandSpec(
        command="python train.py POSITIONAL {args} --seed={trial.seed} --out-dir={trial.dir}",
        flags={"ema": "no_prefix"},
    )
    assert (config.metric.name, config.metric.goal) == ("val_acc", "maximize")
    assert config.notices == ()


def test_what_is_left_out_is_said_with_the_reason():
    text = starter(read_script(SCRIPT), "train.py")

    for line in (
        "# CHECK POSITIONAL",
        "# data: {value: data}",
        "# amp:  {value: false}",
        "a flag: runner.flags needs amp: present",
        "# sizes: left out, it takes a list",
        "# unknown: left out, its choices are not written out",
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


def parameters_of(config):
    return {parameter.name: parameter for parameter in config.space.parameters}


@pytest.fixture
def real(written):
    """Give the configuration that comes of a realistic script, and its text."""

    def of(name):
        text = starter(read_script((SCRIPTS / f"{name}.txt").read_text()), "train.py")
        return parameters_of(written(text)), text

    return of


def test_the_imagenet_example_is_searched_where_it_matters(real):
    found, text = real("imagenet")

    assert found == {
        "epochs": Fixed(name="epochs", value=90),
        "batch-size": Choice(
            name="batch-size", values=(64, 128, 256, 512), ordered=True, default=256
        ),
        "lr": Float(name="lr", min=0.01, max=1.0, log=True, default=0.1),
        "momentum": Float(name="momentum", min=0.5, max=0.999, default=0.9),
        "wd": Float(name="wd", min=1e-5, max=1e-3, log=True, default=1e-4),
    }
    assert '# dist-url:     {value: "tcp://224.66.41.62:23456"}' in text
    assert "name: val_acc1 " in text


def test_constants_subcommands_groups_and_late_defaults_are_followed(real):
    found, text = real("commands")

    assert found == {
        "lr": Float(name="lr", min=1e-5, max=1e-3, log=True, default=1e-4),
        "hidden": Int(name="hidden", min=256, max=1024, log=True, default=512),
        "activation": Choice(name="activation", values=("gelu", "relu"), default="gelu"),
        "layers": Choice(name="layers", values=(1, 2, 3, 4), default=3),
        "bias": Bool(name="bias", default=True),
        "augment": Bool(name="augment", default=False),
        "temperature": Float(name="temperature", min=0.07, max=7.0, log=True, default=0.7),
    }
    for line in (
        "command: python train.py train CORPUS {args} # CHECK CORPUS",
        "flags: {bias: no_prefix}",
        "# shared: left out, it stands before train",
        "# huge: left out, its default is computed",
        "# cores: left out, its default is computed",
        "# betas: left out, it takes a list",
        "# no-cuda: {value: false}",
    ):
        assert line in text
    assert "checkpoint" not in text.partition("parameters:")[2]


def test_click_gives_its_ranges_and_switches(real):
    found, text = real("cli_click")

    assert found["depth"] == Int(name="depth", min=2, max=6, default=4)
    assert found["dropout"] == Float(name="dropout", min=0.0, max=0.3, default=0.1)
    assert found["batch-size"].default == 64
    assert found["train-file"] == Fixed(name="train-file", value="CHANGE-ME")
    assert "flags: {nesterov: no_prefix}" in text
    assert "--out-dir={trial.dir}" in text


def test_a_range_that_click_declares_is_the_range(written):
    lines = (
        "import click",
        "@click.command()",
        '@click.option("--layers", type=click.IntRange(1, 8), default=2)',
        '@click.option("--width", type=click.IntRange(0, 64, min_open=True), default=32)',
        '@click.option("--heads", type=click.IntRange(2, 32))',
        '@click.option("--dropout", type=click.FloatRange(0.0, 0.9), default=0.1)',
        '@click.option("--lr", type=click.FloatRange(0, 1), default=0.01)',
        '@click.option("--use-bn/--no-use-bn", default=True)',
        '@click.option("--wandb/--no-wandb", default=True)',
        "def main(layers): pass",
    )
    text = starter(read_script("\n".join(lines)), "train.py")

    assert parameters_of(written(text)) == {
        "layers": Int(name="layers", min=1, max=8, default=2),
        "width": Int(name="width", min=1, max=64, log=True, default=32),
        "heads": Int(name="heads", min=2, max=32),
        "dropout": Float(name="dropout", min=0.0, max=0.9, default=0.1),
        "lr": Float(name="lr", min=0.001, max=1.0, log=True, default=0.01),
        "use-bn": Bool(name="use-bn", default=True),
    }
    assert "# wandb: {value: true}" in text


def test_switches_of_argparse_and_of_click_are_searched_alike(written):
    text = """
p.add_argument("--lr", type=float, default=0.1)
p.add_argument("--use-bn", action="store_true")
p.add_argument("--amp", action="store_true")
"""
    found = starter(read_script(text), "train.py")

    assert parameters_of(written(found))["use-bn"] == Bool(name="use-bn", default=False)
    assert "# amp: {value: false}" in found


FAMILIES = """
p.add_argument("--model", choices=["svm", "forest"], default="svm")
p.add_argument("--norm", choices=["batch", "layer"])
p.add_argument("--model-kind", choices=["deep", "wide"])
p.add_argument("--svm-c", type=float, default=1.0)
p.add_argument("--forest-depth", type=int, default=8)
p.add_argument("--forest-log", default="x")
p.add_argument("--svm-gamma", type=float, required=True)
p.add_argument("--svmlight", type=float, default=1.0)
p.add_argument("--batch-size", type=int, default=64)
p.add_argument("--deep-rate", type=float, default=1.0)
"""


def test_a_parameter_named_after_a_value_of_another_lives_only_there(written):
    text = starter(read_script(FAMILIES), "train.py")

    conditions = {name: each.when for name, each in parameters_of(written(text)).items()}
    assert {name: when for name, when in conditions.items() if when} == {
        "svm-c": "model == 'svm'",
        "forest-depth": "model == 'forest'",
    }
    assert text.count("CHECK when") == 3
    enabled = parameters_of(written(text.replace("# forest-log:", "forest-log:")))
    assert enabled["forest-log"].when == "model == 'forest'"


def test_the_example_tells_what_when_is_for():
    assert "one with a `when` lives only then" in starter()


def test_typer_gives_what_its_signature_says(real):
    found, text = real("cli_typer")

    assert found["lr"].default == 1e-3
    assert found["weight-decay"].or_zero
    assert found["optimizer"] == Choice(name="optimizer", values=("adam", "sgd"), default="adam")
    assert found["use-bias"] == Bool(name="use-bias", default=True)
    assert "command: python train.py DATA {args} # CHECK DATA" in text
    assert "flags: {use-bias: no_prefix}" in text


def test_hugging_face_scripts_get_the_options_of_the_trainer_too(real):
    found, text = real("trainer")

    assert found["learning_rate"].default == 5e-5
    assert found["classifier_dropout"].max == 0.5
    assert found["pooling"].values == ("cls", "mean")
    assert found["head"].values == ("linear", "mlp")
    assert found["model_name_or_path"].value == "CHANGE-ME"
    assert "name: eval_loss                # CHECK" in text
    assert "--output_dir={trial.dir}" in text


def test_tyro_and_absl_are_read(real):
    tyro, text = real("cleanrl")
    absl, _ = real("flags")

    assert tyro["gae-lambda"] == Float(name="gae-lambda", min=0.5, max=0.999, default=0.95)
    assert tyro["total-timesteps"] == Fixed(name="total-timesteps", value=500000)
    assert "# batch-size: {value: 0}" in text
    assert list(absl) == ["learning_rate", "batch_size", "optimizer", "use_ema"]


def test_a_script_whose_options_are_not_read_says_why(real):
    found, text = real("fire")

    assert list(found) == ["lr"]
    assert "#   - Fire makes options of a function; they are not read" in text


@pytest.mark.parametrize("name", sorted(path.stem for path in SCRIPTS.glob("*.txt")))
def test_every_line_to_enable_is_valid_without_its_mark(written, name):
    text = starter(read_script((SCRIPTS / f"{name}.txt").read_text()), "train.py")
    head, mark, rest = text.partition("to search it:\n")
    lines = rest.partition("  # more forms:")
    enabled = "\n".join(
        line.replace("# ", "", 1) if ": {" in line else line for line in lines[0].split("\n")
    )

    found = parameters_of(written(head + mark + enabled + lines[1] + lines[2]))

    assert set(found) >= set(parameters_of(written(text)))
    assert len(found) == len(parameters_of(written(text))) + lines[0].count(": {")
