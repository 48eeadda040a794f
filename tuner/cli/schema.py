"""`tuner schema`: the language for editors."""

from pathlib import Path
from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.errors import UsageError


def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file to write, by default the screen.")
    ] = None,
) -> None:
    """Print the JSON Schema of the configuration.

    Editors complete and check keys with it: write it to a file and begin a configuration with
    `# yaml-language-server: $schema=tuner.schema.json`.

    Example:
        tuner schema -o tuner.schema.json
    """
    import json

    from tuner.config.jsonschema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    if output is None:
        terminal.echo(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as refused:
        raise UsageError(f"{output} cannot be written: {refused.strerror}") from refused
