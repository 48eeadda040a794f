"""Who may ask the dashboard: only a page of its own, opened by its link. Pure, so that it can be tried.

A web page of somebody else can make a browser send requests here. It does not know the token; it
cannot read an answer, nor set a header of its own; and if its name was made to lead here (DNS
rebinding), the name in `Host` is none of ours.
"""

import hmac
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

TOKEN_HEADER, ACT_HEADER = "x-tuner-token", "x-tuner-act"

POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "  # and an empty one
    "style-src-attr 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Refusal(NamedTuple):
    """Why a request is not answered: an HTTP status and a line."""

    status: int
    words: str


class Guard(NamedTuple):
    """Lets requests in or not.

    Attributes:
        token: what the link has.
        names: hosts that the dashboard is called by, besides addresses.
        control: requests that act are answered at all.
    """

    token: str
    names: Sequence[str]
    control: bool

    def refuses(
        self, method: str, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> Refusal | None:
        """Say why a request is not answered; None where it is. Names of headers in lower case."""
        host = headers.get("host", "")
        if not self._ours(host):
            return Refusal(421, "this host is not served here")
        given = headers.get(TOKEN_HEADER) or query.get("token", "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return Refusal(401, "open the dashboard by the link that `tuner dashboard` printed")
        return self._act(host, headers) if method not in ("GET", "HEAD") else None

    def _act(self, host: str, headers: Mapping[str, str]) -> Refusal | None:
        if not self.control:
            return Refusal(403, "read-only: start the dashboard with --allow-control")
        if urlsplit(headers.get("origin", "")).netloc != host or headers.get(ACT_HEADER) != "yes":
            return Refusal(403, "only the dashboard's own page may ask for that")
        if TOKEN_HEADER not in headers:
            return Refusal(403, "the token belongs into a header")
        return None

    def _ours(self, host: str) -> bool:
        """Say whether `Host` names this dashboard: an address can not be led here from elsewhere."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in {"localhost", *(known.lower() for known in self.names)}
        return True


def names_of(host: str) -> list[str]:
    """Give the names under which a page may ask for a dashboard that listens on `host`."""
    return [] if is_loopback(host) else [host, socket.gethostname(), socket.getfqdn()]


def is_loopback(host: str) -> bool:
    """Say whether nobody but this machine reaches a host.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
