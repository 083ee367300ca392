"""The web process, put together: routers, static files, errors in words, security headers."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dialer.api import (
    carrier,
    carrier_calls,
    carrier_inbound,
    carrier_legs,
    carrier_machines,
    carrier_recordings,
    health,
)
from dialer.api.admission import Admission
from dialer.core.settings import Settings, get_settings
from dialer.telephony.twilio import TwilioCarrier
from dialer.web import errors, pages
from dialer.web.rendering import STATIC

VOICE_EDGES = (
    "roaming", "ashburn", "dublin", "frankfurt", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla",
)  # fmt: skip
"""Where the voice library may signal. It registers by way of `roaming`, and comes back to a call that broke
off by the edge that held it: one that is not let in costs the call."""
VOICE_SIGNALLING = " ".join(f"wss://voice-js.{edge}.twilio.com" for edge in VOICE_EDGES)
SECURITY_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self' {VOICE_SIGNALLING} https://eventgw.twilio.com https://sdk.twilio.com",
            "media-src 'self' mediastream: https://sdk.twilio.com",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
"""Beyond our own, only the voice library's signalling and sounds are let in."""
NEEDED = ("database_url", "redis_url", "public_url", "twilio_account_sid", "twilio_auth_token")


def create_app(settings: Settings | None = None) -> FastAPI:
    """Raises `SettingMissing` naming what a deployment forgot."""
    settings = settings or get_settings()
    settings.require(*NEEDED)
    app = FastAPI(title="Dialer", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.carrier = TwilioCarrier(settings)
    app.state.admission = Admission(settings.database_pool)
    app.include_router(health.router)
    app.include_router(carrier.router)
    app.include_router(carrier_machines.router)
    app.include_router(carrier_inbound.router)
    app.include_router(carrier_calls.router)
    app.include_router(carrier_legs.router)
    app.include_router(carrier_recordings.router)
    pages.include(app)
    errors.install(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(SecurityHeaders)
    return app


class SecurityHeaders:
    """Adds the headers to every answer; what is not a static file is kept by no cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, secured)
