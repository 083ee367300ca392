"""Every page's routes, in one list."""

from fastapi import FastAPI

from dialer.web import (
    admin_users,
    desk,
    desk_call,
    desk_manual,
    desk_recording,
    desk_voicemail,
    floor,
    manager_abandoned,
    manager_leads,
    manager_leads_per_hour,
    recordings,
    sign_in,
    supervision,
    supervisor_caller_ids,
    supervisor_campaigns,
    supervisor_contacts,
    supervisor_lists,
    supervisor_queue,
    supervisor_suppressions,
    supervisor_verdicts,
    voice,
)

ROUTERS = (
    sign_in.router,
    desk.router,
    desk_call.router,
    desk_manual.router,
    desk_recording.router,
    desk_voicemail.router,
    supervisor_campaigns.router,
    supervisor_caller_ids.router,
    supervisor_contacts.router,
    supervisor_queue.router,
    supervisor_lists.router,
    supervisor_suppressions.router,
    supervisor_verdicts.router,
    floor.router,
    supervision.router,
    manager_abandoned.router,
    manager_leads_per_hour.router,
    manager_leads.router,
    recordings.router,
    admin_users.router,
    voice.router,
)


def include(app: FastAPI) -> None:
    for router in ROUTERS:
        app.include_router(router)
