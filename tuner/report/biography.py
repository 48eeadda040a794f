"""One trial from its suggestion to its end, with every attempt: what `tuner show` prints."""

import shlex
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tuner.report import limits, numbers
from tuner.report.export import plain, record
from tuner.report.memories import WEIGHTLESS, beliefs_of, strength
from tuner.report.standing import called
from tuner.study import Finished, History, Record, Started, Trial
from tuner.study.foretold import z_score


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One execution: how it began and how it ended, None while it runs."""

    start: Started
    started_at: str
    finish: Finished | None = None
    finished_at: str | None = None


def attempts_of(records: Iterable[Record], trial: int) -> list[Attempt]:
    """Collect the attempts of a trial from the facts."""
    found: dict[int, Attempt] = {}
    for each in records:
        fact = each.fact
        match fact:
            case Started() if fact.trial == trial:
                found[fact.attempt] = Attempt(start=fact, started_at=each.at)
            case Finished() if fact.trial == trial:
                begun = found.get(fact.attempt)
                start = begun.start if begun else Started(trial=trial, attempt=fact.attempt)
                found[fact.attempt] = Attempt(
                    start=start,
                    started_at=begun.started_at if begun else "",
                    finish=fact,
                    finished_at=each.at,
                )
            case _:
                continue
    return [found[number] for number in sorted(found)]


def life(
    trial: Trial, attempts: Iterable[Attempt], history: History, folder: Path
) -> dict[str, Any]:
    """Give everything known of a trial as plain JSON types."""
    found = record(trial, history.constraints)
    found["folder"] = str(folder)
    found["memory"] = plain(trial.suggestion.memory)
    found["argv"] = list(trial.start.argv) if trial.start else []
    found["z_score"] = z_score(trial, history)
    found["runs"] = plain(limits.together(trial, history))
    found["reports"] = [
        {"step": plain(step), "metrics": plain(metrics)} for step, metrics in trial.reports
    ]
    found["attempts_list"] = [
        {
            "start": plain(asdict(attempt.start)),
            "started_at": attempt.started_at or None,
            "finish": plain(asdict(attempt.finish)) if attempt.finish else None,
            "finished_at": attempt.finished_at,
        }
        for attempt in attempts
    ]
    return found


def biography(
    trial: Trial, attempts: Iterable[Attempt], history: History, folder: Path, *, at_work: bool
) -> dict[str, dict[str, str]]:
    """Give everything known of a trial as words under headings; `at_work`: a process is, on the study."""
    sections = {
        f"trial {trial.id}": _summary(trial, folder, called(trial, at_work=at_work)),
        "parameters": {name: numbers.exact(value) for name, value in trial.params.items()},
        "metrics": _metrics(trial, history),
        "constraints": limits.standing(trial, history),
        "runs of this point": limits.point(trial, history),
        "suggested": _origin(trial, history),
    }
    for attempt in attempts:
        number = attempt.start.attempt
        sections[f"attempt {number}" if number else "never begun"] = _attempt(attempt)
    return sections


def command_line(argv: Iterable[str]) -> str:
    r"""Write an argv so that a shell reads it back; what cannot be printed as `$'\x0a'` (bash, zsh).

    Example:
        >>> command_line(["python", "train.py", "--name=it's", "--sep=\n"])
        'python train.py \'--name=it\'"\'"\'s\' $\'--sep=\\x0a\''
    """
    return " ".join(map(_shell_word, argv))


def _shell_word(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(map(_shell_character, word)) + "'"


def _shell_character(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def _summary(trial: Trial, folder: Path, state: str) -> dict[str, str]:
    rows = {"state": state + (f" ({trial.failure})" if trial.failure else "")}
    if trial.marks:
        rows["marks"] = numbers.clean(", ".join(trial.marks))
    for place, note in enumerate(trial.notes, 1):
        rows[f"note {place}"] = numbers.clean(note)
    if not trial.open:
        rows["wall"] = numbers.seconds(trial.wall_s)
    if trial.gpu_s:
        rows["gpu"] = numbers.seconds(trial.gpu_s)
    rows["folder"] = str(folder) if folder.is_dir() else "none"
    return rows


def _metrics(trial: Trial, history: History) -> dict[str, str]:
    rows = {}
    for name, value in trial.metrics.items():
        error = trial.noise.get(name)
        rows[name] = repr(value) + ("" if error is None else f" ± {error!r}")
    miss = z_score(trial, history)
    if miss is not None:
        origin = trial.suggestion
        mean, sd = numbers.number(origin.mean), numbers.number(origin.sd, 2)
        rows["predicted"] = f"{mean} ± {sd}; the result is {miss:+.1f} sd away"
    if trial.reports:
        step, last = trial.reports[-1]
        at = "" if step is None else f" at {numbers.number(step)}"
        said = " ".join(f"{name}={numbers.number(value)}" for name, value in last.items())
        rows["reports"] = f"{len(trial.reports)}, the last{at}: {numbers.clean(said)}"
    return rows


def _origin(trial: Trial, history: History) -> dict[str, str]:
    origin = trial.suggestion
    rows = {"method": origin.method, "at": trial.suggested_at, "seed": str(origin.seed)}
    if origin.of is not None:
        rows["repeats"] = f"trial {origin.of}"
    if origin.mean is not None:
        error = "" if origin.sd is None else f" ± {numbers.number(origin.sd, 2)}"
        rows["predicted"] = f"{history.metric.name} {numbers.number(origin.mean)}{error}"
    if origin.acquisition is not None:
        rows["acquisition"] = numbers.number(origin.acquisition)
    if origin.memory:
        weights = sorted(origin.memory.items(), key=lambda pair: -pair[1])
        rows["memory"] = ", ".join(f"{name} {numbers.number(w, 2)}" for name, w in weights)
    elif trial.learnt and any(fact.mode not in WEIGHTLESS for fact in history.memories.values()):
        rows["memory"] = "none: this suggestion did without"
    if trial.learnt and (beliefs := beliefs_of(history)):
        said = "; ".join(f"{name} {how}" for name, how in beliefs.items())
        rows["believed"] = f"{said}; {strength(trial.id - 1)}"
    if origin.reason:
        rows["fallback"] = numbers.clean(origin.reason)
    rows["took"] = f"{origin.seconds:.3f}s, knowing {origin.seen} ended trials"
    return rows


def _attempt(attempt: Attempt) -> dict[str, str]:
    start, finish = attempt.start, attempt.finish
    if start.pid:
        rows = {"started": attempt.started_at, "host": f"{start.host} pid {start.pid}"}
    elif attempt.started_at:
        rows = {"asked for": attempt.started_at, "host": start.host}
    else:  # it ended without having begun here
        rows = {}
    if start.devices:
        rows["devices"] = ", ".join(start.devices)
    if finish is None:
        return rows | {"ended": "not yet"}
    kind = f" ({finish.failure})" if finish.failure else ""
    rows["ended"] = f"{attempt.finished_at}  {finish.state}{kind}"
    rows["wall"] = numbers.seconds(finish.wall_s)
    if finish.exit_code is not None:
        rows["exit code"] = str(finish.exit_code)
    if finish.peak_memory_bytes is not None:
        rows["peak memory"] = numbers.size(finish.peak_memory_bytes)
    if finish.message:
        rows["message"] = numbers.clean(finish.message)
    return {name: numbers.clean(words) for name, words in rows.items()}
