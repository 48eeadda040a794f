"""Where results come from: versions of what shapes them, and the state of the git repository."""

import hashlib
import os
import subprocess
import threading
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("tuner", "torch", "botorch", "gpytorch", "numpy", "scipy")
PATIENCE_S = 0.3


def versions() -> dict[str, str]:
    """Give the versions of what shapes suggestions, without importing any of it."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


class Git:
    """Asks git in the background: a large repository must not keep the first job waiting.

    Args:
        config: a file whose changes do not count: the ledger has them.
    """

    def __init__(self, config: Path | None = None) -> None:
        code = _all_but(config)
        self._answers: dict[str, bytes] = {}
        self._threads = [
            threading.Thread(target=self._ask, args=(name, words), daemon=True)
            for name, words in {
                "commit": ("rev-parse", "HEAD"),
                "dirty": ("status", "--porcelain", "--untracked-files=no", *code),
                "diff": ("diff", "HEAD", *code),
            }.items()
        ]
        for thread in self._threads:
            thread.start()

    def _ask(self, name: str, words: tuple[str, ...]) -> None:
        try:
            done = subprocess.run(
                ["git", *words],  # noqa: S607  the user's own git
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=60,
            )
        except (OSError, subprocess.TimeoutExpired):
            return
        if done.returncode == 0:
            self._answers[name] = done.stdout

    def state(self) -> dict[str, str]:
        """Give commit, dirty (yes or no) and a hash of the diff; what git did not say is missing."""
        for thread in self._threads:
            thread.join(PATIENCE_S / len(self._threads))
        answers, state = dict(self._answers), {}
        if "commit" in answers:
            state["commit"] = answers["commit"].decode().strip()
        if "dirty" in answers:
            state["dirty"] = "yes" if answers["dirty"].strip() else "no"
        if answers.get("diff"):
            state["diff"] = hashlib.sha256(answers["diff"]).hexdigest()[:16]
        return state


def moved_on(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Say whether two states of a repository differ in what git said of both."""
    return any(before[key] != now[key] for key in before.keys() & now.keys())


def _all_but(config: Path | None) -> tuple[str, ...]:
    """Give the pathspec of a whole repository but for a file below the current folder."""
    name = ".." if config is None else os.path.relpath(config)
    if Path(name).parts[0] == "..":  # git takes no file outside of the repository
        return ()
    return ("--", ":/", f":(exclude,literal){name}")
