"""A study as figures, the report and the dashboard see it: its history with a model behind it."""

from functools import partial

from tuner.assemble.relations import older_relations
from tuner.config import read_config
from tuner.insight.make import understand
from tuner.report.figures import Subject
from tuner.study import History

HERE = "this study"


def subject_of(history: History) -> Subject:
    """Give a study with all that can be asked of it; no model is fitted before one is asked.

    Raises:
        ConfigError: the ledger's configuration is none.
    """
    config = read_config(history.config or {})
    return Subject(
        history=history,
        space=config.space,
        understand=partial(understand, history, config.space, seed=config.seed),
        relate=partial(older_relations, history, config, HERE),
    )
