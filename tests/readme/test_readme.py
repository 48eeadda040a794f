"""The README is the manual, so what it says is run.

A block's info string says how:

    bash setup   the two commands of a fresh machine; `.ci/run` executes exactly these
    bash         run here, in order, in one folder with a copy of configs/ whose studies are small
    python       run here, in the same folder, in order with the bash blocks
    yaml         validated where it is a whole configuration
    (none)       a picture; no commands in it
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import pytest

from tuner.cli.app import VERBS
from tuner.config import StudyConfig, load_config
from tuner.config.aliases import SYNONYMS
from tuner.config.jsonschema import json_schema

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
FENCE = re.compile(r"^```(?P<how>[a-z ]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
SMALL = 5  # trials of a study, of which a model can be made
SHORT = 3  # epochs of a trial
OLDER = (
    "runs/digits-2024/ledger.jsonl",
    "runs/digits-2023/ledger.jsonl",
    "sweep.csv",
    "optuna.db",
    "table.csv",
)  # of the example
OURS = {"plain", "notices", "source", "space", "version"}  # fields nobody has to spell


class Block(NamedTuple):
    """A fenced block, and the line that it begins on."""

    line: int
    how: str
    text: str


def blocks(text):
    return [
        Block(text.count("\n", 0, fence.start()) + 1, fence["how"], fence["text"])
        for fence in FENCE.finditer(text)
    ]


TEXT = README.read_text(encoding="utf-8")
BLOCKS = blocks(TEXT)


@pytest.fixture
def folder(tmp_path):
    """A folder like the repository, whose studies are small, with `tuner` and `python` on PATH."""
    shutil.copytree(
        ROOT / "configs", tmp_path / "configs", ignore=shutil.ignore_patterns("__pycache__")
    )
    for config in (tmp_path / "configs").glob("*.yaml"):
        text = config.read_text(encoding="utf-8")
        small = re.sub(r"(?m)^(stop: *\{ *|  )trials: *\d+", rf"\g<1>trials: {SMALL}", text)
        config.write_text(small, encoding="utf-8")
    script = tmp_path / "configs" / "digits.py"
    text = script.read_text(encoding="utf-8")
    script.write_text(text.replace("default=15", f"default={SHORT}"), encoding="utf-8")
    programs = tmp_path / ".programs"
    programs.mkdir()
    for name, command in (("tuner", "-m tuner"), ("python", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {command} "$@"\n')
        program.chmod(0o755)
    return tmp_path


def environment(folder):
    return {
        **os.environ,
        "PATH": f"{folder / '.programs'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "120",
    }


def test_the_two_set_up_commands_are_one_line_each():
    set_up = [block.text for block in BLOCKS if block.how == "bash setup"]

    assert [text.count("\n") for text in set_up] == [1, 1]
    assert "tuner run configs/quickstart.yaml" in set_up[0]
    assert ".ci/check" in set_up[1]


def test_every_block_is_of_a_kind_that_is_tested():
    kinds = {"", "bash", "bash setup", "python", "yaml"}
    pictures = [block.text for block in BLOCKS if not block.how]

    assert [(block.line, block.how) for block in BLOCKS if block.how not in kinds] == []
    assert not [text for text in pictures if re.search(r"(?m)^(\$|tuner|pip|python) ", text)]
    assert len(re.findall("(?m)^```", TEXT)) == 2 * len(BLOCKS)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_command_and_program_of_the_readme_runs_in_order(folder):
    told = [block for block in BLOCKS if block.how in ("bash", "python")]

    for block in told:
        shell = ["bash", "-euo", "pipefail", "-c", block.text]
        command = shell if block.how == "bash" else [sys.executable, "-c", block.text]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (
            f"README.md:{block.line}: exit code {done.returncode}\n"
            f"{block.text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        )

    assert [block for block in told if "tuner run" in block.text]


@pytest.mark.parametrize(
    "block",
    [b for b in BLOCKS if b.how == "yaml" and re.search(r"(?m)^parameters:", b.text)],
    ids=lambda block: f"line {block.line}",
)
def test_a_whole_configuration_of_the_readme_is_valid(tmp_path, monkeypatch, block):
    monkeypatch.chdir(tmp_path)
    for older in OLDER:
        Path(older).parent.mkdir(parents=True, exist_ok=True)
        Path(older).touch()
    config = tmp_path / "readme.yaml"
    config.write_text(block.text, encoding="utf-8")

    assert load_config(config).space.searched


def test_every_link_leads_somewhere():
    assert [link for link in LINK.findall(TEXT) if not (ROOT / link).exists()] == []


def test_every_verb_is_in_the_manual():
    assert [verb for verb in VERBS if not re.search(rf"`(tuner )?{verb}\b", TEXT)] == []


def test_every_section_of_the_language_is_in_the_manual():
    sections = {field.name for field in fields(StudyConfig)} - OURS | {"parameters", "require"}

    assert sorted(name for name in sections if not re.search(rf"\b{name}\b", TEXT)) == []


def test_blocks_are_read_as_they_are_meant():
    text = "x\n```bash setup\ntuner run a.yaml\n```\n\n```\n picture\n```\n"

    assert blocks(text) == [
        Block(2, "bash setup", "tuner run a.yaml\n"),
        Block(6, "", " picture\n"),
    ]


def test_every_key_of_the_language_is_in_the_manual():
    told = {
        "",
        *SYNONYMS,
        "distribution",
        "direction",
        "mode",
    }  # words of other tools are translated
    keys = set(keys_of(json_schema())) - told

    assert len(keys) > 80
    assert sorted(key for key in keys if not re.search(rf"\b{re.escape(key)}\b", TEXT)) == []


def keys_of(node):
    """Every key that a schema allows, at any depth."""
    if isinstance(node, list):
        for one in node:
            yield from keys_of(one)
    elif isinstance(node, dict):
        yield from node.get("properties", {})
        for inner in node.values():
            yield from keys_of(inner)
