"""Every page's routes, in one list."""

from fastapi import FastAPI

from dialer.web import desk, sign_in

ROUTERS = (sign_in.router, desk.router)


def include(app: FastAPI) -> None:
    for router in ROUTERS:
        app.include_router(router)
