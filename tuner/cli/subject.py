"""A study as figures see it, for verbs that draw: no model is imported before one is asked."""

from typing import TYPE_CHECKING

from tuner.report.figures import Subject

if TYPE_CHECKING:
    from tuner.config import StudyConfig
    from tuner.insight.make import Understood
    from tuner.study import History
    from tuner.surrogates.make import Relations

HERE = "this study"


def subject_of(history: "History") -> Subject:
    """Give a study with all that can be asked of it.

    Raises:
        ConfigError: the ledger's configuration is none.
    """
    from tuner.config import read_config

    config = read_config(history.config or {})
    return Subject(
        history=history,
        space=config.space,
        understand=lambda: _understood(history, config),
        relate=lambda: _related(history, config),
    )


def _understood(history: "History", config: "StudyConfig") -> "Understood":
    from tuner.insight.make import understand

    return understand(history, config.space, seed=config.seed)


def _related(history: "History", config: "StudyConfig") -> "Relations | None":
    from tuner.assemble import older_relations

    return older_relations(history, config, HERE)
