"""`dialer web`"""

import uvicorn

from dialer.app import create_app
from dialer.core.listening import listener
from dialer.core.log import configure_logging
from dialer.core.settings import get_settings

STOP_SECONDS = 2
KEEP_ALIVE_SECONDS = 150
"""Longer than a proxy keeps idle connections (Caddy's two minutes): none is cut just as it is used again,
which would cost a webhook."""


def serve() -> None:
    configure_logging("web")
    settings = get_settings()
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        log_level="warning",
        proxy_headers=True,
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    with listener(settings.web_host, settings.web_port, "WEB_PORT") as opened:
        uvicorn.Server(config).run(sockets=[opened])
