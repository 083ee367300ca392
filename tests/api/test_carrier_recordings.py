"""The carrier's webhooks about recordings over HTTP, and what a person is told before the agent."""

from datetime import datetime

import httpx
import pytest
from sqlmodel import Session, select

from dialer.core.settings import adopt
from dialer.domain.campaign import RecordingMode
from dialer.domain.recording import RecordingState
from dialer.store.attempts import Attempt
from dialer.store.carrier_events import CarrierEvent
from dialer.store.recordings import Recording
from tests.api.test_carrier import send
from tests.factories import make_campaign, make_contact, make_session, place, sid
from tests.house import commit

NOTICE = "<Say>This call is recorded.</Say><Dial>"


def placed(session: Session, now: datetime, mode: RecordingMode, state_code: str = "TX") -> Attempt:
    campaign = make_campaign(session, now, recording=mode)
    make_session(session, campaign, now)
    attempt = place(session, campaign, make_contact(session, campaign, now, state_code=state_code), now)
    commit(session)
    return attempt


def test_a_recording_is_told_of_once_by_a_signed_callback(
    web: httpx.Client, session: Session, now: datetime
) -> None:
    attempt = placed(session, now, RecordingMode.ALWAYS)
    path = f"/twilio/attempts/{attempt.id}/recording"
    fields = {
        "CallSid": str(attempt.call_sid),
        "RecordingSid": sid("RE"),
        "RecordingStatus": "completed",
        "RecordingDuration": "12",
        "RecordingChannels": "2",
        "RecordingUrl": "https://api.example.com/anything",
    }
    assert send(web, path, fields, signature="forged").status_code == 403
    assert session.exec(select(Recording)).all() == []
    for _ in range(2):
        assert send(web, path, fields).status_code == 204
    (row,) = session.exec(select(Recording)).all()
    assert (row.state, row.seconds, row.channels) == (RecordingState.COMPLETED, 12, 2)
    kept = session.exec(select(CarrierEvent).where(CarrierEvent.kind == "recording")).all()
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("mode", "state_code", "is_told"),
    [
        (RecordingMode.ALWAYS, "IL", True),
        (RecordingMode.ALWAYS, "TX", False),
        (RecordingMode.ON_CONSENT, "IL", False),
        (RecordingMode.OFF, "IL", False),
    ],
)
def test_the_person_is_told_before_the_agent_is_on_the_line(
    web: httpx.Client, session: Session, now: datetime, mode: RecordingMode, state_code: str, is_told: bool
) -> None:
    adopt({"OFFICE_STATE": "NY"})
    attempt = placed(session, now, mode, state_code)
    fields = {"CallSid": str(attempt.call_sid), "CallStatus": "in-progress"}
    for token in ("one", "one", "two"):
        answer = send(web, f"/twilio/attempts/{attempt.id}/answer", fields, token=token)
        assert "<Conference" in answer.text
        assert (NOTICE in answer.text) is is_told
    session.refresh(attempt)
    assert (attempt.recording_announced_at is not None) is is_told
