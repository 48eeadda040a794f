"""Does a script declare the options that the search gives it? Read from its text, which is never run.

A misspelt name fails every trial that has it, and where it lives in one branch of the space that branch
is lost without a word. Whatever could take an option in a way that is not written out (a second parser,
options made in a loop, a parser that another file fills) makes the reader unsure, and then nothing is said.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tuner.config.argparse_options import ABSL, GROUPS
from tuner.config.constants import constant, names_of
from tuner.config.script import read_script

LARGEST = 4 * 1024 * 1024  # bytes of a script
OPEN = re.compile(  # words of scripts that take more than they declare, or that we read in part
    r"parse_known|ignore_unknown_options|allow_extra_args|known_only|\bparents\s*=|REMAINDER"
    r"|prefix_chars|add_subparsers|add_typer|\.callback\(|flags_parser|HfArgumentParser|token_normalize|\btyro\b"
    r"|jsonargparse|configargparse|simple_parsing|LightningCLI|\bfire\b|\bhydra\b"
    r"|sys\.argv(?!\[1:\]|\[0\])"
)
PARSERS = ("ArgumentParser", "argparse.ArgumentParser")
CLICK = frozenset(
    {
        *("command", "option", "argument", "pass_context", "version_option", "help_option"),
        *("password_option", "confirmation_option"),
    }
)
WRITTEN = re.compile(r"(?<![\w-])--([^\s/,=]+)")  # an option in any text of the script
Function = ast.FunctionDef | ast.AsyncFunctionDef


def undeclared(path: Path, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Give the names that are no option of a script, and all options that it has.

    Both are empty where that cannot be told, or where the file cannot be read.
    """
    try:
        if path.stat().st_size > LARGEST:
            return [], []
        text = path.read_text(encoding="utf-8")
        tree, script = ast.parse(text), read_script(text)
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return [], []
    options = [option.name for option in script.options]
    if not options or OPEN.search(text) or not _sure(tree, path.parent):
        return [], []
    known = {*options, *_written(tree)}
    short = any(
        isinstance(each, ast.Attribute) and each.attr == "add_argument" for each in ast.walk(tree)
    )
    strange = [
        name
        for name in names
        if name not in known and not (short and any(each.startswith(name) for each in options))
    ]
    return strange, options


def _written(tree: ast.AST) -> Iterator[str]:
    """Give everything that looks like an option in a text of the script: aliases, `--a/--no-a`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from WRITTEN.findall(node.value)


def _sure(tree: ast.Module, folder: Path) -> bool:
    """Say whether every option of a script stands in its text."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = names_of(tree)
    for call in calls:
        verb = ast.unparse(call.func).rpartition(".")[2]
        if verb in ("add_argument", "option") or verb in ABSL:
            known = call.args[:1] if verb in ABSL else call.args
            if not known or not all(isinstance(constant(each, names), str) for each in known):
                return False
        elif verb.startswith("DEFINE_"):
            return False
    return _own_parsers(tree, calls) and _own_commands(tree) and _own_flags(tree, calls, folder)


def _own_parsers(tree: ast.Module, calls: list[ast.Call]) -> bool:
    """Say whether the parsers of argparse are made here, and given to nobody else."""
    methods = [call.func for call in calls if isinstance(call.func, ast.Attribute)]
    adding = [each for each in ast.walk(tree) if isinstance(each, ast.Attribute)]
    adding = [each for each in adding if each.attr in ("add_argument", *GROUPS)]
    if not adding:
        return True
    if any(each not in methods for each in adding):
        return False  # `add = parser.add_argument`
    verbs = ("add_argument", "parse_args", *GROUPS)
    parsers = {ast.unparse(each.value) for each in methods if each.attr in verbs}
    here = {each.name for each in ast.walk(tree) if isinstance(each, Function)}
    made = [ast.unparse(call.func) for call in calls]
    makers = {*PARSERS, *here}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in parsers:
            maker = ast.unparse(node.value.func) if isinstance(node.value, ast.Call) else ""
            if maker not in makers and maker.rpartition(".")[2] not in GROUPS:
                return False
    for call in calls:
        given = {
            ast.unparse(each) for each in (*call.args, *(word.value for word in call.keywords))
        }
        if given & parsers and ast.unparse(call.func) not in here:
            return False
    return any(each in PARSERS for each in made)


def _own_commands(tree: ast.Module) -> bool:
    """Say whether one function at most is a command of click or typer, with decorators that are known."""
    commands, text = 0, ast.unparse(tree)
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        marks = [
            ast.unparse(each.func if isinstance(each, ast.Call) else each)
            for each in function.decorator_list
        ]
        tails = {mark.rpartition(".")[2] for mark in marks}
        if tails & {"option", "command"}:
            commands += 1
            if not tails <= CLICK:
                return False
        commands += f"typer.run({function.name})" in text
    return commands <= 1


def _own_flags(tree: ast.Module, calls: list[ast.Call], folder: Path) -> bool:
    """Say whether no module beside the script can define flags of absl, which are everybody's."""
    if not any(ast.unparse(call.func).rpartition(".")[2] in ABSL for call in calls):
        return True
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                return False
            modules.add(node.module or "")
    tops = {module.partition(".")[0] for module in modules}
    return not any((folder / top).is_dir() or (folder / f"{top}.py").is_file() for top in tops)
