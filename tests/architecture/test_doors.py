"""Every room is entered through its doors: its package, `spec`, `base` and `make`, and few others.

Import-linter keeps the direction of imports (see test_contracts.py); this keeps their aim.
"""

import grimp

DOORS = {
    "samplers": {"spec", "base", "make"},
    "runners": {"spec", "base", "make"},
    "ledger": {"spec", "base", "make", "book"},  # the loop takes the book without any ledger
    "stopping": {"spec", "base", "make"},
    "surrogates": {"spec", "base", "make"},
    "acquisition": {"spec", "base", "make", "region", "optimize", "branches"},
    "loop": set(),
    "interop": {"spec", "base"},
    "sinks": {"spec", "base", "make"},
    "insight": {"base", "make"},
}


def room_and_file(module):
    """tuner.ledger.lock -> (ledger, lock); a package itself has no file, a single module no room."""
    return (*module.split(".")[1:], "", "")[:2]


def windows(imports):
    """Of (importer, imported) pairs, those that climb into a room past its doors."""
    found = []
    for importer, imported in imports:
        home, _ = room_and_file(importer)
        room, file = room_and_file(imported)
        if file and room != home and file not in DOORS.get(room, {file}):
            found.append(f"{importer} -> {imported}")
    return found


def test_nobody_climbs_in_through_a_window():
    graph = grimp.build_graph("tuner", cache_dir=None)
    imports = [
        (module, imported)
        for module in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(module))
    ]

    assert len(imports) > 100
    assert windows(imports) == []


def test_a_window_is_told_from_a_door():
    imports = [
        ("tuner.cli.status", "tuner.ledger"),
        ("tuner.cli.status", "tuner.ledger.make"),
        ("tuner.cli.status", "tuner.ledger.lock"),
        ("tuner.ledger.jsonl", "tuner.ledger.lock"),
        ("tuner.dataset", "tuner.space.encoding"),
    ]

    assert windows(imports) == ["tuner.cli.status -> tuner.ledger.lock"]
