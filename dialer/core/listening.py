"""The sockets that our servers listen at, opened before anything else is done: a port that is taken is told
in words, where a server of a library would only log it."""

import socket

from dialer.core.errors import Conflict

WAITING = 2048
"""Connections that may wait to be taken."""


def listener(host: str, port: int, setting: str) -> socket.socket:
    """Raises `Conflict` when nobody can listen there; `setting` says where another port is given."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=WAITING)
    except OSError as error:
        raise Conflict(
            f"Nothing can listen at {host}:{port} ({error.strerror}). Is another one running? "
            f"Choose another port with {setting}."
        ) from error
