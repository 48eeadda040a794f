"""`tuner init` without a script, at a real terminal: questions, and nothing left behind by Ctrl-C."""

import os
import sys

import pexpect
import pytest

ASKS = r"\]: |no more: "
SCRIPT = """
import argparse
raise SystemExit("this script must not run")
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=0.01)
p.add_argument("--layers", type=int, default=2)
p.add_argument("--amp", action="store_true")
print(f"val_acc={x}")
"""


@pytest.fixture
def ask(desk):
    """Start `tuner init` at a terminal and give the answers, one at each question."""

    def answers(*keys):
        child = pexpect.spawn(
            sys.executable,
            ["-m", "tuner", "init"],
            cwd=desk.folder,
            env={**os.environ, "TERM": "dumb"},
            dimensions=(40, 120),
            timeout=60,
            encoding="utf-8",
        )
        said = ""
        for key in keys:
            child.expect(ASKS)
            said += child.before
            child.send(key)
        child.expect(pexpect.EOF)
        said += child.before
        child.close()
        return child.exitstatus, said

    return answers


def test_enter_takes_what_was_found_in_the_script(desk, ask):
    (desk.folder / "train.py").write_text(SCRIPT)

    code, said = ask(*"\r" * 9)
    text = (desk.folder / "config.yaml").read_text()

    assert code == 0, said
    assert "train.py has 3 options" in said
    assert "name: val_acc " in text
    assert "goal: maximize " in text
    assert "lr:     {type: float, min: 0.001, max: 0.1, log: true, default: 0.01}" in text
    assert "# amp: {value: false}" in text
    assert "CHECK the range" not in text
    assert "train is valid" in desk.tuner("check", "config.yaml")


def test_answers_are_read_and_wrong_ones_asked_again(desk, ask):
    code, said = ask(
        "sh go.sh {lr} {width}\r",
        "dev loss\r",
        "max\r",
        "1e-4 to 1 log\r",
        "some to more\r",
        "16 to 64\r",
        "opt\r",
        "sgd adam\r",
        "mom\r",
        "0.5 to 0.99 when opt == sgd\r",
        "0.5 to 0.99 when opt == 'adamax'\r",
        "0.5 to 0.99 when opt == 'sgd'\r",
        "\r",
        "12\r",
        "two\r",
        "2\r",
        "0\r",
    )
    text = (desk.folder / "config.yaml").read_text()

    assert code == 0, said
    assert "a range has numbers as its ends, got some and more" in said
    assert "a whole number of at least 1" in said
    assert "when: column 8: no parameter is called 'sgd'" in said
    assert "when: column 8: opt is never 'adamax'" in said
    assert "mom:   {type: float, min: 0.5, max: 0.99, when: opt == 'sgd'}" in text
    assert "width: {type: int, min: 16, max: 64}" in text
    assert "lr:    {type: float, min: 0.0001, max: 1.0, log: true}" in text or (
        "lr:    {type: float, min: 0.0001, max: 1, log: true}" in text
    )
    assert "opt:   {values: [sgd, adam]}" in text
    assert 'name: "dev loss"' in text
    assert "goal: maximize " in text
    assert "command: sh go.sh {lr} {width}" in text
    assert "resources: {parallel: 2}" in text
    assert "trials: 12 " in text


def test_a_condition_goes_with_the_parameter_that_it_is_about(desk, ask):
    lines = (
        'p.add_argument("--model", choices=["svm", "tree"], default="svm")',
        'p.add_argument("--svm-c", type=float, default=1.0)',
        'p.add_argument("--tree-depth", type=int, default=8)',
    )
    (desk.folder / "train.py").write_text("\n".join(lines))

    code, said = ask("\r", "\r", "\r", "svm\r", *"\r" * 6)
    text = (desk.folder / "config.yaml").read_text()

    assert code == 0, said
    assert "svm-c [0.1 to 10.0 log when model == 'svm'" in said
    assert "default: 1.0, when: model == 'svm'}" in text
    assert "tree-depth: {type: int, min: 4, max: 16, default: 8}\n" in text


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize("before", [0, 4])
def test_nothing_is_written_when_nobody_answers_any_more(desk, ask, key, before):
    (desk.folder / "train.py").write_text(SCRIPT)

    code, said = ask(*"\r" * before, key)

    assert code == 130
    assert "stopped; nothing was written" in said
    assert not (desk.folder / "config.yaml").exists()


def test_a_file_that_is_there_is_said_before_the_questions(desk, ask):
    (desk.folder / "config.yaml").write_text("mine")

    code, said = ask()

    assert code == 2
    assert "--force writes over it" in said
    assert (desk.folder / "config.yaml").read_text() == "mine"


def test_piped_it_asks_nothing(desk):
    desk.tuner("init", "-o", "piped.yaml")
    desk.tuner("init", "--yes", "-o", "yes.yaml")

    piped, yes = (desk.folder / name for name in ("piped.yaml", "yes.yaml"))
    assert piped.read_text().replace("piped", "yes") == yes.read_text()
