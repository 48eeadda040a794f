"""Every module and public name says what it is; what is long says why.

Sizes count every line, docstrings included. Something above the limit stays only with a sentence
that begins "Long because" in its docstring.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("tuner", "configs", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
)
MODULE_LINES, FUNCTION_LINES = 300, 50
REASON = "Long because"


def definitions(tree, prefix="", *, public=True):
    """Give (dotted name, node, public) for every class and function that is not inside a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            known = public and not node.name.startswith("_")
            yield prefix + node.name, node, known
            if isinstance(node, ast.ClassDef):
                yield from definitions(node, f"{prefix}{node.name}.", public=known)
        elif isinstance(node, ast.If | ast.Try):
            yield from definitions(node, prefix, public=public)


def undocumented(source):
    """Name the module and its public names that have no docstring."""
    tree = ast.parse(source)
    names = [] if ast.get_docstring(tree) else ["the module itself"]
    return names + [
        name
        for name, node, public in definitions(tree)
        if public and not ast.get_docstring(node) and not overloaded(node)
    ]


def overloaded(node):
    """A signature that `typing.overload` adds: the function below it has the docstring."""
    return any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list)


def too_long(source):
    """Name what is longer than it should be and does not say why."""
    tree = ast.parse(source)
    found = []
    if source.count("\n") > MODULE_LINES and REASON not in (ast.get_docstring(tree) or ""):
        found.append(f"the module itself: {source.count(chr(10))} lines")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES and REASON not in (ast.get_docstring(node) or ""):
                found.append(f"{node.name}: {lines} lines")
    return found


def problems(check):
    """Give what `check` finds, by module, for the modules where it finds something."""
    found = {path: check((ROOT / path).read_text(encoding="utf-8")) for path in MODULES}
    return {path: what for path, what in found.items() if what}


def test_every_module_and_public_name_says_what_it_is():
    assert len(MODULES) > 50
    assert problems(undocumented) == {}


def test_what_is_long_says_why():
    assert problems(too_long) == {}


def test_what_is_missing_or_too_long_is_found():
    body = "\n    x = 1" * FUNCTION_LINES
    source = (
        f'class A:\n  def f(self): pass\n  def _g(self): pass\n\ndef h():\n    """H."""{body}\n'
    )
    excused = source.replace('"""H."""', '"""H. Long because it is a test."""')

    assert undocumented(source) == ["the module itself", "A", "A.f"]
    assert too_long(source) == ["h: 52 lines"]
    assert too_long(excused) == []
