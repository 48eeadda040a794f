"""The command line: a table of verbs, and the one place where an error becomes an exit code.

A verb's module is imported when the verb is typed and not before, so that `tuner --help` costs
little more than the interpreter. Every verb is one function named like it; its help is its
docstring.
"""

import inspect
import io
import sys
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from tuner import __version__
from tuner.cli import terminal
from tuner.cli.coercion import without_pydantic
from tuner.errors import TunerError

if TYPE_CHECKING:  # typer brings its own copy of click and names these types nowhere else
    from typer._click import Command, Context, HelpFormatter, Parameter

PIPE_CLOSED = 141  # what a shell shows for a program that died of SIGPIPE

NEGATIVE = {"tell"}  # verbs that take bare numbers: -0.5 is a value and no option

VERBS: dict[str, tuple[str, str]] = {
    "init": ("tuner.cli.init:init", "Write a commented configuration to start from."),
    "convert": (
        "tuner.cli.convert:convert",
        "Write a configuration from another tool's sweep.",
    ),
    "check": ("tuner.cli.check:check", "Validate a configuration and start nothing."),
    "run": ("tuner.cli.run:run", "Run a study, or go on with one."),
    "status": ("tuner.cli.status:status", "Show how far a study is."),
    "watch": ("tuner.cli.watch:watch", "Watch a study that runs, from another terminal."),
    "trials": ("tuner.cli.trials:trials", "List the trials of a study."),
    "show": ("tuner.cli.show:show", "Show everything about one trial."),
    "logs": ("tuner.cli.logs:logs", "Print what a trial wrote."),
    "best": ("tuner.cli.best:best", "Print the best trial and its parameters."),
    "compare": (
        "tuner.cli.compare:compare",
        "Compare studies: results, budgets, settings, and which is better.",
    ),
    "explain": (
        "tuner.cli.explain:explain",
        "Say what the results say: what matters, and where to look next.",
    ),
    "memory": ("tuner.cli.memory:memory", "Show what a study remembers of older ones."),
    "plot": ("tuner.cli.plot:plot", "Draw a figure of a study."),
    "report": ("tuner.cli.report:report", "Write a study as one HTML file."),
    "dashboard": ("tuner.cli.dashboard:dashboard", "Serve a live page over all studies."),
    "ask": ("tuner.cli.ask:ask", "Suggest points to run by hand."),
    "tell": ("tuner.cli.tell:tell", "Say what a trial run by hand gave."),
    "enqueue": ("tuner.cli.enqueue:enqueue", "Put a point of yours first in line."),
    "stop": ("tuner.cli.stop:stop", "Stop a study that is running, or end some of its trials."),
    "retry": ("tuner.cli.retry:retry", "Run failed or stopped trials once more."),
    "rerun": ("tuner.cli.rerun:rerun", "Repeat a trial with other seeds."),
    "mark": ("tuner.cli.mark:mark", "Tag a trial, exclude it, or write a note on it."),
    "set": ("tuner.cli.set:set_", "Change the budget, parallelism or bounds of a live study."),
    "import": ("tuner.cli.import_:import_", "Make a study of another tool's results."),
    "export": ("tuner.cli.export:export", "Write the trials to a file."),
    "clean": ("tuner.cli.clean:clean", "Delete logs and checkpoints of ended trials."),
    "schema": ("tuner.cli.schema:schema", "Print the JSON Schema of the configuration."),
    "doctor": ("tuner.cli.doctor:doctor", "Check the health of a study and of this machine."),
}


def load(verb: str) -> Callable[..., object]:
    """Import the function of a verb."""
    module, _, name = VERBS[verb][0].partition(":")
    function: Callable[..., object] = getattr(import_module(module), name)
    return function


def help_of(function: Callable[..., object]) -> str:
    r"""Give a docstring as help text: indented paragraphs (examples) keep their lines.

    Example:
        >>> def verb():
        ...     '''Do it.
        ...
        ...     Example:
        ...         $ tuner verb
        ...     '''
        >>> help_of(verb)
        'Do it.\n\n\x08\nExample:\n    $ tuner verb'
    """
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(f"\b\n{text}" if "\n " in text else text for text in paragraphs)


class Verb(TyperCommand):
    """A verb; its arguments look in the help as a person types them."""

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Give the parameters, `--help` included."""
        return without_pydantic(super().get_params(ctx))

    def collect_usage_pieces(self, ctx: "Context") -> list[str]:  # noqa: ARG002  click's signature
        """Give what stands behind the verb in the usage line."""
        arguments = [p for p in self.params if isinstance(p, TyperArgument) and not p.hidden]
        return [*map(written, arguments), "[OPTIONS]"]

    def format_options(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """List arguments and options."""
        arguments, options = [], []
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is not None and isinstance(parameter, TyperArgument):
                arguments.append((written(parameter), row[1]))
            elif row is not None:
                options.append(row)
        for heading, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


def written(argument: TyperArgument) -> str:
    """Name an argument: in brackets when it may be left out, with dots when there may be more."""
    name = argument.metavar or argument.name.upper() + ("..." if argument.nargs != 1 else "")
    return name if argument.required or name.startswith("[") else f"[{name}]"


class Verbs(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Give the parameters, `--help` included."""
        return without_pydantic(super().get_params(ctx))

    def list_commands(self, ctx: "Context") -> list[str]:  # noqa: ARG002  the table is all there is
        """Name the verbs in the order in which a study meets them."""
        return list(VERBS)

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":  # noqa: ARG002  as above
        """Import a verb and make a command of it."""
        if cmd_name not in VERBS:
            return None
        function = load(cmd_name)
        one = typer.Typer(add_completion=False, rich_markup_mode=None)
        settings = {"ignore_unknown_options": cmd_name in NEGATIVE}
        one.command(cmd_name, cls=Verb, help=help_of(function), context_settings=settings)(function)
        return typer.main.get_command(one)

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> "tuple[str | None, Command | None, list[str]]":
        """Find the verb, or say which one was probably meant."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            close = get_close_matches(args[0], VERBS, 3)
            meant = f"did you mean {' or '.join(close)}?" if close else "see `tuner --help`"
            ctx.fail(f"no command {args[0]!r}; {meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:  # noqa: ARG002  as above
        """List the verbs from the table: no verb is imported for `tuner --help`."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])

    def invoke(self, ctx: "Context") -> object:
        """Run the verb; turn what a person can act on into two lines and an exit code."""
        try:
            return super().invoke(ctx)
        except TunerError as error:
            terminal.complain(error)
            raise typer.Exit(error.exit_code) from error
        except BrokenPipeError:
            terminal.close_stdout()
            raise typer.Exit(PIPE_CLOSED) from None


app = typer.Typer(
    cls=Verbs,
    name="tuner",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tuner {__version__}")
        raise typer.Exit


@app.callback()
def tuner(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Tune hyperparameters: YAML in, any command, a modern GP inside, plain files out.

    `tuner run config.yaml` starts a study, and goes on with it when typed again.
    `tuner COMMAND --help` explains a command with an example.
    """


def main() -> None:
    """Run the command line and leave the process; the last flush may find the reader gone."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a poor terminal gets \\u2501 and no traceback
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            app(prog_name="tuner")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        terminal.close_stdout()
        sys.exit(PIPE_CLOSED)
