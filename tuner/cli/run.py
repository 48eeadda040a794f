"""`tuner run`: start a study, or go on with one."""

import gc
import itertools
import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tuner.cli import anew, terminal
from tuner.cli.older import Older, older_of
from tuner.errors import FAILED, TunerError

if TYPE_CHECKING:
    from tuner.assemble import Opening
    from tuner.config import StudyConfig
    from tuner.ledger import Book
    from tuner.study import History, Trial

TAIL_LINES = 12
ALL_THE_SAME = "to go on all the same:"

Config = Annotated[Path, typer.Argument(help="The configuration, or a study's folder.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in stop.trials=20."),
]
Anew = Annotated[
    bool,
    typer.Option(
        "--anew",
        help="Begin a related study in the next free folder; the old one is its first memory.",
    ),
]
KeepGoing = Annotated[
    bool, typer.Option("--keep-going", help="Go on even if the first trials all fail.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only how it ended.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="A line an event, reports included.")
]


def run(
    config: Config,
    overrides: Sets = None,
    older: Older = None,
    related: Anew = False,
    keep_going: KeepGoing = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Run a study, or go on with one.

    The same command resumes: trials that a dead tuner left open run again, a changed
    configuration is shown as a diff and taken over. Where the code or the space changed, a person at
    a terminal is asked whether to go on or to begin a related study, as --anew does. Several
    `tuner run` of one study share the work and one configuration. Ctrl-C starts nothing new and
    waits; again terminates the jobs; a third time kills them. What happens is told on stderr, the
    best trial in the end on stdout.

    Example:
        tuner run configs/quickstart.yaml --set stop.trials=20
        tuner run configs/quickstart.yaml --warm-start runs/older
    """
    from tuner.config import load_config

    file = config / "config.yaml" if config.is_dir() else config
    sets, named = overrides or [], older or []
    study = load_config(file, sets)
    for notice in () if quiet else study.notices:
        terminal.say(f"notice: {notice}")
    said, book = (anew.ANEW if related else "", None) if related or quiet else anew.ask(study)
    if said == anew.QUIT:
        return
    how = How(
        keep_going=keep_going,
        quiet=quiet,
        verbose=verbose,
        file=file,
        sets=sets,
        older=named,
        asked=bool(said),
    )
    _tell(_work(*_begun(study, how, said), book), how)


def _begun(study: "StudyConfig", how: "How", said: str) -> "tuple[StudyConfig, How]":
    """Give the study as it is, or a related one that begins anew with it as its first memory."""
    from tuner.assemble import holds_study
    from tuner.config import load_config

    if said != anew.ANEW or not holds_study(study.dir):
        return study, how
    sets, older = anew.sets_of(study.dir, how.sets), anew.olders_of(study.dir, how.older)
    return load_config(how.file, sets), replace(how, sets=sets, older=older)


def _tell(session: "Session", how: "How") -> None:
    """Say how a session ended, and exit as it asks for."""
    for complaint in session.opening.book.complaints:
        terminal.say(complaint)
    interrupted = session.exit_code is not None
    again = (
        session.opening.config.dir if session.sets else how.file
    )  # what was set is in the ledger
    _say_how_it_ended(session.opening, again, session.reason, interrupted=interrupted)
    if session.failed:
        _show_last_log(session.opening.book.history)
    _say_what_failed(session.opening, again, stopped=session.failed)
    if session.waivable:
        terminal.say(f"{ALL_THE_SAME} {shlex.join(['tuner', 'run', str(again), '--keep-going'])}")
    if session.failed:
        raise typer.Exit(FAILED)
    if session.exit_code is not None:
        raise typer.Exit(session.exit_code)


@dataclass(frozen=True, kw_only=True)
class How:
    """What was asked for beside the configuration.

    Attributes:
        asked: a person was asked how a study that changed goes on, or said it.
    """

    keep_going: bool
    quiet: bool
    verbose: bool
    file: Path
    sets: list[str]
    older: list[str]
    asked: bool


@dataclass(frozen=True, kw_only=True)
class Session:
    """How a session ended; exit_code is what an interrupt asks for, waivable as `Verdict` has it."""

    opening: "Opening"
    sets: list[str]
    reason: str
    failed: bool
    waivable: bool
    exit_code: int | None


def _work(study: "StudyConfig", how: How, book: "Book | None") -> Session:
    """Open the study, run the loop to its end, close the study whatever happens.

    `book` is its ledger where it was read already.
    """
    from tuner.assemble import check_runner, make_loop, open_study
    from tuner.loop import Interrupt
    from tuner.report.ending import parting
    from tuner.report.live import make_watcher
    from tuner.sinks import Scribes

    check_runner(study)
    interrupt = Interrupt()
    with interrupt.listening():
        watcher = make_watcher(quiet=how.quiet, verbose=how.verbose, parting=parting)
        older = older_of(study, how.older, quiet=how.quiet)
        opening = open_study(study, watchers=[watcher], older=older, book=book)
        gc.freeze()  # a long history lives as long as this process: the collector need not look at it
        if not how.quiet:
            _say_how_it_opened(opening, how)
        scribes = Scribes(opening.config.dir, study.sinks)
        reason, verdict = "an error of ours", None
        try:
            verdict = make_loop(opening, interrupt, keep_going=how.keep_going).run()
            reason = verdict.reason if verdict else interrupt.reason
        except TunerError as error:
            reason = str(error)
            raise
        finally:
            finished = verdict is not None and verdict.kind != "failed"
            opening.close(reason, finished=finished)
    terminal.say_all(scribes.finish(opening.book.history))
    failed = verdict is not None and verdict.kind == "failed"
    return Session(
        opening=opening,
        sets=how.sets,
        reason=reason,
        failed=failed,
        waivable=verdict is not None and verdict.waivable,
        exit_code=interrupt.exit_code,
    )


def _say_how_it_opened(opening: "Opening", how: How) -> None:
    from tuner.report.memories import beliefs_of, strength, told

    if opening.resumed:
        ended = opening.book.history.ended
        does = "joining another tuner on" if opening.joined else "going on with"
        terminal.say(f"{does} {opening.config.dir}: {_counted(ended)} ended")
    for line in opening.changes:
        terminal.say(f"changed: {line}")
    terminal.say_all(opening.usable)
    if opening.moved and not how.asked:
        terminal.say(
            f"{opening.moved} is another than before; to begin anew and learn from the old trials: "
            f"{anew.command(how.file, opening.config.dir, how.sets, how.older)}"
        )
    for line in (*opening.remarks, *itertools.chain(*map(told, opening.remembered))):
        terminal.say(line)
    if beliefs := beliefs_of(opening.book.history):
        said = "; ".join(f"{name} {how}" for name, how in beliefs.items())
        terminal.say(f"believing {said}: {strength(max(len(opening.book.history.trials), 1))}")


def _counted(trials: int, done: Literal["have", "are"] = "have") -> str:
    """Say how many trials have, or are.

    Example:
        >>> _counted(1), _counted(2, "are")
        ('1 trial has', '2 trials are')
    """
    one = {"have": "has", "are": "is"}[done]
    return f"{trials:,} trial {one}" if trials == 1 else f"{trials:,} trials {done}"


def _say_how_it_ended(opening: "Opening", file: Path, reason: str, *, interrupted: bool) -> None:
    from tuner.report.ending import GO_ON, fallbacks, over
    from tuner.report.limits import no_best
    from tuner.report.tables import best_lines

    history = opening.book.history
    terminal.say(over(history, reason))
    found = best_lines(history)
    for line in found:
        terminal.echo(line)
    sys.stdout.flush()  # else it would come last where both streams go to one file
    if not found:
        terminal.say(no_best(history))
    terminal.say_all(fallbacks(history))
    elsewhere = [t for t in history.open if t.worker != opening.worker and opening.alive(t.worker)]
    if elsewhere:
        terminal.say(f"{_counted(len(elsewhere), 'are')} still run by another tuner")
    waiting = len(history.open) - len(elsewhere)
    if waiting:
        terminal.say(f"{_counted(waiting, 'are')} open; {GO_ON} {file}")
    elif interrupted:
        terminal.say(f"{GO_ON} {file}")


def _say_what_failed(opening: "Opening", file: Path, *, stopped: bool) -> None:
    """Count the failures, and name the commands after which those that are mended are none any more.

    `stopped` where they ended the study.
    """
    from tuner.report.ending import ONCE_MENDED, failures
    from tuner.report.failures import words_for_retry

    history = opening.book.history
    said = failures(history)
    if not said:
        return
    terminal.say_all(said)
    words = "failed" if stopped else words_for_retry(history)
    if words and not opening.in_memory:
        retry = shlex.join(["tuner", "retry", str(opening.config.dir), *words.split()])
        terminal.say(f"{ONCE_MENDED} {retry} && {shlex.join(['tuner', 'run', str(file)])}")


def _why(trial: "Trial") -> str:
    said = trial.finish.message if trial.finish else None
    return f"{trial.failure}: {said}" if said else str(trial.failure)


def _show_last_log(history: "History") -> None:
    """Show the end of the log of the last failed trial: it mostly says what is wrong."""
    failed = [t for t in history.trials.values() if t.finish and t.state == "failed"]
    if not failed:
        return
    last = max(failed, key=lambda trial: trial.finish_number)
    terminal.say(f"trial {last.id} failed: {_why(last)}")
    folder = Path(last.start.folder) if last.start else None
    for name in ("stderr.log", "stdout.log"):
        log = folder / name if folder else None
        if log and log.exists() and log.stat().st_size:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            terminal.say(f"the end of {log}:")
            for line in lines[-TAIL_LINES:]:
                terminal.say(f"  {line}")
            return
