"""Puts the sandbox behind HTTP: Twilio's API for customers, `/sandbox/` for whoever runs it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from dialer.sandbox import (
    control,
    rest_calls,
    rest_conferences,
    rest_numbers,
    rest_participants,
    rest_recordings,
)
from dialer.sandbox.config import SandboxConfig
from dialer.sandbox.edge import Edge
from dialer.sandbox.errors import TwilioError, not_allowed, not_found
from dialer.sandbox.resources import Resources
from dialer.sandbox.rest import RestContext
from dialer.sandbox.sandbox import Sandbox


def create_app(config: SandboxConfig) -> FastAPI:
    sandbox = Sandbox(config)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await sandbox.start()
        yield
        await sandbox.stop()

    app = FastAPI(
        title="Twilio sandbox",
        lifespan=lifespan,
        openapi_url="/sandbox/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.sandbox = sandbox
    resources = Resources(config, sandbox.clock)
    app.state.rest = RestContext(sandbox, resources)
    app.add_api_route(
        f"{resources.root}.json", rest_numbers.account, methods=["GET"], include_in_schema=False
    )
    for module in (rest_calls, rest_conferences, rest_participants, rest_numbers, rest_recordings):
        app.include_router(module.router, prefix=resources.root, include_in_schema=False)
    app.include_router(control.router)
    app.add_middleware(Edge, config=config, faults=sandbox.faults)
    app.add_exception_handler(TwilioError, refused)
    app.add_exception_handler(HTTPException, missed)
    return app


async def refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TwilioError)
    return JSONResponse(error.body(), error.status)


async def missed(request: Request, error: Exception) -> JSONResponse:
    """Unknown paths and methods, in Twilio's words."""
    assert isinstance(error, HTTPException)
    if request.url.path.startswith("/sandbox"):
        return JSONResponse({"detail": error.detail}, error.status_code)
    refusal = not_allowed() if error.status_code == 405 else not_found(request.url.path)
    return JSONResponse(refusal.body(), refusal.status)
