"""A configuration becomes the parts of a loop, and the loop."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tuner.assemble.opening import Opening
from tuner.config import StudyConfig, config_hash, read_config
from tuner.errors import UsageError
from tuner.loop import Clock, Confirm, Interrupt, Loop, Parts, RealClock, Slots, orphans
from tuner.runners.base import Runner
from tuner.runners.make import absent, make_runner, make_slots
from tuner.samplers.base import Sampler
from tuner.samplers.make import check_modes, check_sampler, make_sampler
from tuner.sinks.make import check_sinks
from tuner.stopping.make import make_rules
from tuner.study import History

LOOK_S = 0.05


def make_loop(
    opening: Opening,
    interrupt: Interrupt,
    *,
    keep_going: bool = False,
    clock: Clock | None = None,
) -> Loop:
    """Build the loop of an open study.

    Raises:
        UsageError: the runner is manual, or cannot be built.
    """
    config = opening.config
    _let_orphans_go(opening)
    slots = make_slots(config.resources)
    runner = make_runner(
        config.runner, config.metric, config.constraints, hide_gpus=slots.uses_gpus
    )
    make = PartsMaker(runner=runner, slots=slots, keep_going=keep_going)

    def rebuild(history: History) -> Parts:
        """Follow a configuration that another process wrote; the runner and its jobs stay."""
        changed = read_config(history.config or {})
        slots.resize(changed.resources.parallel)
        return replace(make(changed), folder=config.dir.resolve(), hash=history.config_hash)

    return Loop(
        opening.book,
        make(config),
        clock=clock or RealClock(),
        interrupt=interrupt,
        alive=opening.alive,
        rebuild=rebuild,
        me=opening.worker,
    )


def check_runner(config: StudyConfig) -> None:
    """Refuse what could not run a single trial, before a study is written down.

    Raises:
        UsageError: the runner is manual, cannot be built, or what it would execute is not there.
    """
    check_there(config)
    check_search(config)
    check_sinks(config.sinks)
    make_runner(config.runner, config.metric, config.constraints).close()


def check_there(config: StudyConfig) -> None:
    """Refuse a runner whose program, script or module is not there; nothing of it is run.

    Raises:
        UsageError: naming all that is missing, and where it was looked for.
    """
    if missing := absent(config.runner):
        hint = "paths are looked up from `runner.cwd`, or else from the folder you are in"
        raise UsageError("\n".join(missing), hint=hint)


def check_search(config: StudyConfig) -> None:
    """Refuse a search that could not make a suggestion, or learn: a part or a library is not there.

    Raises:
        UsageError: naming it, and what to do.
    """
    check_sampler(config.search, config.space, seed=config.seed)
    check_modes(spec.mode for spec in config.warm_start.studies)


def _let_orphans_go(opening: Opening) -> None:
    """Wait until the jobs of a dead tuner have left their GPUs, before free ones are looked for."""
    config, left = opening.config, orphans(opening.book.history, opening.alive)
    if config.resources.gpus == 0 or not left:
        return
    runner = make_runner(config.runner, config.metric, config.constraints)
    starts = [trial.start for trial in left if trial.start is not None]
    while starts := [start for start in starts if not runner.gone(start)]:
        time.sleep(LOOK_S)
    runner.close()


@dataclass(frozen=True, kw_only=True)
class PartsMaker:
    """Makes parts around a runner and places that outlive a change of the configuration."""

    runner: Runner
    slots: Slots
    keep_going: bool

    def __call__(self, config: StudyConfig) -> Parts:
        """Build what `config` asks for."""
        sampler = sampler_of(config, devices_taken=self.slots.uses_gpus)
        return Parts(
            study=config.name,
            seed=config.seed,
            folder=config.dir.resolve(),
            sampler=sampler,
            runner=self.runner,
            slots=self.slots,
            rules=make_rules(config.stop, keep_going=self.keep_going),
            complete=config.space.complete,
            key=config.space.key,
            retries=config.runner.retries,
            confirm=Confirm(top=config.confirm.top, seeds=config.confirm.seeds)
            if config.confirm
            else None,
            warm_up=warm_up_of(sampler),
            get_ready=getattr(self.runner, "get_ready", None),
            hash=config_hash(config.plain),
        )


def sampler_of(config: StudyConfig, *, devices_taken: bool = False) -> Sampler:
    """Build the sampler of a configuration."""
    return make_sampler(
        config.search,
        config.space,
        seed=config.seed,
        devices_taken=devices_taken,
        beliefs=config.warm_start.prior,
    )


def warm_up_of(sampler: Sampler) -> Callable[[], None] | None:
    """Give what loads a sampler's heavy libraries ahead of time, if it has such a thing."""
    found: Callable[[], None] | None = getattr(sampler, "warm_up", None)
    return found
