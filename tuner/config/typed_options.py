"""The options of scripts that say them by types: typer, click, tyro, Hugging Face's `HfArgumentParser`.

Functions and dataclasses are read from their text, as everything of a script.
"""

import ast
from collections.abc import Iterator

from tuner.config.constants import UNKNOWN, Names, constant
from tuner.config.option import KINDS, Kind, Option, Switch, kind_of, numeric

TRAINER = (  # what transformers.TrainingArguments adds, as far as one would tune it
    Option(name="learning_rate", kind="float", default=5e-5),
    Option(name="weight_decay", kind="float", default=0.0),
    Option(name="per_device_train_batch_size", kind="int", default=8),
    Option(name="num_train_epochs", kind="float", default=3.0),
    Option(name="max_grad_norm", kind="float", default=1.0),
    Option(name="seed", kind="int", default=42),
    Option(name="output_dir", kind="text"),
)
MANY = ("list", "tuple", "sequence", "set", "dict")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_typed(tree: ast.Module, names: Names) -> tuple[Option, ...]:
    """Read the options of whichever of these libraries the script uses."""
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    tails = {name.rpartition(".")[2] for name in called}
    options: list[Option] = []
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        marks = _marks(function)
        if any(mark.endswith(".option") or mark == "option" for mark in marks):
            options += _click(function, names)
        elif _is_typer(function, marks, tree):
            options += _typer(function, names)
    if "HfArgumentParser" in tails:
        options += [each for node in _dataclasses(tree) for each in _fields(node, names, "_", None)]
        text = ast.unparse(tree)
        options += TRAINER if "TrainingArguments" in text else ()
    elif "tyro.cli" in called:
        options += [
            each for node in _dataclasses(tree) for each in _fields(node, names, "-", "no_prefix")
        ]
    return tuple({option.name: option for option in reversed(options)}.values())[::-1]


def positional_of(tree: ast.Module) -> tuple[str, ...]:
    """Name the arguments without dashes of a function that typer calls, in capitals."""
    names: list[str] = []
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        marks = _marks(function)
        if _is_typer(function, marks, tree):
            bare = function.args.args[: len(function.args.args) - len(function.args.defaults)]
            names += [each.arg.upper() for each in bare if "Option(" not in ast.unparse(each)]
    return tuple(names)


def _marks(function: Function) -> list[str]:
    calls = [each.func if isinstance(each, ast.Call) else each for each in function.decorator_list]
    return [ast.unparse(each) for each in calls]


def _is_typer(function: Function, marks: list[str], tree: ast.Module) -> bool:
    run = f"typer.run({function.name})" in ast.unparse(tree)
    return run or (
        "import typer" in ast.unparse(tree) and any(mark.endswith(".command") for mark in marks)
    )


def _dataclasses(tree: ast.Module) -> Iterator[ast.ClassDef]:
    for node in ast.walk(tree):
        marks = (
            [ast.unparse(each) for each in node.decorator_list]
            if isinstance(node, ast.ClassDef)
            else []
        )
        if isinstance(node, ast.ClassDef) and any("dataclass" in mark for mark in marks):
            yield node


def _fields(
    node: ast.ClassDef, names: Names, joint: str, switch: Switch | None
) -> Iterator[Option]:
    for each in node.body:
        if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name):
            continue
        call = each.value if isinstance(each.value, ast.Call) else None
        given = {word.arg: word.value for word in call.keywords} if call else {}
        if call is None:
            default = UNKNOWN if each.value is None else constant(each.value, names)
        else:
            default = constant(given["default"], names) if "default" in given else UNKNOWN
        extra = constant(given.get("metadata"), names)
        said = str(extra.get("help", "")) if isinstance(extra, dict) else ""
        name = each.target.id.replace("_", joint)
        required = each.value is None or (
            call is not None and not given.keys() & {"default", "default_factory"}
        )
        yield _typed(name, each.annotation, default, names, switch, said, required=required)


def _typer(function: Function, names: Names) -> Iterator[Option]:
    arguments = function.args.args
    missing: list[ast.expr | None] = [None] * (len(arguments) - len(function.args.defaults))
    pairs = [*zip(arguments, [*missing, *function.args.defaults], strict=True)]
    pairs += zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    for argument, value in pairs:
        kind, marker, found = argument.annotation, None, value
        if isinstance(kind, ast.Subscript) and ast.unparse(kind.value).endswith("Annotated"):
            parts = kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]
            kind = parts[0]
            marker = next((each for each in parts[1:] if isinstance(each, ast.Call)), None)
        if isinstance(value, ast.Call):
            marker = value
            found = value.args[0] if value.args else None
        if marker is not None and ast.unparse(marker.func).endswith("Argument"):
            continue
        if found is None and marker is None:
            continue  # without a default it has no dashes
        given = {word.arg: word.value for word in marker.keywords} if marker else {}
        flags = [constant(each, names) for each in marker.args] if marker else []
        long = [each[2:] for each in flags if isinstance(each, str) and each.startswith("--")]
        name = long[0].partition("/")[0] if long else argument.arg.replace("_", "-")
        default = UNKNOWN if found is None else constant(found, names)
        said = constant(given.get("help"), names)
        required = found is None or (isinstance(found, ast.Constant) and found.value is ...)
        yield _typed(name, kind, default, names, "no_prefix", said, required=required)


def _typed(
    name: str,
    annotation: ast.expr | None,
    default: object,
    names: Names,
    switch: Switch | None,
    said: object,
    *,
    required: bool,
) -> Option:
    """Give the option that a type, a default and a help text make."""
    kind, choices, many = _annotated(annotation, names)
    known = None if default in (UNKNOWN, ...) else default
    kind = kind or kind_of(known)
    computed = default is UNKNOWN and not required
    obstacle = "it takes a list" if many else ""
    if computed and not obstacle:
        obstacle = "its default is computed; write a range for it"
    return Option(
        name=name,
        kind=kind,
        default=numeric(kind, known),
        choices=choices,
        switch=switch if kind == "bool" and not choices else None,
        required=required,
        obstacle=obstacle,
        help=" ".join(said.split()) if isinstance(said, str) else "",
    )


def _annotated(node: ast.expr | None, names: Names) -> tuple[Kind | None, tuple[object, ...], bool]:
    """Tell kind, choices and whether it is a list from an annotation such as `float | None`."""
    match node:
        case ast.BinOp(left=left, right=right, op=ast.BitOr()):
            return _annotated(right if ast.unparse(left) == "None" else left, names)
        case ast.Subscript(value=outer, slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            word = ast.unparse(outer).rpartition(".")[2]
            if word in ("Optional", "Union"):
                return _annotated(parts[0], names)
            values = tuple(each.value for each in parts if isinstance(each, ast.Constant))
            many = word.lower() in MANY
            return ("text", values, False) if word == "Literal" else (None, (), many)
        case ast.Name(id=word) | ast.Attribute(attr=word):
            members = names.get(word)
            found = tuple(members) if isinstance(members, list) else ()
            known = KINDS.get(word, "text" if found or word == "Path" else None)
            return known, found, word.lower() in MANY
        case ast.Constant(value=str() as word):
            return KINDS.get(word), (), False
        case _:
            return None, (), False


def _click(function: Function, names: Names) -> Iterator[Option]:
    for call in function.decorator_list:
        if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("option"):
            continue
        flags = [each for each in (constant(a, names) for a in call.args) if isinstance(each, str)]
        long = next((each[2:] for each in flags if each.startswith("--")), None)
        if long is None:
            continue
        given = {word.arg: word.value for word in call.keywords if word.arg}
        default = constant(given.get("default"), names)
        computed = default is UNKNOWN
        name, slash, _ = long.partition("/")
        flagged = constant(given.get("is_flag"), names) is True
        kind, choices, low, high = _click_type(given.get("type"), names)
        kind = kind or kind_of(None if computed else default)
        switch: Switch | None = "no_prefix" if slash else "present" if flagged else None
        many = constant(given.get("multiple"), names) is True or "nargs" in given
        said = constant(given.get("help"), names)
        obstacle = "it takes a list" if many else ""
        yield Option(
            name=name,
            kind="bool" if switch else kind,
            default=bool(default) if switch else numeric(kind, None if computed else default),
            choices=choices,
            low=low,
            high=high,
            switch=switch,
            required=constant(given.get("required"), names) is True,
            obstacle=obstacle
            or ("its default is computed; write a range for it" if computed else ""),
            help=" ".join(said.split()) if isinstance(said, str) else "",
        )


def _click_type(
    node: ast.expr | None, names: Names
) -> tuple[Kind | None, tuple[object, ...], float | None, float | None]:
    """Read `type=float`, `click.Choice([…])`, `click.IntRange(1, 8)`."""
    if not isinstance(node, ast.Call):
        word = ast.unparse(node).rpartition(".")[2].lower() if node else ""
        return KINDS.get({"string": "str"}.get(word, word)), (), None, None
    word = ast.unparse(node.func).rpartition(".")[2]
    given = [constant(each, names) for each in node.args]
    named = {each.arg: constant(each.value, names) for each in node.keywords}
    if word == "Choice":
        values = given[0] if given else named.get("choices")
        return "text", tuple(values) if isinstance(values, list | tuple) else (), None, None
    ends = [*given, None, None][:2]
    low, high = named.get("min", ends[0]), named.get("max", ends[1])
    numbers = [each if isinstance(each, int | float) else None for each in (low, high)]
    kind: Kind | None = {"IntRange": "int", "FloatRange": "float"}.get(word)  # type: ignore[assignment]
    if kind == "int":
        opened = (named.get("min_open") is True, -(named.get("max_open") is True))
        numbers = [
            end if end is None else end + step for end, step in zip(numbers, opened, strict=True)
        ]
    return kind, (), numbers[0], numbers[1]
