"""The options that `add_argument` of argparse and the `DEFINE_…` of absl give a script."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tuner.config.constants import UNKNOWN, Names, constant
from tuner.config.option import KINDS, Kind, Option, Switch, kind_of, numeric

SWITCHES: dict[str, Switch] = {
    "store_true": "present",
    "store_false": "present",
    "BooleanOptionalAction": "no_prefix",
}
TRUTH = ("str2bool", "strtobool", "boolean", "parse_bool", "str_to_bool", "bool_flag")
ABSL: dict[str, Kind] = {
    "DEFINE_float": "float",
    "DEFINE_integer": "int",
    "DEFINE_string": "text",
    "DEFINE_bool": "bool",
    "DEFINE_boolean": "bool",
    "DEFINE_enum": "text",
}
GROUPS = ("add_argument_group", "add_mutually_exclusive_group")
TRAINS = ("train", "fit", "run", "main")


@dataclass(frozen=True)
class Found:
    """Options, the subcommand that they stand behind, and the arguments that have no dashes."""

    options: tuple[Option, ...] = ()
    subcommand: str = ""
    positional: tuple[str, ...] = ()


def read_argparse(calls: Iterable[ast.Call], tree: ast.AST, names: Names) -> Found:
    """Read the calls of `add_argument`, of the subcommand that trains where there are several."""
    calls = [call for call in calls if isinstance(call.func, ast.Attribute)]
    subs = _subcommands(tree, names)
    chosen = next((sub for sub in TRAINS if sub in subs.values()), next(iter(subs.values()), ""))
    options: dict[str, Option] = {}
    positional = []
    for call in (call for call in calls if _verb(call) == "add_argument"):
        parser = _owner(call)
        if subs.get(parser, chosen) != chosen:
            continue
        flags = [
            each for each in (constant(arg, names) for arg in call.args) if isinstance(each, str)
        ]
        long = [each for each in flags if each.startswith("--")]
        if long:
            option = _option(long[0][2:], call, names)
            if subs and parser not in subs:
                option = replace(
                    option, obstacle=f"it stands before {chosen}: write it into the command"
                )
            options.setdefault(option.name, option)
        elif flags and not flags[0].startswith("-") and (not subs or parser in subs):
            positional += _positional(flags[0], call, names)
    for call in (call for call in calls if _verb(call) == "set_defaults"):
        for word in call.keywords:
            name = next((n for n in options if n.replace("-", "_") == word.arg), None)
            value = constant(word.value, names)
            if name is not None and value is not UNKNOWN:
                options[name] = replace(options[name], default=value)
    return Found(tuple(options.values()), chosen, tuple(positional))


def _verb(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _owner(call: ast.Call) -> str:
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def _subcommands(tree: ast.AST, names: Names) -> dict[str, str]:
    """Give the subcommand by the name of the variable that holds its parser, groups of it too."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        call, target = node.value, ast.unparse(node.targets[0])
        if _verb(call) == "add_parser" and call.args:
            word = constant(call.args[0], names)
            if isinstance(word, str):
                found[target] = word
        elif _verb(call) in GROUPS and _owner(call) in found:
            found[target] = found[_owner(call)]
    return found


def _positional(name: str, call: ast.Call, names: Names) -> list[str]:
    """Name an argument that has to be given, in capitals as help texts do."""
    given = {word.arg: word.value for word in call.keywords if word.arg}
    free = constant(given.get("nargs"), names) in ("?", "*")
    return [] if free else [name.upper().replace("-", "_")]


def _option(name: str, call: ast.Call, names: Names) -> Option:
    given = {word.arg: word.value for word in call.keywords if word.arg}
    action, type_ = _word(given.get("action")), _word(given.get("type")) or ""
    default, choices = (constant(given.get(key), names) for key in ("default", "choices"))
    computed = default is UNKNOWN
    default = None if computed else default
    kind = KINDS.get(type_) or ("bool" if type_ in TRUTH else kind_of(default))
    if "action" in given and action in SWITCHES:
        kind = "bool"
        default = (
            bool(default) if action == "BooleanOptionalAction" and default is not None else None
        )
        default = False if action != "BooleanOptionalAction" else default
    return Option(
        name=name,
        kind=kind,
        default=numeric(kind, default),
        choices=tuple(choices) if isinstance(choices, list | tuple | set | dict) else (),
        switch=SWITCHES.get(action or ""),
        required=constant(given.get("required"), names) is True,
        obstacle=_obstacle(given, action, choices, computed=computed),
        help=_help(given.get("help"), names),
    )


def _help(node: ast.expr | None, names: Names) -> str:
    text = constant(node, names)
    return " ".join(text.replace("%(default)s", "").split()) if isinstance(text, str) else ""


def _obstacle(
    given: Mapping[str, ast.expr], action: str | None, choices: object, *, computed: bool
) -> str:
    nargs = given.get("nargs")
    single = isinstance(nargs, ast.Constant) and nargs.value == "?"
    if (nargs is not None and not single) or action in ("append", "extend"):
        return "it takes a list"
    if "choices" in given and choices is UNKNOWN:
        return "its choices are not written out in the script"
    if _word(given.get("type")) == "bool":
        return "type=bool makes every text true; use action='store_true'"
    if computed:
        return "its default is computed; write a range for it"
    return f"its action is {action}" if action and action not in (*SWITCHES, "store") else ""


def _word(node: ast.expr | None) -> str | None:
    """Give the last name of `float`, `argparse.BooleanOptionalAction` or 'store_true'."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def read_absl(calls: Iterable[ast.Call], names: Names) -> tuple[Option, ...]:
    """Read the calls of absl's `flags.DEFINE_float(name, default, help)` and its like."""
    options = []
    for call in calls:
        kind = ABSL.get(_verb(call))
        given = [constant(each, names) for each in call.args]
        named = {word.arg: constant(word.value, names) for word in call.keywords}
        if kind is None or not given or not isinstance(given[0], str):
            continue
        default = given[1] if len(given) > 1 else named.get("default")
        enum = _verb(call) == "DEFINE_enum"
        choices = (given[2] if len(given) > 2 else named.get("enum_values")) if enum else ()  # noqa: PLR2004
        text = given[3 if enum else 2] if len(given) > (3 if enum else 2) else named.get("help")
        options.append(
            Option(
                name=given[0],
                kind=kind,
                default=None if default is UNKNOWN else numeric(kind, default),
                choices=tuple(choices) if isinstance(choices, list | tuple) else (),
                obstacle="its default is computed; write a range for it"
                if default is UNKNOWN
                else "",
                help=" ".join(text.split()) if isinstance(text, str) else "",
            )
        )
    return tuple(options)
