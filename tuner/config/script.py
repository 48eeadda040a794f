"""What a training script says about itself: its options and its metrics, read from its text.

The script is parsed and never run. Whatever is not written out as a constant is not guessed.
"""

import ast
import re
from collections.abc import Iterator

from tuner.config.argparse_options import read_absl, read_argparse
from tuner.config.constants import names_of
from tuner.config.option import Option, Script
from tuner.config.typed_options import positional_of, read_typed

__all__ = ["Option", "Script", "read_script"]

SAID = re.compile(r"([A-Za-z_][\w./-]*)\s*[:=]\s*$")
MADE = re.compile(r"val|valid|test|eval|loss|acc|score|auc|f1|error|reward|rmse|mae|perplexity")
UNREAD = {
    "fire.Fire": "Fire makes options of a function; they are not read, write them as parameters",
    "hydra.main": "Hydra's options stand in its own files; write them as parameters, and {args.hydra}"
    " in the place of {args}",
    "docopt": "docopt's options are not read; write them as parameters",
    "sys.argv": "sys.argv is read by hand; write the options as parameters",
    "get_cfg_defaults": "yacs' options are not read; write them as parameters",
    "gin.parse_config": "gin's options are not read; write them as parameters",
    "LightningCLI": "LightningCLI's options are not read; write them as parameters: model.lr, …",
}


def read_script(text: str) -> Script:
    r"""Find the options and the metrics of a script.

    Raises:
        SyntaxError: the text is not Python.

    Example:
        >>> text = "p.add_argument('--lr', type=float, default=0.1)\nprint(f'loss={x}')"
        >>> script = read_script(text)
        >>> script.options[0].name, script.options[0].default, script.metrics
        ('lr', 0.1, ('loss',))
    """
    try:
        tree = ast.parse(text)
    except (ValueError, RecursionError, MemoryError) as wrong:
        raise SyntaxError(str(wrong) or "nested too deeply") from wrong
    names, calls = names_of(tree), list(_calls(tree))
    found = read_argparse(calls, tree, names)
    options = {each.name: each for each in (*read_absl(calls, names), *read_typed(tree, names))}
    options |= {each.name: each for each in found.options}
    metrics = sorted(dict.fromkeys(_metrics(tree)), key=_rank)
    return Script(
        options=tuple(options.values()),
        metrics=tuple(metrics),
        likely="eval_loss" if "TrainingArguments" in text else "loss",
        subcommand=found.subcommand,
        positional=(*found.positional, *positional_of(tree)),
        remarks=() if options else _unread(text),
    )


def _unread(text: str) -> tuple[str, ...]:
    """Say what gives a script its options when nothing of it was read."""
    return tuple(said for word, said in UNREAD.items() if word in text)


def _rank(metric: str) -> int:
    """Order metrics by how likely they are what is to be tuned: validation before the rest."""
    order = ("val", "eval", "valid", "dev"), ("",), ("test",), ("train",)
    start = re.split(r"[_./-]", metric.lower())[0]
    return next((rank for rank, words in enumerate(order) if start in words), 1)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    yield from sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _metrics(tree: ast.AST) -> Iterator[str]:
    """Give the names in `report(val_acc=…)`, then those printed as `val_acc={…}`."""
    for call in _calls(tree):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        if name == "report":
            yield from (word.arg for word in call.keywords if word.arg and word.arg != "step")
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pairs = zip(node.values, node.values[1:], strict=False)
            for before, after in pairs:
                if isinstance(before, ast.Constant) and isinstance(after, ast.FormattedValue):
                    match = SAID.search(str(before.value))
                    if match and MADE.search(match[1].lower()):
                        yield match[1]
