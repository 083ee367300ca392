"""The control API under /sandbox/: JSON, no sign-in, for tests and demos. Not a part of Twilio."""

from collections import Counter
from dataclasses import asdict
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse

from dialer.sandbox.addresses import is_valid
from dialer.sandbox.applications import Application
from dialer.sandbox.calls import Call, Direction, Order, Status
from dialer.sandbox.faults import KINDS, FaultPlan
from dialer.sandbox.forms import is_url
from dialer.sandbox.people import (
    Behaviour,
    Caller,
    ClientScript,
    Connection,
    NumberScript,
    Person,
    Press,
    client_identity,
)
from dialer.sandbox.recordings import Recording
from dialer.sandbox.sandbox import Sandbox
from dialer.sandbox.sound import wav_bytes
from dialer.sandbox.twiml import Source

LIVE_PAGE = files("dialer.sandbox").joinpath("templates/live.html").read_text()

router = APIRouter(prefix="/sandbox", tags=["control"])


async def the_sandbox(request: Request) -> Sandbox:
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


Control = Annotated[Sandbox, Depends(the_sandbox)]


@router.get("/state")
async def state(sandbox: Control) -> dict[str, object]:
    exchange = sandbox.exchange
    by_status = Counter(call.status for call in exchange.calls.values())
    return {
        "now": sandbox.clock.now().isoformat(),
        "speed": sandbox.config.speed,
        "seed": sandbox.config.seed,
        "calls": {status: by_status[status] for status in Status},
        "calls_placed": len(exchange.calls),
        "live_calls": len(exchange.live),
        "conferences": [
            {
                "sid": conference.sid,
                "name": conference.name,
                "status": conference.status,
                "participants": [p.call.sid for p in conference.joined],
            }
            for conference in sandbox.conferences.active
        ],
        "webhooks_sent": sandbox.webhooks.sent,
        "faults_struck": {kind: sandbox.faults.struck[kind] for kind in KINDS},
    }


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
async def live_page() -> str:
    return LIVE_PAGE


@router.get("/calls")
async def calls(
    sandbox: Control,
    to: str | None = None,
    live: bool = False,
    limit: Annotated[int | None, Query(ge=1)] = None,
) -> list[dict[str, object]]:
    """Every call ever placed, oldest first; with a limit only the newest. A plus that was sent as it is comes
    as a blank."""
    exchange = sandbox.exchange
    to = to and to.replace(" ", "+", 1)
    found = exchange.calls.values() if to is None else exchange.calls_to.get(to, [])
    chosen = [call for call in found if not (live and call.is_over)]
    return [account_of(call) for call in chosen[-limit if limit else None :]]


@router.get("/stays")
async def stays(sandbox: Control) -> list[dict[str, object]]:
    """Who was in which conference, from when until when."""
    return [
        {
            "call_sid": stay.call_sid,
            "room": stay.room,
            "joined_at": stay.joined_at.isoformat(),
            "left_at": stay.left_at.isoformat() if stay.left_at else None,
        }
        for stay in sandbox.conferences.stays
    ]


@router.get("/recordings")
async def recordings(sandbox: Control) -> list[dict[str, object]]:
    """Every recording ever made, deleted ones included."""
    return [recording_account_of(sandbox, recording) for recording in sandbox.recordings.by_sid.values()]


@router.post("/calls/{sid}/digits")
async def press(sid: str, keys: Press, sandbox: Control) -> dict[str, object]:
    """The far end presses keys; only a running Gather gets them, as `gathering` tells."""
    call = sandbox.exchange.calls.get(sid)
    if call is None:
        raise HTTPException(404, f"There is no call {sid}")
    if call.status is not Status.IN_PROGRESS:
        raise HTTPException(409, f"The call is {call.status}")
    call.presence.press(keys.digits)
    return account_of(call)


@router.get("/webhooks")
async def webhooks(
    sandbox: Control,
    limit: Annotated[int, Query(ge=1)] = 100,
    call_sid: str | None = None,
    kind: str | None = None,
) -> list[dict[str, object]]:
    """The last webhooks sent, newest first; `kind` may be the beginning of one, as `status`."""
    found: list[dict[str, object]] = []
    for delivery in reversed(sandbox.webhooks.journal):
        if len(found) >= limit:
            break
        if (call_sid is None or delivery.call_sid == call_sid) and delivery.kind.startswith(kind or ""):
            found.append(asdict(delivery))
    return found


@router.get("/notifications")
async def notifications(sandbox: Control, limit: int = 100) -> list[dict[str, object]]:
    """What Twilio's debugger would show, newest first."""
    newest = list(reversed(sandbox.debugger.notifications))[:limit]
    return [asdict(notification) for notification in newest]


@router.put("/numbers/{number}")
async def script_number(number: str, script: NumberScript, sandbox: Control) -> NumberScript:
    if not (is_valid(number) or number.startswith("sip:")):
        raise HTTPException(422, f"{number} is neither an E.164 number nor a SIP address")
    sandbox.people.numbers[number] = script
    return script


@router.get("/numbers")
async def scripted_numbers(sandbox: Control) -> dict[str, NumberScript]:
    return sandbox.people.numbers


@router.delete("/numbers/{number}", status_code=204)
async def unscript_number(number: str, sandbox: Control) -> None:
    sandbox.people.numbers.pop(number, None)


@router.get("/clients")
async def scripted_clients(sandbox: Control) -> dict[str, ClientScript]:
    return sandbox.people.clients


@router.put("/clients/{identity}")
async def script_client(identity: str, script: ClientScript, sandbox: Control) -> ClientScript:
    """Replaces the whole script: what is left out is as it was before any."""
    if script.drop:
        for call in list(sandbox.exchange.live):
            if identity in (client_identity(call.order.to), client_identity(call.order.from_)):
                sandbox.exchange.hang_up(call)
    sandbox.people.clients[identity] = script.model_copy(update={"drop": False})
    return script


@router.put("/applications/{sid}")
async def define_application(
    sid: Annotated[str, Path(pattern=r"^AP[0-9a-f]{32}$")], application: Application, sandbox: Control
) -> Application:
    sandbox.applications[sid] = application
    return application


@router.get("/faults")
async def faults(sandbox: Control) -> FaultPlan:
    return sandbox.faults.plan


@router.put("/faults")
async def plan_faults(plan: FaultPlan, sandbox: Control) -> FaultPlan:
    """Replaces the whole plan: what is left out does not go wrong."""
    if plan.tls_failed and not sandbox.config.certificate:
        raise HTTPException(422, "tls_failed needs a sandbox that was started with a certificate")
    sandbox.faults.plan = plan
    return plan


@router.post("/clients/{identity}/connect", status_code=201)
async def connect(identity: str, connection: Connection, sandbox: Control) -> dict[str, object]:
    """An agent's browser calls out through a TwiML app."""
    application = sandbox.applications.get(connection.application_sid or "")
    if application is None and not is_url(connection.url):
        raise HTTPException(422, "neither a known application_sid nor an absolute url is given")
    source = application.voice.source if application else Source(connection.url, connection.method)
    order = Order(
        to=connection.params.get("To", ""),
        from_=f"client:{identity}",
        script=sandbox.interpreter.script(source),
        callback=application.voice.callback if application else None,
        direction=Direction.INBOUND,
        params=connection.params,
    )
    return account_of(sandbox.exchange.receive(order, Person(Behaviour.CLIENT)))


@router.post("/inbound", status_code=201)
async def call_in(caller: Caller, sandbox: Control) -> dict[str, object]:
    """Somebody calls one of our numbers, which needs a VoiceUrl."""
    number = sandbox.numbers.find(caller.to)
    voice = sandbox.voice_of(number) if number else None
    if number is None or voice is None:
        raise HTTPException(422, f"{caller.to} is not one of our numbers with a VoiceUrl")
    if not is_valid(caller.from_):
        raise HTTPException(422, f"{caller.from_} is not an E.164 number")
    order = Order(
        to=number.phone_number,
        from_=caller.from_,
        script=sandbox.interpreter.script(voice.source),
        callback=voice.callback,
        direction=Direction.INBOUND,
    )
    return account_of(sandbox.exchange.receive(order, sandbox.people.calling(caller)))


@router.post("/reset", status_code=204)
async def reset(sandbox: Control) -> None:
    await sandbox.reset()


def recording_account_of(sandbox: Sandbox, recording: Recording) -> dict[str, object]:
    stretches = [(stretch.seconds, stretch.sounding) for stretch in recording.stretches]
    return {
        "sid": recording.sid,
        "call_sid": recording.call.sid if recording.call else None,
        "status": recording.status,
        "seconds": recording.seconds,
        "channels": recording.order.channels,
        "bytes": wav_bytes(stretches, recording.order.channels),
        "is_media_missing": sandbox.faults.would_hit("media_missing", recording.key),
    }


def account_of(call: Call) -> dict[str, object]:
    return {
        "sid": call.sid,
        "to": call.order.to,
        "from": call.order.from_,
        "status": call.status,
        "direction": call.order.direction,
        "parent_sid": call.order.parent.sid if call.order.parent else None,
        "created_at": call.created_at.isoformat(),
        "started_at": call.started_at.isoformat() if call.started_at else None,
        "answered_at": call.answered_at.isoformat() if call.answered_at else None,
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "behaviour": call.person.behaviour,
        "answered_by": call.answered_by,
        "sip_code": call.sip_code,
        "bridged": call.presence.bridged,
        "digits_heard": call.digits_heard,
        "gathering": call.presence.keypad is not None,
    }
