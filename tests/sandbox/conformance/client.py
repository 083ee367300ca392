"""Drives a sandbox with Twilio's library for Python and tells what it saw; client.mjs does the same, step by
step, with the library for Node."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallContext

from tests.sandbox.servers import OURS, wait_for

OTHER, PERSON, SILENT, BOUGHT = "+13125550100", "+13125550142", "+13125550143", "+13125550180"
HOLD = "<Response><Pause length='900000'/></Response>"
NOBODYS = "CA" + "9" * 32
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
Seen = dict[str, Any]


def drive(client: Client, queued: Client, stranger: Client, customer_url: str) -> Seen:
    return {
        "calls": calls(client, customer_url),
        "queue": queue(queued),
        "lists": lists(client),
        "conferences": conferences(client),
        "recordings": recordings(client),
        "numbers": numbers(client, customer_url),
        "refusals": refusals(client, stranger),
    }


def refusal(ask: Callable[[], object]) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as refused:
        ask()
    return refused.value


def wait_in_progress(call: CallContext) -> None:
    wait_for(lambda: str(call.fetch().status) == "in-progress")


def calls(client: Client, customer_url: str) -> Seen:
    created = client.calls.create(
        to=PERSON,
        from_=OURS,
        url=f"{customer_url}/answer",
        status_callback=f"{customer_url}/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    call = client.calls(created.sid or "")
    wait_in_progress(call)
    replaced = call.update(twiml=HOLD)
    redirected = call.update(url=f"{customer_url}/goodbye")
    wait_for(lambda: str(call.fetch().status) == "completed")
    ended = call.fetch()
    assert ended.start_time is not None
    assert ended.end_time is not None
    return {
        "created": [created.status, created.direction, created.to, created._from, created.start_time],
        "updated": [replaced.status, redirected.status],
        "ended": [
            ended.status,
            ended.start_time < ended.end_time,
            int(ended.duration or -1) >= 0,
            ended.price_unit,
        ],
        "too_late": refusal(lambda: call.update(twiml=HOLD)).code,
        "removed": call.delete(),
        "gone": refusal(call.fetch).code,
    }


def queue(client: Client) -> list[Any]:
    client.calls.create(to=SILENT, from_=OURS, twiml=HOLD)
    waiting = client.calls.create(to=SILENT, from_=OURS, twiml=HOLD)
    canceled = client.calls(waiting.sid or "").update(status="canceled")
    return [waiting.status, int(waiting.queue_time or 0) > 0, canceled.status, canceled.start_time]


def lists(client: Client) -> Seen:
    newest: list[str | None] = []
    for _ in range(5):
        newest.insert(0, client.calls.create(to=SILENT, from_=OTHER, twiml=HOLD, timeout=600).sid)
    last = client.calls(newest[0] or "")
    wait_for(lambda: str(last.fetch().status) == "ringing")
    started = last.fetch().start_time
    assert started is not None
    first = client.calls.page(to=SILENT, page_size=2)
    second = first.next_page()
    assert second is not None
    back = second.previous_page()
    assert back is not None

    def sids(**filters: Any) -> list[str | None]:
        return [call.sid for call in client.calls.list(**filters)]

    with pytest.raises(TwilioException) as unknown_status:
        sids(status="dreaming")
    return {
        "walked": [call.sid for call in client.calls.stream(to=SILENT, page_size=2)] == newest,
        "limited": sids(limit=3, page_size=2) == newest[:3],
        "second_page": [call.sid for call in second] == newest[2:4],
        "and_back": [call.sid for call in back] == newest[:2],
        "from": sids(from_=OTHER) == newest,
        "status": newest[0] in sids(status="ringing"),
        "other_status": sids(status="busy"),
        "other_number": sids(to=PERSON, from_=OTHER),
        "on_day": newest[0] in sids(to=SILENT, start_time=started),
        "since": newest[0] in sids(to=SILENT, start_time_after=started),
        "until_long_ago": sids(to=SILENT, start_time_before=LONG_AGO),
        "unknown_status": json.loads(unknown_status.value.args[1].text)["code"],
    }


def conferences(client: Client) -> Seen:
    invited = client.conferences("hall").participants
    agent = invited.create(to="client:eve", from_=OURS, label="agent", end_conference_on_exit=True)
    person = invited.create(to=PERSON, from_=OURS, early_media=False)
    room = client.conferences(agent.conference_sid or "")
    wait_for(lambda: [str(one.status) for one in room.participants.list(page_size=1)] == ["connected"] * 2)
    muted = room.participants("agent").update(muted=True)
    held = room.participants(person.call_sid or "").update(hold=True)
    started = room.fetch()
    named = client.conferences.list(friendly_name="hall", status="in-progress")
    removed = room.participants(person.call_sid or "").delete()
    completed = room.update(status="completed")
    return {
        "invited": [agent.status, agent.label, agent.end_conference_on_exit, person.label],
        "updated": [muted.muted, muted.hold, held.hold],
        "started": [started.status, started.friendly_name, started.reason_conference_ended],
        "named": [conference.sid == agent.conference_sid for conference in named],
        "elsewhere": client.conferences.list(friendly_name="cellar"),
        "removed": removed,
        "completed": [completed.status, completed.reason_conference_ended],
        "left": room.participants.list(),
        "gone": refusal(room.participants("agent").fetch).code,
    }


def recordings(client: Client) -> Seen:
    call = client.calls(client.calls.create(to=PERSON, from_=OURS, twiml=HOLD).sid or "")
    wait_in_progress(call)
    created = call.recordings.create(recording_channels="dual")
    sid = created.sid or ""
    current: Any = call.recordings("Twilio.CURRENT")  # its types have statuses that are no strings
    paused = current.update(status="paused", pause_behavior="skip")
    recording: Any = call.recordings(sid)
    resumed = recording.update(status="in-progress")
    early = refusal(client.recordings(sid).delete)
    recording.update(status="stopped")
    wait_for(lambda: str(client.recordings(sid).fetch().status) == "completed")
    ready = client.recordings(sid).fetch()
    listed = client.recordings.list(call_sid=created.call_sid or "")
    of_call = call.recordings.list()
    completed = call.update(status="completed")
    return {
        "created": [created.status, created.channels, created.source],
        "updated": [paused.status, resumed.status],
        "early": early.code,
        "ready": [
            ready.status,
            int(ready.duration or -1) >= 0,
            (ready.media_url or "").endswith(f"/Recordings/{sid}"),
        ],
        "listed": [len(listed), len(of_call)],
        "call_completed": completed.status,
        "removed": client.recordings(sid).delete(),
        "gone": refusal(client.recordings(sid).fetch).code,
    }


def numbers(client: Client, customer_url: str) -> Seen:
    [owned] = client.incoming_phone_numbers.list(phone_number=OURS)
    number = client.incoming_phone_numbers(owned.sid or "")
    updated = number.update(voice_url=f"{customer_url}/inbound", friendly_name="Front desk")
    fetched = number.fetch()
    bought = client.incoming_phone_numbers.create(phone_number=BOUGHT)
    released = client.incoming_phone_numbers(bought.sid or "").delete()
    capabilities: Any = owned.capabilities  # its types have them as text
    return {
        "owned": [owned.phone_number, capabilities["voice"]],
        "updated": [
            updated.friendly_name,
            updated.voice_url == f"{customer_url}/inbound",
            updated.voice_method,
        ],
        "fetched": fetched.friendly_name,
        "bought": bought.phone_number,
        "released": released,
        "left": len(client.incoming_phone_numbers.list(phone_number=BOUGHT)),
    }


def refusals(client: Client, stranger: Client) -> list[list[Any]]:
    refused = [
        refusal(lambda: client.calls.create(to="+15005550001", from_=OURS, twiml=HOLD)),
        refusal(client.calls(NOBODYS).fetch),
        refusal(stranger.calls(NOBODYS).fetch),
    ]
    return [[error.status, error.code, error.msg.partition("record: ")[2]] for error in refused]
