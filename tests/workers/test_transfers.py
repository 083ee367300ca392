"""Transfers, against the sandbox with its webhooks coming back: nobody is lost on the way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.errors import Conflict, Invalid
from dialer.core.queue import Job
from dialer.domain.agent import LineState, SessionState
from dialer.domain.attempt import AttemptState
from dialer.domain.leg import LegPurpose, LegState
from dialer.domain.user import Role
from dialer.services import agents, conclusions, suppressions, transfer_news, transfers
from dialer.services.conclusions import Conclusion
from dialer.services.sweeper import Patience
from dialer.services.transfers import Third
from dialer.store import attempts, leads, legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.legs import Leg
from dialer.store.suppressions import SuppressionScope
from tests.factories import make_campaign, make_user, phone
from tests.house import wait_for
from tests.sandbox.servers import Twilio
from tests.workers.legs import leg_becomes, leg_now, members
from tests.workers.situations import (
    LONG,
    agent_now,
    at_work,
    becomes,
    hold,
    line_of,
    now_of,
    on_call,
    plan_faults,
)
from workers import call_jobs, jobs

pytestmark = pytest.mark.usefixtures("web")
PATIENCE = Patience.of_real(lambda seconds: timedelta(seconds=seconds))
LATER = timedelta(hours=1)


def asks(do: Callable[[Session, datetime], object]) -> list[tuple[Job, tuple[str, ...]]]:
    """What the agent asked for, committed; the jobs that it left."""
    with transaction() as session:
        do(session, utc_now())
        session.flush()
        left: list[tuple[Job, tuple[str, ...]]] = session.info.get("jobs_after_commit", [])
        session.info.clear()
    return left


def works(left: list[tuple[Job, tuple[str, ...]]]) -> None:
    for job, ids in left:
        module = call_jobs if job.value.startswith("workers.call_jobs") else jobs
        getattr(module, job.value.rsplit(".", 1)[1])(*ids)


def colleague(agent: AgentSession) -> AgentSession:
    """Another agent at work, in a campaign of her own."""
    other = at_work()
    assert other.campaign_id != agent.campaign_id
    return other


def third_party(twilio: Twilio, behaviour: str = "human", **told: object) -> Third:
    number = phone()
    told = {
        "ring_seconds": 1,
        "talk_seconds": LONG,
        "patience_seconds": LONG,
        "dead_air_seconds": LONG,
    } | told
    twilio.script(number, behaviour, **told)
    return Third(number, number)


def called_in(twilio: Twilio, agent: AgentSession, attempt: Attempt, third: Third, *, attended: bool) -> Leg:
    works(
        asks(
            lambda session, now: transfers.call_in(
                session, agent.user_id, attempt.id, third, attended=attended, now=now
            )
        )
    )
    with transaction() as session:
        found = legs.last_of_attempt(session, attempt.id)
    assert found is not None
    return found


def talk_together(twilio: Twilio, room: str, *sids: str | None) -> None:
    wait_for(lambda: set(sids) == set(members(twilio, room)))


def handed(attempt: Attempt) -> Attempt:
    """The house's workers carry the job out that sends the person on."""

    def found() -> Attempt | None:
        now = now_of(attempt)
        return now if now.handed_on_at is not None else None

    return wait_for(found)


def hands_on(leg: Leg) -> None:
    leg_becomes(leg, LegState.JOINED)
    call_jobs.hand_on(str(leg.id))


def test_blind_to_an_agent_of_another_campaign(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    other = colleague(agent)
    works(asks(lambda session, now: transfers.to_agent(session, agent.user_id, attempt.id, other.id, now)))
    wait_for(lambda: agent_now(other).state is SessionState.ON_CALL)
    passed = becomes(attempt, AttemptState.CONNECTED)
    assert (passed.agent_session_id, passed.agent_id) == (other.id, other.user_id)
    assert passed.connected_at == attempt.connected_at
    assert agent_now(agent).state is SessionState.READY
    talk_together(sandbox, other.room, attempt.call_sid, other.line_call_sid)
    talk_together(sandbox, agent.room, agent.line_call_sid)
    with transaction() as session:
        assert transfers.passed_on_by(session, now_of(attempt)) != ""
        lead = leads_made(session, attempt.id, "lead")
    assert lead.made_by_id == other.user_id


def leads_made(session: Session, attempt_id: UUID, code: str) -> leads.Lead:
    attempt = attempts.lock(session, attempt_id)
    assert attempt is not None
    conclusions.conclude(session, attempt, code, Conclusion(), utc_now())
    session.flush()
    found = leads.of_contact(session, attempt.contact_id)
    assert found is not None
    return found


def test_blind_to_a_team_goes_to_who_has_been_ready_longest(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    other = colleague(agent)
    works(
        asks(
            lambda session, now: transfers.to_team(session, agent.user_id, attempt.id, other.campaign_id, now)
        )
    )
    wait_for(lambda: agent_now(other).state is SessionState.ON_CALL)
    with transaction() as session, pytest.raises(Conflict):
        transfers.to_team(session, other.user_id, attempt.id, other.campaign_id, utc_now())


def test_a_colleague_whose_line_fails_meanwhile_is_not_given_the_person(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    other = colleague(agent)
    left = asks(lambda session, now: transfers.to_agent(session, agent.user_id, attempt.id, other.id, now))
    with transaction() as session:
        row = session.get_one(AgentSession, other.id)
        agents.line_is_down(session, row, row.line_call_sid, utc_now())
        session.info.clear()
    works(left)
    wait_for(lambda: agent_now(other).state is SessionState.READY)
    kept = now_of(attempt)
    assert (kept.state, kept.agent_session_id) == (AttemptState.CONNECTED, agent.id)
    talk_together(sandbox, agent.room, attempt.call_sid, agent.line_call_sid)


def test_a_person_whom_the_carrier_does_not_send_stays_with_the_agent(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    other = colleague(agent)
    left = asks(lambda session, now: transfers.to_agent(session, agent.user_id, attempt.id, other.id, now))
    jobs.hang_up(str(attempt.id))
    becomes(attempt, AttemptState.WRAP_UP)
    works(left)
    assert agent_now(other).state is SessionState.READY
    assert now_of(attempt).agent_session_id == agent.id


def test_an_agent_reserved_for_a_lost_job_is_ready_again(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    other = colleague(agent)
    asks(lambda session, now: transfers.to_agent(session, agent.user_id, attempt.id, other.id, now))
    asks(lambda session, now: transfer_news.sweep(session, now, PATIENCE))
    assert agent_now(other).state is SessionState.RESERVED
    asks(lambda session, now: transfer_news.sweep(session, now + LATER, PATIENCE))
    assert agent_now(other).state is SessionState.READY


def test_blind_to_a_number_and_the_agent_is_in_wrap_up(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    leg = called_in(sandbox, agent, attempt, third_party(sandbox), attended=False)
    assert now_of(attempt).held_at is not None
    with transaction() as session:
        row = attempts.lock(session, attempt.id)
        assert row is not None
        with pytest.raises(Conflict):
            conclusions.conclude(session, row, "do_not_call", Conclusion(), utc_now())
    hands_on(leg)
    gone = handed(attempt)
    assert (gone.state, gone.held_at) == (AttemptState.WRAP_UP, None)
    assert agent_now(agent).state is SessionState.WRAP_UP
    talk_together(sandbox, leg.room, attempt.call_sid, leg_now(leg).call_sid)
    sandbox.client.calls(str(attempt.call_sid)).update(status="completed")
    leg_becomes(leg, LegState.ENDED)
    wait_for(lambda: now_of(attempt).call_ended_at is not None)
    talk_together(sandbox, leg.room)


def test_when_the_third_party_hangs_up_the_persons_call_ends_too(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    leg = called_in(sandbox, agent, attempt, third_party(sandbox), attended=False)
    hands_on(leg)
    handed(attempt)
    talk_together(sandbox, leg.room, attempt.call_sid, leg_now(leg).call_sid)
    call_jobs.end_leg(str(leg.id))
    wait_for(lambda: now_of(attempt).call_ended_at is not None)
    assert sandbox.status(attempt.call_sid) == "completed"


@pytest.mark.parametrize("behaviour", ["busy", "no_answer"])
def test_blind_to_somebody_who_does_not_answer_gives_the_person_back(sandbox: Twilio, behaviour: str) -> None:
    agent, attempt = on_call(sandbox)
    leg = called_in(sandbox, agent, attempt, third_party(sandbox, behaviour), attended=False)
    leg_becomes(leg, LegState.ENDED)
    call_jobs.apply_hold(str(attempt.id))
    kept = now_of(attempt)
    assert (kept.state, kept.held_at) == (AttemptState.CONNECTED, None)
    talk_together(sandbox, agent.room, attempt.call_sid, agent.line_call_sid)


def test_a_third_party_who_leaves_before_the_person_comes_loses_nobody(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    leg = called_in(sandbox, agent, attempt, third_party(sandbox), attended=False)
    leg_becomes(leg, LegState.JOINED)
    sandbox.client.calls(str(leg_now(leg).call_sid)).update(status="completed")
    leg_becomes(leg, LegState.ENDED)
    call_jobs.hand_on(str(leg.id))
    call_jobs.apply_hold(str(attempt.id))
    assert now_of(attempt).state is AttemptState.CONNECTED
    talk_together(sandbox, agent.room, attempt.call_sid, agent.line_call_sid)


def test_attended_three_in_the_room_then_the_agent_leaves(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    leg = called_in(sandbox, agent, attempt, third_party(sandbox), attended=True)
    leg_becomes(leg, LegState.JOINED)
    talk_together(sandbox, agent.room, attempt.call_sid, agent.line_call_sid, leg_now(leg).call_sid)
    hold(agent, attempt, False)
    works(asks(lambda session, now: transfers.leave(session, agent.user_id, attempt.id)))
    wait_for(lambda: leg_now(leg).joined_at is not None)
    call_jobs.hand_on(str(leg.id))
    assert handed(attempt).state is AttemptState.WRAP_UP
    talk_together(sandbox, leg.room, attempt.call_sid, leg_now(leg).call_sid)
    talk_together(sandbox, agent.room, agent.line_call_sid)


def test_attended_and_taken_back(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    leg = called_in(sandbox, agent, attempt, third_party(sandbox), attended=True)
    leg_becomes(leg, LegState.JOINED)
    works(asks(lambda session, now: transfers.back(session, agent.user_id, attempt.id, now)))
    leg_becomes(leg, LegState.ENDED)
    assert now_of(attempt).held_at is None
    talk_together(sandbox, agent.room, attempt.call_sid, agent.line_call_sid)


def test_a_person_who_hangs_up_during_the_consultation_ends_it(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    leg = called_in(sandbox, agent, attempt, third_party(sandbox), attended=True)
    leg_becomes(leg, LegState.JOINED)
    sandbox.client.calls(str(attempt.call_sid)).update(status="completed")
    becomes(attempt, AttemptState.WRAP_UP)
    call_jobs.end_leg(str(leg.id))
    leg_becomes(leg, LegState.ENDED)
    talk_together(sandbox, agent.room, agent.line_call_sid)


def test_leaving_waits_until_somebody_is_there(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    called_in(sandbox, agent, attempt, third_party(sandbox, ring_seconds=LONG), attended=True)
    with transaction() as session, pytest.raises(Conflict):
        transfers.leave(session, agent.user_id, attempt.id)
    with transaction() as session, pytest.raises(Conflict):
        transfers.call_in(
            session, agent.user_id, attempt.id, Third(phone(), ""), attended=True, now=utc_now()
        )


def test_the_lead_belongs_to_whom_the_person_was_handed_on(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    number = third_party(sandbox).address
    with transaction() as session:
        rep = make_user(session, utc_now(), Role.MANAGER, phone=number)
        third = transfers.somebody(session, agent.user_id, rep.id, utc_now())
    assert third.address == number
    leg = called_in(sandbox, agent, attempt, third, attended=False)
    hands_on(leg)
    handed(attempt)
    with transaction() as session:
        lead = leads_made(session, attempt.id, "lead")
    assert (lead.owner_id, lead.made_by_id) == (rep.id, agent.user_id)
    assert sandbox.status(attempt.call_sid) == "in-progress"


def test_a_transfer_whose_jobs_and_callbacks_were_lost_is_swept(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    leg = called_in(sandbox, agent, attempt, third_party(sandbox), attended=False)
    leg_becomes(leg, LegState.JOINED)
    works(asks(lambda session, now: transfer_news.sweep(session, now + timedelta(minutes=1), PATIENCE)))
    handed(attempt)
    plan_faults(sandbox, callback_dropped=1.0)
    sandbox.client.calls(str(leg_now(leg).call_sid)).update(status="completed")
    wait_for(lambda: sandbox.status(attempt.call_sid) == "completed")
    call_jobs.check_leg(str(leg.id))
    jobs.reconcile_attempt(str(attempt.id))
    assert leg_now(leg).state is LegState.ENDED
    assert now_of(attempt).call_ended_at is not None


def test_numbers_that_are_never_called(sandbox: Twilio) -> None:
    _, attempt = on_call(sandbox)
    listed = phone()
    with transaction() as session:
        campaign = session.get_one(Campaign, attempt.campaign_id)
        suppressions.add(
            session,
            listed,
            SuppressionScope.CLIENT,
            campaign.client_id,
            source="test",
            reason="asked",
            user_id=None,
            now=utc_now(),
        )
    for number in ("12", "+19005550199", attempt.phone, attempt.caller_id, listed):
        with transaction() as session, pytest.raises(Invalid):
            transfers.outside_number(session, attempt.id, number, utc_now())
    with transaction() as session:
        assert transfers.outside_number(session, attempt.id, "(312) 555-0177", utc_now()).address == (
            "+13125550177"
        )


def test_who_could_take_the_person(sandbox: Twilio) -> None:
    agent, _ = on_call(sandbox)
    other = colleague(agent)
    with transaction() as session:
        rep = make_user(session, utc_now(), Role.MANAGER, phone=phone(), full_name="Rita Rep")
        make_user(session, utc_now(), Role.MANAGER, full_name="Nora Nowhere")
        make_campaign(session, utc_now())
        found = transfers.targets(session, agent.user_id, utc_now())
    assert [target.key for target in found.agents] == [f"agent:{other.id}"]
    assert [target.key for target in found.teams if target.is_free] == [f"team:{other.campaign_id}"]
    assert {target.about for target in found.teams if not target.is_free} == {"nobody free"}
    assert f"team:{agent.campaign_id}" in [target.key for target in found.teams]
    assert [target.key for target in found.people] == [f"person:{rep.id}"]


def test_leaving_that_the_carrier_does_not_do_is_taken_back(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    leg = called_in(sandbox, agent, attempt, third_party(sandbox), attended=True)
    leg_becomes(leg, LegState.JOINED)
    left = asks(lambda session, now: transfers.leave(session, agent.user_id, attempt.id))
    with transaction() as session:
        row = session.get_one(Leg, leg.id)
        real, row.call_sid = row.call_sid, "CA" + "f" * 32
    works(left)
    assert leg_now(leg).purpose is LegPurpose.CONSULT
    with transaction() as session:
        session.get_one(Leg, leg.id).call_sid = real
    works(asks(lambda session, now: transfers.back(session, agent.user_id, attempt.id, now)))
    leg_becomes(leg, LegState.ENDED)
    talk_together(sandbox, agent.room, attempt.call_sid, agent.line_call_sid)


def test_an_agent_whose_line_is_lost_comes_back_to_person_and_third_party(sandbox: Twilio) -> None:
    agent, attempt = on_call(sandbox)
    leg = called_in(sandbox, agent, attempt, third_party(sandbox), attended=True)
    leg_becomes(leg, LegState.JOINED)
    sandbox.client.calls(str(agent.line_call_sid)).update(status="completed")
    wait_for(lambda: agent_now(agent).line_call_sid is None)
    talk_together(sandbox, agent.room, attempt.call_sid, leg_now(leg).call_sid)
    with transaction() as session:
        agents.connect_line(session, session.get_one(AgentSession, agent.id), utc_now())
        session.info.clear()
    jobs.call_agent(str(agent.id))
    back = line_of(agent, LineState.UP)
    assert back.state is SessionState.ON_CALL
    talk_together(sandbox, agent.room, attempt.call_sid, leg_now(leg).call_sid, back.line_call_sid)
