"""The sandbox behind TLS, and handshakes that fail: whoever asked has sent nothing by then."""

import ssl
from collections.abc import Callable
from typing import Any

from uvicorn import Config

from dialer.sandbox.config import SandboxConfig
from dialer.sandbox.faults import Faults


def served_by(config: SandboxConfig, faults: Faults) -> dict[str, Any]:
    """What the server is told of TLS; nothing without a certificate."""
    if not config.certificate:
        return {}
    handshakes = Handshakes(faults)
    return {"ssl_certfile": config.certificate, "ssl_context_factory": handshakes.context}


class Handshakes:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._begun = 0

    def context(self, config: Config, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        context = make()
        context.sni_callback = self._greeted  # also called for a client that names no server
        return context

    def _greeted(self, line: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        self._begun += 1
        if self._faults.hits("tls_failed", f"handshake#{self._begun}"):
            return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
        return None
