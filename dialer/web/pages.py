"""Every page's routes, in one list."""

from fastapi import FastAPI

from dialer.web import desk, floor, sign_in, supervisor_campaigns, supervisor_lists

ROUTERS = (
    sign_in.router,
    desk.router,
    supervisor_campaigns.router,
    supervisor_lists.router,
    floor.router,
)


def include(app: FastAPI) -> None:
    for router in ROUTERS:
        app.include_router(router)
