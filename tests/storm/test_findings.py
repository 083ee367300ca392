"""That the storm's findings can find: right books, and each way in which they may be wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dialer.core.clock import Clock
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.contact import ContactState
from dialer.domain.leg import LegPurpose
from dialer.domain.recording import RecordingPurpose, RecordingState
from dialer.store.attempts import Attempt
from dialer.store.contacts import Contact
from dialer.store.legs import Leg
from dialer.store.recordings import Recording
from tests.storm.findings import Booked, Held, differences, joins_differ

START = datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
CLOCK = Clock(START, START, 1.0)
ATTEMPT_ID, SESSION_ID = UUID(int=1), UUID(int=2)
ROOM = f"agent-{SESSION_ID}"
PERSON = "+13125550142"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def call(sid: str, to: str, begun: float, answered: float | None, ended: float | None) -> dict[str, Any]:
    moments = {"created_at": begun, "answered_at": answered, "ended_at": ended}
    return {name: None if when is None else at(when).isoformat() for name, when in moments.items()} | {
        "sid": sid,
        "to": to,
        "from": "+13125550100",
        "direction": "outbound-api",
        "status": "completed",
        "answered_by": None,
    }


def stay(sid: str, joined: float, left: float | None) -> dict[str, Any]:
    return {
        "call_sid": sid,
        "room": ROOM,
        "joined_at": at(joined).isoformat(),
        "left_at": None if left is None else at(left).isoformat(),
    }


def attempt(**changes: Any) -> Attempt:
    right: dict[str, Any] = {
        "id": ATTEMPT_ID,
        "campaign_id": 1,
        "contact_id": 1,
        "phone": PERSON,
        "caller_id": "+13125550100",
        "state": AttemptState.CLOSED,
        "outcome": Outcome.ANSWERED,
        "call_sid": "CA1",
        "claimed_at": at(9),
        "answered_at": at(20),
        "connected_at": at(22),
        "call_ended_at": at(60),
    }
    return Attempt(**right | changes)


def recording(**changes: Any) -> Recording:
    right: dict[str, Any] = {
        "id": UUID(int=3),
        "attempt_id": ATTEMPT_ID,
        "purpose": RecordingPurpose.CALL,
        "state": RecordingState.STORED,
        "recording_sid": "RE1",
        "bytes": 44,
        "started_at": at(22),
    }
    return Recording(**right | changes)


def contact(**changes: Any) -> Contact:
    return Contact(id=1, campaign_id=1, call_list_id=1, phone=PERSON, next_call_at=at(0), **changes)


def leg(**changes: Any) -> Leg:
    right: dict[str, Any] = {
        "id": UUID(int=4),
        "purpose": LegPurpose.LISTEN,
        "agent_session_id": SESSION_ID,
        "asked_by_id": 1,
    }
    return Leg(**right | {"address": "client:sam", "asked_at": at(30), "ended_at": at(50)} | changes)


LINE = call("CA0", "client:ana", 0, 0.2, 100)
THEIRS = {
    "sid": "RE1",
    "call_sid": "CA1",
    "status": "deleted",
    "bytes": 44,
    "is_media_missing": False,
}
HELD = Held([LINE, call("CA1", PERSON, 10, 20, 60)], [stay("CA0", 1, 99), stay("CA1", 21, 60)], [THEIRS])
BOOKED = Booked([attempt()], [leg()], [recording()], [contact()], ())


def test_right_books_differ_in_nothing() -> None:
    assert not list(differences(HELD, BOOKED, CLOCK))
    assert not list(joins_differ(HELD, BOOKED, CLOCK))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"state": AttemptState.WRAP_UP}, "is wrap_up"),
        ({"call_sid": "CA9"}, "is no attempt's"),
        ({"call_sid": None}, "is no attempt's"),
        ({"phone": "+13125550143"}, "somebody else's call"),
        ({"outcome": Outcome.BUSY}, "is busy, its call completed"),
        ({"answered_by": "fax"}, "answered by fax"),
        ({"answered_at": at(200)}, "answer was noticed 180.0 s"),
        ({"is_inbound": True}, "is inbound"),
        ({"call_ended_at": None}, "not seen to end"),
        ({"call_ended_at": at(181)}, "end was noticed 121.0 s"),
        ({"connected_at": None}, "was never connected"),
        ({"connected_at": at(2)}, "connection was noticed -19.0 s"),
        ({"is_abandoned": True}, "was with an agent"),
        ({"carrier_error": "a second call CA2"}, "had two calls"),
    ],
)
def test_a_wrong_attempt(changes: dict[str, Any], told: str) -> None:
    assert_told(HELD, replace(BOOKED, attempts=[attempt(**changes)]), told)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"state": RecordingState.COMPLETED}, "is completed"),
        ({"state": RecordingState.IN_PROGRESS}, "is in_progress"),
        ({"state": RecordingState.ABSENT}, "is absent"),
        ({"bytes": 43}, "has 43 bytes"),
        ({"recording_sid": "RE2"}, "not known here"),
    ],
)
def test_a_wrong_recording(changes: dict[str, Any], told: str) -> None:
    assert_told(HELD, replace(BOOKED, recordings=[recording(**changes)]), told)


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (replace(HELD, calls=[*HELD.calls, call("CA2", PERSON, 70, None, 80)]), "is no attempt's"),
        (replace(HELD, calls=[*HELD.calls, call("CA2", PERSON, 59, None, 80)]), "rang one number at once"),
        (replace(HELD, calls=[*HELD.calls, call("CA2", "client:ben", 5, 6, None)]), "still"),
        (replace(HELD, calls=[LINE]), "has the call CA1, of which the carrier knows nothing"),
        (replace(HELD, stays=[*HELD.stays, stay("CA2", 5, None)]), "is in agent-"),
        (replace(HELD, stays=[]), "connection at"),
        (replace(HELD, stays=[stay("CA1", 21, 60)]), "connection at"),
        (replace(HELD, recordings=[THEIRS | {"status": "completed"}]), "completed at the carrier"),
        (replace(HELD, recordings=[THEIRS | {"call_sid": "CA0"}]), "of another call"),
        (replace(HELD, recordings=[]), "of which the carrier knows nothing"),
    ],
)
def test_a_carrier_that_holds_something_else(held: Held, told: str) -> None:
    assert_told(held, BOOKED, told)


def test_whoever_is_left_over() -> None:
    assert_told(HELD, replace(BOOKED, legs=[leg(ended_at=None)]), "leg")
    assert_told(HELD, replace(BOOKED, legs=[leg(call_sid="CA7")]), "has the call CA7")
    assert_told(HELD, replace(BOOKED, contacts=[contact(state=ContactState.HELD)]), "held by nothing")
    assert_told(HELD, replace(BOOKED, contacts=[contact(state=ContactState.CLOSED)]), "closed, because: None")


def test_sound_that_the_carrier_has_lost_is_no_difference() -> None:
    held = replace(HELD, recordings=[THEIRS | {"status": "completed", "is_media_missing": True}])
    for state in (RecordingState.COMPLETED, RecordingState.ABSENT):
        assert not list(differences(held, replace(BOOKED, recordings=[recording(state=state)]), CLOCK))


def assert_told(held: Held, booked: Booked, told: str) -> None:
    found = [*differences(held, booked, CLOCK), *joins_differ(held, booked, CLOCK)]
    assert any(told in wrong for wrong in found), found
