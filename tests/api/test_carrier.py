"""The carrier's webhooks over HTTP: signature first, then kept, applied and committed, only then 200."""

import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from sqlmodel import Session, col, delete, select
from twilio.request_validator import RequestValidator

from dialer.api.signed import LARGEST_FORM_BYTES, MOST_FIELDS
from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.redis import get_redis
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.disposition import DEFAULT_DISPOSITIONS
from dialer.store import counters
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.carrier_events import CarrierEvent
from dialer.store.dispositions import Disposition
from tests.factories import make_campaign, make_client, make_contact, make_session, place, sid
from tests.house import AUTH_TOKEN, commit

TOKEN = "I-Twilio-Idempotency-Token"
PATHS = (
    "attempts/{}/answer",
    "attempts/{}/status",
    "sessions/{}/answer",
    "sessions/{}/status",
    "sessions/{}/room",
)


def send(
    web: httpx.Client,
    path: str,
    fields: Mapping[str, str],
    *,
    signature: str | None = None,
    token: str = "t",
) -> httpx.Response:
    """As the carrier sends it, to the public address and signed over it."""
    url = f"{str(web.base_url).rstrip('/')}{path}"
    if signature is None:
        signature = RequestValidator(AUTH_TOKEN).compute_signature(url, fields)
    return web.post(path, data=dict(fields), headers={"X-Twilio-Signature": signature, TOKEN: token})


@pytest.fixture
def placed(session: Session, now: datetime) -> Attempt:
    campaign = make_campaign(session, now)
    attempt = place(session, campaign, make_contact(session, campaign, now), now)
    commit(session)
    return attempt


def status(attempt: Attempt, word: str, sequence: int) -> dict[str, str]:
    return {"CallSid": str(attempt.call_sid), "CallStatus": word, "SequenceNumber": str(sequence)}


def state_of(attempt: Attempt) -> AttemptState:
    with transaction() as session:
        return session.get_one(Attempt, attempt.id).state


def events() -> int:
    with transaction() as session:
        return len(session.exec(select(CarrierEvent)).all())


def test_a_form_that_no_carrier_sends_is_not_read_to_its_end(web: httpx.Client, placed: Attempt) -> None:
    path = f"/twilio/attempts/{placed.id}/status"
    large = status(placed, "ringing", 1) | {"Padding": "x" * LARGEST_FORM_BYTES}
    many = status(placed, "ringing", 1) | {f"Field{number}": "" for number in range(MOST_FIELDS)}
    for fields in (large, many):
        assert send(web, path, fields).status_code == 403
    assert events() == 0


def test_a_form_that_breaks_off_is_no_error_of_ours(
    web: httpx.Client, placed: Attempt, caplog: pytest.LogCaptureFixture
) -> None:
    head = (
        f"POST /twilio/attempts/{placed.id}/status HTTP/1.1\r\nHost: here\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nCallSid=CA1"
    )
    with socket.create_connection((web.base_url.host, web.base_url.port or 80)) as line:
        line.sendall(head.encode())
    assert web.get("/healthz").status_code == 200
    assert not [record for record in caplog.records if record.exc_info]


def test_a_status_signed_by_the_carrier_is_applied(web: httpx.Client, placed: Attempt) -> None:
    answer = send(web, f"/twilio/attempts/{placed.id}/status", status(placed, "ringing", 1))
    assert (answer.status_code, answer.content) == (204, b"")
    assert (state_of(placed), events()) == (AttemptState.RINGING, 1)


def test_the_signature_covers_the_path_as_it_was_sent(web: httpx.Client, placed: Attempt) -> None:
    escaped = str(placed.id).replace("-", "%2D")
    answer = send(web, f"/twilio/attempts/{escaped}/status", status(placed, "ringing", 1))
    assert (answer.status_code, state_of(placed)) == (204, AttemptState.RINGING)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("signature", ["", "bm90IHRoZWlycw==", "no base64 ÿ"])
def test_a_bad_signature_is_refused_counted_and_changes_nothing(
    web: httpx.Client, placed: Attempt, path: str, signature: str
) -> None:
    headers = {b"X-Twilio-Signature": signature.encode("latin-1")} if signature else {}
    fields = status(placed, "ringing", 1)
    answer = web.post(f"/twilio/{path.format(placed.id)}", data=fields, headers=headers)
    assert answer.status_code == 403
    assert counters.counted(get_redis(), counters.BAD_SIGNATURES, utc_now().date()) == 1
    assert (state_of(placed), events()) == (AttemptState.DIALLING, 0)


def test_a_signature_is_good_for_its_fields_and_its_address_alone(web: httpx.Client, placed: Attempt) -> None:
    fields = status(placed, "ringing", 1)
    path = f"/twilio/attempts/{placed.id}/status"
    url = f"{str(web.base_url).rstrip('/')}{path}"
    signature = RequestValidator(AUTH_TOKEN).compute_signature(url, fields)
    forged = fields | {"CallStatus": "completed"}
    assert send(web, path, forged, signature=signature).status_code == 403
    elsewhere = f"/twilio/attempts/{uuid4()}/status"
    assert send(web, elsewhere, fields, signature=signature).status_code == 403
    assert send(web, f"{path}?more=1", fields, signature=signature).status_code == 403
    assert send(web, path, fields, signature=signature).status_code == 204


def test_a_query_is_signed_too(web: httpx.Client, placed: Attempt) -> None:
    path = f"/twilio/attempts/{placed.id}/status?a=1&b=two%20words"
    assert send(web, path, status(placed, "ringing", 1)).status_code == 204


def test_a_call_of_nobody_is_accepted_and_kept(web: httpx.Client, house: object) -> None:
    fields = {"CallSid": sid(), "CallStatus": "completed", "SequenceNumber": "3"}
    answer = send(web, f"/twilio/attempts/{uuid4()}/answer", fields)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert "<Response><Hangup /></Response>" in answer.text
    for path in PATHS[1:]:
        assert send(web, f"/twilio/{path.format(uuid4())}", fields).status_code in (200, 204)
    assert events() == 5


def test_the_answer_joins_the_agent_and_repeated_is_the_same(
    web: httpx.Client, session: Session, now: datetime, placed: Attempt
) -> None:
    campaign = session.get_one(Campaign, placed.campaign_id)
    agent = make_session(session, campaign, now, state_since=now - timedelta(minutes=1))
    make_session(session, campaign, now)
    commit(session)
    fields = {"CallSid": str(placed.call_sid), "CallStatus": "in-progress"}
    path = f"/twilio/attempts/{placed.id}/answer"
    answers = [send(web, path, fields, token=token).text for token in ("1", "1", "2")]
    assert answers == [answers[0]] * 3
    assert f">{agent.room}</Conference>" in answers[0]
    assert 'endConferenceOnExit="false"' in answers[0]
    assert f'participantLabel="attempt-{placed.id}"' in answers[0]
    with transaction() as other:
        states = other.exec(select(AgentSession.state).order_by(col(AgentSession.id))).all()
    assert list(states) == [SessionState.RESERVED, SessionState.READY]


def test_nobody_free_is_a_moment_of_silence_then_the_clients_message(
    web: httpx.Client, session: Session, now: datetime
) -> None:
    client = make_client(session, now)
    waiting = make_campaign(session, now, client, abandon_seconds=10_000.0)
    missed = make_campaign(session, now, client, abandon_seconds=0.0)
    calls = [place(session, one, make_contact(session, one, now), now) for one in (waiting, missed)]
    commit(session)
    heard = [
        send(web, f"/twilio/attempts/{call.id}/answer", {"CallSid": str(call.call_sid)}).text
        for call in calls
    ]
    assert '<Pause length="1" />' in heard[0]
    assert f"/twilio/attempts/{calls[0].id}/answer" in heard[0]
    assert f"on behalf of {client.name}" in heard[1]
    assert "3 1 2, 5 5 5, 0 1 9 9" in heard[1]
    assert heard[1].endswith("<Hangup /></Response>")
    assert state_of(calls[1]) is AttemptState.ABANDONED


def test_the_agents_leg_waits_in_her_room_and_its_join_makes_her_ready(
    web: httpx.Client, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    agent = make_session(
        session,
        campaign,
        now,
        state=SessionState.PAUSED,
        pause_code="starting",
        line=LineState.CONNECTING,
        line_call_sid=None,
    )
    commit(session)
    answer = send(web, f"/twilio/sessions/{agent.id}/answer", {"CallSid": "CA1"})
    assert f">{agent.room}</Conference>" in answer.text
    assert 'participantLabel="agent-1"' in answer.text
    joined = {
        "StatusCallbackEvent": "participant-join",
        "CallSid": "CA1",
        "ConferenceSid": "CF1",
        "SequenceNumber": "1",
        "ParticipantLabel": "agent-1",
    }
    assert send(web, f"/twilio/sessions/{agent.id}/room", joined).status_code == 204
    with transaction() as other:
        found = other.get_one(AgentSession, agent.id)
    assert (found.state, found.line, found.line_call_sid) == (SessionState.READY, LineState.UP, "CA1")


def test_news_that_could_not_be_applied_is_not_accepted_and_may_come_again(
    web: httpx.Client, session: Session, now: datetime, placed: Attempt
) -> None:
    """The carrier repeats what got a 5xx; kept as seen, the repeat would be thrown away."""
    session.exec(delete(Disposition).where(col(Disposition.code) == "busy"))
    session.commit()
    path, fields = f"/twilio/attempts/{placed.id}/status", status(placed, "busy", 2)
    failed = send(web, path, fields)
    assert (failed.status_code, failed.headers["connection"]) == (500, "close")
    assert (state_of(placed), events()) == (AttemptState.DIALLING, 0)
    row = next(row for row in DEFAULT_DISPOSITIONS if row.code == "busy")
    session.add(Disposition(campaign_id=placed.campaign_id, position=99, **vars(row)))
    session.commit()
    assert send(web, path, fields).status_code == 204
    assert state_of(placed) is AttemptState.CLOSED


@pytest.mark.parametrize("path", ["attempts/7/status", "sessions/x/room"])
def test_an_id_that_is_none_is_refused_in_words(web: httpx.Client, path: str) -> None:
    answer = send(web, f"/twilio/{path}", {"CallSid": "CA1"})
    assert answer.status_code == 422
    assert events() == 0
