"""Serves the dashboard until it is interrupted. The only place with a socket."""

import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn

from tuner.dashboard.guard import Guard, names_of
from tuner.dashboard.site import Site
from tuner.dashboard.studies import Studies
from tuner.dashboard.views import Outside
from tuner.errors import UsageError


def listen(host: str, port: int) -> socket.socket:
    """Open the port.

    Raises:
        UsageError: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            hint="choose another one: --port 0 takes any that is free",
        ) from error


def serve(
    root: Path,
    place: socket.socket,
    outside: Outside,
    *,
    control: bool,
    ready: Callable[[str], None],
) -> None:
    """Follow the studies below `root` and answer on an open port, until interrupted.

    Args:
        root: the folder.
        place: the port, as `listen` gives it.
        outside: what is handed from above.
        control: pages may act.
        ready: called with the link.
    """
    host, port = place.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    token = secrets.token_urlsafe(24)
    studies = Studies(root)
    studies.search()
    studies.look()
    watcher = threading.Thread(target=studies.watch, name="tuner-follow", daemon=True)
    watcher.start()
    site = Site(studies, Guard(token, names_of(host), control), outside)
    config = uvicorn.Config(
        site.app(), log_level="warning", access_log=False, server_header=False, ws="none"
    )
    ready(f"http://{shown}:{port}/?token={token}")
    try:
        uvicorn.Server(config).run(sockets=[place])
    finally:
        studies.stop()
        watcher.join(timeout=5)
