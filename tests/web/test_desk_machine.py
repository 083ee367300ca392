"""Machines at the desk: the key that leaves the message, why a call was taken away; people calling back."""

import re
from datetime import datetime
from urllib.parse import unquote

import httpx
import pytest
from sqlmodel import Session

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.domain.agent import SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.disposition import CALLED_IN_VAIN, HUNG_UP
from dialer.domain.leg import LegState
from dialer.domain.user import Role
from dialer.services import machines
from dialer.store import attempts, dispositions, legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from tests.factories import make_campaign, make_contact, make_session, sid, talk
from tests.house import commit, queued
from tests.web.visitor import Visitor, sign_in, words

DESK, KEY = "/desk", "/desk/voicemail"
WORDS = "We rang about your roof. Call 800 555 0199."


@pytest.fixture
def agent(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.AGENT)


def on_call(session: Session, visitor: Visitor, now: datetime, message: str) -> Attempt:
    """She talks with somebody of a campaign that has the message, or none."""
    campaign = make_campaign(session, now, voicemail_message=message, verdict_review_percent=0)
    talking = talk(session, now, campaign)
    talking.agent.user_id = visitor.user.id
    talking.attempt.agent_id = visitor.user.id
    commit(session)
    return talking.attempt


def state_of(attempt: Attempt) -> SessionState:
    with transaction() as session:
        return session.get_one(AgentSession, attempt.agent_session_id).state


def test_one_key_leaves_the_message_and_she_is_ready(agent: Visitor, session: Session, now: datetime) -> None:
    attempt = on_call(session, agent, now, WORDS)
    assert 'data-key="V"' in agent.get(DESK).text
    for _ in range(2):
        answer = agent.post(KEY, {"attempt_id": str(attempt.id)}, htmx=True)
        assert "Waiting for the next call" in words(answer)
    assert state_of(attempt) is SessionState.READY
    assert queued().count((Job.PLAY_MESSAGE, str(attempt.id))) == 1


def test_with_somebody_called_in_there_is_no_machine(agent: Visitor, session: Session, now: datetime) -> None:
    attempt = on_call(session, agent, now, WORDS)
    form = {"attempt_id": str(attempt.id), "to": "number", "number": "+13125550177", "way": "talk"}
    shown = agent.post("/desk/transfer", form, htmx=True)
    assert "Ringing +1 312-555-0177" in words(shown)
    assert 'data-key="V"' not in shown.text
    assert 'data-key="K"' not in shown.text
    leg = legs.last_of_attempt(session, attempt.id)
    assert leg is not None
    leg.state, leg.call_sid = LegState.JOINED, sid()
    commit(session)
    shown = agent.get(DESK)
    assert 'data-tones-to="+1 312-555-0177"' in shown.text
    assert 'data-key="K"' in shown.text
    assert 'data-key="V"' not in shown.text
    answer = agent.post(KEY, {"attempt_id": str(attempt.id)}, htmx=True)
    assert answer.status_code == 409
    assert "Somebody is called in" in unquote(answer.headers["X-Message"])
    session.expire_all()
    assert session.get_one(Attempt, attempt.id).voicemail_at is None
    assert Job.PLAY_MESSAGE not in [name for name, *_ in queued()]


def test_without_a_message_there_is_no_key(agent: Visitor, session: Session, now: datetime) -> None:
    attempt = on_call(session, agent, now, "")
    assert 'data-key="V"' not in agent.get(DESK).text
    assert agent.post(KEY, {"attempt_id": str(attempt.id)}, htmx=True).status_code == 409


def test_anothers_call_is_not_hers(agent: Visitor, session: Session, now: datetime) -> None:
    theirs = talk(session, now, make_campaign(session, now, voicemail_message=WORDS)).attempt
    commit(session)
    assert agent.post(KEY, {"attempt_id": str(theirs.id)}, htmx=True).status_code == 404
    assert state_of(theirs) is SessionState.ON_CALL


@pytest.mark.parametrize(("message", "told"), [(WORDS, "is being left"), ("", "was ended")])
def test_she_is_told_why_a_call_was_taken_from_her(
    agent: Visitor, session: Session, now: datetime, message: str, told: str
) -> None:
    attempt = on_call(session, agent, now, message)
    with transaction() as other:
        locked = attempts.lock(other, attempt.id)
        assert locked is not None
        machines.verdict(other, locked, str(locked.call_sid), "machine_end_beep", utc_now())
    shown = agent.read(DESK)
    assert "an answering machine." in shown
    assert told in shown


def test_a_person_who_calls_back_is_shown_as_such(agent: Visitor, session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now, voicemail_message=WORDS)
    hers = make_session(session, campaign, now, agent.user, state=SessionState.ON_CALL)
    contact = make_contact(session, campaign, now)
    attempt = Attempt(
        campaign_id=campaign.id,
        contact_id=contact.id,
        phone=contact.phone,
        caller_id="+13125550100",
        state=AttemptState.CONNECTED,
        is_inbound=True,
        call_sid="CA" + "1" * 32,
        agent_session_id=hers.id,
        agent_id=agent.user.id,
        claimed_at=now,
        answered_at=now,
        connected_at=now,
    )
    session.add(attempt)
    commit(session)
    shown = agent.get(DESK)
    assert "They are calling back" in words(shown)
    assert 'data-key="V"' not in shown.text
    first = re.search(r'data-view="([^"]*)" data-step', shown.text)
    assert first is not None
    assert first[1] == "they_call_back"


def test_who_called_and_reached_nobody_did_not_hang_up(
    agent: Visitor, session: Session, now: datetime
) -> None:
    attempt = on_call(session, agent, now, "")
    rows = {row.code: row for row in dispositions.of_campaign(session, attempt.campaign_id)}
    waited = Attempt(
        campaign_id=attempt.campaign_id,
        contact_id=attempt.contact_id,
        phone=attempt.phone,
        caller_id="+13125550100",
        state=AttemptState.CLOSED,
        outcome=Outcome.ANSWERED,
        is_inbound=True,
        disposition_id=rows[HUNG_UP].id,
        claimed_at=now,
        answered_at=now,
        closed_at=now,
    )
    session.add(waited)
    commit(session)
    history = agent.get(DESK).text.partition('<ol class="history">')[2].partition("</ol>")[0]
    assert CALLED_IN_VAIN in history
    assert "Hung up" not in history
