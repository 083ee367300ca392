"""People who call our numbers, against the sandbox over HTTP: whom each of them reaches."""

from datetime import timedelta

import pytest
from sqlmodel import select

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.queue import Job
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState, Outcome
from dialer.domain.contact import ClosedReason, ContactState
from dialer.services import agents, claims, conclusions, reports, suppressions
from dialer.services.conclusions import Conclusion
from dialer.store import attempts
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.caller_ids import CallerId
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK, Contact
from dialer.store.leads import Lead
from dialer.store.suppressions import Suppression, SuppressionScope
from dialer.telephony.urls import CarrierUrls
from tests.factories import make_attempt, make_campaign, make_contact, make_user, phone
from tests.house import House, queued, wait_for
from tests.sandbox.servers import OURS, Twilio
from tests.workers.situations import (
    LONG,
    agent_now,
    at_work,
    becomes,
    calls_to,
    claimed,
    line_of,
    now_of,
    place,
    plan_faults,
)
from workers import jobs

pytestmark = pytest.mark.usefixtures("web")


@pytest.fixture
def ours(sandbox: Twilio, house: House) -> Twilio:
    """Calls to our number come to us."""
    [number] = sandbox.client.incoming_phone_numbers.list(phone_number=OURS)
    urls = CarrierUrls(house.public_url)
    jobs.get_carrier().numbers.send_calls_to(str(number.sid), urls.inbound(), urls.inbound_status())
    return sandbox


def shown(campaign_id: int) -> Campaign:
    """The campaign, its pool holding our number."""
    now = utc_now()
    with transaction() as session:
        session.add(CallerId(campaign_id=campaign_id, phone=OURS, added_at=now))
        return session.get_one(Campaign, campaign_id)


def known(campaign: Campaign, agent: AgentSession | None = None, **over: object) -> Contact:
    """A contact called before, by the agent if there is one."""
    now = utc_now()
    with transaction() as session:
        contact = make_contact(session, campaign, now, **over)
        state, before = contact.state, now - timedelta(hours=1)
        make_attempt(
            session,
            contact,
            before,
            state=AttemptState.CLOSED,
            call_ended_at=before,
            closed_at=before,
            agent_id=agent.user_id if agent else None,
        )
        contact.state = state
    return contact


def call_in(twilio: Twilio, number: str, **told: object) -> str:
    """The call's id; the caller stays."""
    caller = {"from": number, "to": OURS, "talk_seconds": LONG, "patience_seconds": LONG} | told
    answer = twilio.control.post("/sandbox/inbound", json=caller)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


def attempt_of(call_sid: str) -> Attempt:
    def found() -> Attempt | None:
        with transaction() as session:
            return attempts.by_call_sid(session, call_sid)

    return wait_for(found)


def contact_now(contact: Contact) -> Contact:
    with transaction() as session:
        return session.get_one(Contact, contact.id)


def said(twilio: Twilio, call_sid: str) -> list[str]:
    """The addresses that the call was sent to, oldest first."""
    sent = twilio.control.get("/sandbox/webhooks", params={"call_sid": call_sid}).json()
    return [str(one["url"]) for one in reversed(sent) if one["kind"] == "twiml"]


def over(twilio: Twilio, call_sid: str) -> None:
    wait_for(lambda: twilio.status(call_sid) == "completed" or None)


def test_a_caller_reaches_the_agent_who_called_and_is_dialled_by_nobody(ours: Twilio) -> None:
    first = at_work()
    campaign = shown(first.campaign_id)
    hers = at_work_on(campaign)
    contact = known(campaign, hers)
    attempt = becomes(attempt_of(call_in(ours, contact.phone)), AttemptState.CONNECTED)
    assert (attempt.agent_session_id, attempt.contact_id) == (hers.id, contact.id)
    assert (attempt.is_inbound, attempt.phone, attempt.caller_id) == (True, contact.phone, OURS)
    assert agent_now(hers).state is SessionState.ON_CALL
    assert contact_now(contact).state is ContactState.HELD
    elsewhere, other = make_other_contact(contact.phone)
    with transaction() as session:
        assert claims.claim(session, elsewhere, other, utc_now()) is None
    ours.client.calls(str(attempt.call_sid)).update(status="completed")
    assert becomes(attempt, AttemptState.WRAP_UP).outcome is Outcome.ANSWERED
    assert agent_now(hers).state is SessionState.WRAP_UP


def at_work_on(campaign: Campaign) -> AgentSession:
    """One more agent, signed on to the campaign."""
    now = utc_now()
    with transaction() as session:
        agent = agents.start(session, make_user(session, now), campaign, now)
        session.info.clear()
    jobs.call_agent(str(agent.id))
    return line_of(agent, LineState.UP)


def make_other_contact(number: str) -> tuple[Campaign, Contact]:
    """Of another campaign, with the same number."""
    now = utc_now()
    with transaction() as session:
        campaign = make_campaign(session, now)
        return campaign, make_contact(session, campaign, now, phone=number)


def test_where_she_is_not_free_another_agent_takes_the_call(ours: Twilio) -> None:
    free = at_work()
    campaign = shown(free.campaign_id)
    hers = at_work_on(campaign)
    contact = known(campaign, hers)
    with transaction() as session:
        session.get_one(AgentSession, hers.id).state = SessionState.PAUSED
    attempt = becomes(attempt_of(call_in(ours, contact.phone)), AttemptState.CONNECTED)
    assert attempt.agent_session_id == free.id


def test_with_nobody_free_the_caller_waits_then_hears_the_message(ours: Twilio) -> None:
    campaign = shown_without_agents()
    contact = known(campaign, priority=PRIORITY_CALL_BACK)
    before = contact_now(contact)
    sid = call_in(ours, contact.phone)
    missed = becomes(attempt_of(sid), AttemptState.ABANDONED)
    assert (missed.is_abandoned, missed.is_inbound) == (False, True)
    over(ours, sid)
    jobs.reconcile_attempt(str(missed.id))
    assert now_of(missed).state is AttemptState.CLOSED
    after = contact_now(contact)
    assert (after.state, after.priority, after.next_call_at) == (
        ContactState.WAITING,
        PRIORITY_CALL_BACK,
        before.next_call_at,
    )
    assert after.attempts_made == before.attempts_made
    with transaction() as session:
        row = reports.total(session, missed.claimed_at - timedelta(minutes=5), utc_now())
    assert (row.dials, row.connected, row.abandoned) == (0, 0, 0)


def shown_without_agents() -> Campaign:
    with transaction() as session:
        campaign = make_campaign(session, utc_now())
    return shown(campaign.id)


def test_an_agent_who_gets_free_meanwhile_takes_the_call(ours: Twilio) -> None:
    agent = at_work()
    campaign = shown(agent.campaign_id)
    contact = known(campaign)
    with transaction() as session:
        session.get_one(AgentSession, agent.id).state = SessionState.PAUSED
    attempt = attempt_of(call_in(ours, contact.phone))
    with transaction() as session:
        session.get_one(AgentSession, agent.id).state = SessionState.READY
    assert becomes(attempt, AttemptState.CONNECTED).agent_session_id == agent.id


def test_the_end_of_a_callers_call_is_told(ours: Twilio) -> None:
    attempt = attempt_of(call_in(ours, known(shown_without_agents()).phone, patience_seconds=4))
    over(ours, str(attempt.call_sid))
    closed = becomes(attempt, AttemptState.CLOSED)
    assert (closed.outcome, closed.call_ended_at is not None) == (Outcome.ANSWERED, True)


def test_a_caller_who_gave_up_is_found_by_asking(ours: Twilio) -> None:
    plan_faults(ours, callback_dropped=1.0)
    campaign = shown_without_agents()
    contact = known(campaign)
    attempt = attempt_of(call_in(ours, contact.phone, patience_seconds=4))
    over(ours, str(attempt.call_sid))
    jobs.reconcile_attempt(str(attempt.id))
    closed = now_of(attempt)
    assert (closed.state, closed.is_abandoned) == (AttemptState.CLOSED, False)
    assert contact_now(contact).state is ContactState.WAITING


@pytest.mark.parametrize("digits", ["9", "59"])
def test_the_key_in_the_message_suppresses_at_once(ours: Twilio, digits: str) -> None:
    campaign = shown_without_agents()
    contact = known(campaign)
    sid = call_in(ours, contact.phone, digits=digits)
    over(ours, sid)
    jobs.reconcile_attempt(str(attempt_of(sid).id))
    assert suppressed(contact.phone) == campaign.client_id
    closed = contact_now(contact)
    assert (closed.state, closed.closed_reason) == (ContactState.CLOSED, ClosedReason.SUPPRESSED)


def test_the_key_suppresses_the_number_that_was_called_too(ours: Twilio) -> None:
    other = phone()
    contact = known(shown_without_agents(), other_phones=[other])
    over(ours, call_in(ours, other, digits="9"))
    assert suppressed(other) == suppressed(contact.phone)


def suppressed(number: str) -> int:
    with transaction() as session:
        [row] = session.exec(select(Suppression).where(Suppression.phone == number))
    assert (row.scope, row.source) == (SuppressionScope.CLIENT, "key press")
    return row.scope_id


def test_a_caller_whom_nobody_knows_hears_the_message_and_may_opt_out(ours: Twilio) -> None:
    campaign = shown_without_agents()
    stranger = phone()
    sid = call_in(ours, stranger, digits="9")
    over(ours, sid)
    assert suppressed(stranger) == campaign.client_id
    with transaction() as session:
        assert attempts.by_call_sid(session, sid) is None
    assert [url.rpartition("/")[2].partition("#")[0] for url in said(ours, sid)][:2] == ["inbound", "key"]


def test_a_number_of_no_campaign_says_nothing(ours: Twilio) -> None:
    sid = call_in(ours, phone())
    over(ours, sid)
    assert len(said(ours, sid)) == 1


def test_who_may_not_be_called_may_call(ours: Twilio) -> None:
    agent = at_work()
    campaign = shown(agent.campaign_id)
    contact = known(campaign)
    with transaction() as session:
        told = {"source": "agent", "reason": "asked", "user_id": None, "now": utc_now()}
        suppressions.add(session, contact.phone, SuppressionScope.SYSTEM, 0, **told)  # type: ignore[arg-type]
    assert becomes(attempt_of(call_in(ours, contact.phone)), AttemptState.CONNECTED).agent_id == agent.user_id


def test_what_a_closed_contact_agrees_to_on_the_line_holds(ours: Twilio) -> None:
    agent = at_work()
    campaign = shown(agent.campaign_id)
    contact = known(campaign, state=ContactState.CLOSED, closed_reason=ClosedReason.EXHAUSTED)
    attempt = becomes(attempt_of(call_in(ours, contact.phone)), AttemptState.CONNECTED)
    dispose(attempt, "lead")
    with transaction() as session:
        [lead] = session.exec(select(Lead).where(Lead.contact_id == contact.id))
    assert (lead.attempt_id, lead.made_by_id) == (attempt.id, agent.user_id)
    assert contact_now(contact).closed_reason is ClosedReason.LEAD


def test_what_a_closed_contact_does_not_agree_to_reopens_nothing(ours: Twilio) -> None:
    agent = at_work()
    campaign = shown(agent.campaign_id)
    contact = known(campaign, state=ContactState.CLOSED, closed_reason=ClosedReason.EXHAUSTED)
    attempt = becomes(attempt_of(call_in(ours, contact.phone)), AttemptState.CONNECTED)
    dispose(attempt, "not_now")
    closed = contact_now(contact)
    assert (closed.state, closed.closed_reason) == (ContactState.CLOSED, ClosedReason.EXHAUSTED)


def dispose(attempt: Attempt, code: str) -> None:
    with transaction() as session:
        locked = attempts.lock(session, attempt.id)
        assert locked is not None
        conclusions.conclude(session, locked, code, Conclusion(), utc_now())


def test_a_claim_that_was_not_placed_yet_gives_way(ours: Twilio) -> None:
    agent = at_work()
    waiting = claimed(shown(agent.campaign_id))
    attempt = becomes(attempt_of(call_in(ours, waiting.phone)), AttemptState.CONNECTED)
    assert now_of(waiting).state is AttemptState.RELEASED
    place(waiting)
    assert calls_to(ours, waiting.phone) == 0
    assert contact_by(attempt).attempts_made == 0


def contact_by(attempt: Attempt) -> Contact:
    with transaction() as session:
        return session.get_one(Contact, attempt.contact_id)


def test_a_call_of_ours_that_rings_gives_way(ours: Twilio) -> None:
    agent = at_work()
    ringing = claimed(shown(agent.campaign_id))
    ours.script(ringing.phone, "human", ring_seconds=LONG)
    place(ringing)
    becomes(ringing, AttemptState.RINGING)
    sid = call_in(ours, ringing.phone)
    wait_for(lambda: (Job.HANG_UP, str(ringing.id)) in queued() or None)
    jobs.hang_up(str(ringing.id))
    attempt = becomes(attempt_of(sid), AttemptState.CONNECTED)
    assert (attempt.agent_session_id, now_of(ringing).outcome) == (agent.id, Outcome.CANCELED)


def test_a_call_that_is_talked_on_goes_on_and_a_second_from_there_hears_the_message(ours: Twilio) -> None:
    agent = at_work()
    talked = claimed(shown(agent.campaign_id))
    ours.script(talked.phone, "human", ring_seconds=1, talk_seconds=LONG, patience_seconds=LONG)
    place(talked)
    becomes(talked, AttemptState.CONNECTED)
    sid = call_in(ours, talked.phone)
    over(ours, sid)
    assert now_of(talked).state is AttemptState.CONNECTED
    with transaction() as session:
        assert attempts.by_call_sid(session, sid) is None


def test_talk_counts_and_a_call_to_us_is_no_dial(ours: Twilio) -> None:
    agent = at_work()
    campaign = shown(agent.campaign_id)
    attempt = becomes(attempt_of(call_in(ours, known(campaign).phone)), AttemptState.CONNECTED)
    with transaction() as session:
        until = utc_now() + timedelta(minutes=1)
        row = reports.total(session, attempt.claimed_at - timedelta(minutes=1), until, user_id=agent.user_id)
    assert (row.dials, row.connected) == (0, 0)
    assert row.talk_seconds > 0
