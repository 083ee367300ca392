"""Transfers: an agent passes the person she talks with on to somebody else.

To an agent or a team: one of them is reserved, and the person goes to her room, at once (blind) or after
the agents have talked in the first one's (attended: see `colleagues`); the first agent is free once the
person has left hers. To anybody else: they are called as a leg while the person is on hold, at
once into a room of its own (blind), or into the agent's room first (attended). Until somebody else has
the person, the agent does, so nobody is lost. What the carrier's news mean is in `transfer_news.py`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import phonenumbers
from phonenumbers import PhoneNumberType
from sqlmodel import Session

from dialer.core.errors import Conflict, Invalid, NotFound
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.domain.agent import SessionEvent, SessionState
from dialer.domain.attempt import Outcome
from dialer.domain.leg import LegPurpose, LegState
from dialer.services import agents, call_control, colleagues, legs
from dialer.services.lines import address_of
from dialer.services.numbers import as_read, e164
from dialer.store import agent_sessions, audit, caller_ids, campaigns, suppressions, users
from dialer.store import legs as leg_rows
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.store.legs import Leg
from dialer.store.users import User

COUNTRY = "US"
"""Of a number that is typed without one."""
DEAR = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PAGER})
PASSED_ON = "call_passed_on"
ENGAGED: Mapping[SessionState, str] = {
    SessionState.ON_CALL: "in a call",
    SessionState.WRAP_UP: "in wrap-up",
    SessionState.PAUSED: "paused",
}


@dataclass(frozen=True)
class Third:
    """Who is called to take the person over."""

    address: str
    name: str
    user_id: int | None = None


def to_agent(
    session: Session,
    agent_id: int,
    attempt_id: UUID,
    session_id: UUID,
    now: datetime,
    *,
    attended: bool = False,
) -> None:
    """To one agent. Raises `Conflict` when she is not free any more."""
    attempt = _with_her(session, agent_id, attempt_id)
    other = agent_sessions.free(session, session_id)
    if other is None:
        raise Conflict("That agent is not free any more. Choose somebody else.")
    agents.change_state(session, other, SessionEvent.RESERVE, now)
    _pass_on(session, attempt, other, now, attended=attended)


def to_team(
    session: Session,
    agent_id: int,
    attempt_id: UUID,
    campaign_id: int,
    now: datetime,
    *,
    attended: bool = False,
) -> None:
    """To the agent of the campaign who has been ready longest. Raises `Conflict` when nobody is."""
    attempt = _with_her(session, agent_id, attempt_id)
    other = agents.reserve_longest_ready(session, campaign_id, now)
    if other is None:
        raise Conflict("Nobody of that team is free. Choose somebody else.")
    _pass_on(session, attempt, other, now, attended=attended)


def _pass_on(
    session: Session, attempt: Attempt, other: AgentSession, now: datetime, *, attended: bool
) -> None:
    to = session.get_one(User, other.user_id).full_name
    audit.note(session, now, attempt.agent_id, PASSED_ON, _subject(attempt), to=to, attended=attended)
    if attended:
        colleagues.ask(session, attempt, other, now)
        call_control.set_hold(session, attempt, True, now)
        return
    enqueue_after_commit(session, Job.PASS_ON, str(attempt.id), str(attempt.agent_session_id), str(other.id))


def somebody(session: Session, asking_id: int, user_id: int, now: datetime) -> Third:
    """Another person of the house, by telephone or in her browser. Raises `NotFound`, and `Conflict` when
    she is not free."""
    reachable = users.reachable(session, asking_id, now)
    user = next((user for user in reachable if user.id == user_id), None)
    if user is None:
        raise NotFound("That person can't be reached now. Choose somebody else.")
    if engaged := _engaged(session, user.id):
        raise Conflict(f"{user.full_name} is not free now: {engaged}. Choose somebody else.")
    return Third(user.phone or address_of(user), user.full_name, user.id)


def outside_number(session: Session, attempt_id: UUID, text: str, now: datetime) -> Third:
    """Raises `Invalid` for what is no number, costs extra, must not be dialled, or is the person's own."""
    if not text.strip():
        raise Invalid("Give the number that is to be called.")
    phone = e164(text.strip(), COUNTRY)
    if phonenumbers.number_type(phonenumbers.parse(phone)) in DEAR:
        raise Invalid("Numbers that cost extra are not called.")
    attempt = session.get(Attempt, attempt_id)
    if attempt is None:
        raise NotFound("This call is not yours.")
    if phone in (attempt.phone, attempt.caller_id):
        raise Invalid("That is a number of this very call.")
    if caller_ids.is_ours(session, phone):
        raise Invalid("That is one of our own numbers: nobody is there to take the call.")
    campaign = session.get_one(Campaign, attempt.campaign_id)
    found = suppressions.matching(session, [phone], campaign.client_id, campaign.id, now).get(phone)
    if found is not None:
        raise Invalid(f"That number must not be dialled: it is on {found.told()}.")
    return Third(phone, phone)


def call_in(
    session: Session, agent_id: int, attempt_id: UUID, third: Third, *, attended: bool, now: datetime
) -> Leg:
    """Call somebody to take the person over, who waits on hold meanwhile."""
    attempt = _with_her(session, agent_id, attempt_id)
    agent = session.get_one(AgentSession, attempt.agent_session_id)
    purpose = LegPurpose.CONSULT if attended else LegPurpose.HAND_ON
    leg = legs.ask(
        session,
        agent,
        purpose,
        third.address,
        agent_id,
        now,
        attempt_id=attempt.id,
        user_id=third.user_id,
    )
    call_control.set_hold(session, attempt, True, now)
    audit.note(session, now, agent_id, PASSED_ON, _subject(attempt), to=third.name, attended=attended)
    return leg


def leave(session: Session, agent_id: int, attempt_id: UUID) -> None:
    """The agent leaves the person to the third party whom she talked with."""
    attempt = call_control.talking(session, agent_id, attempt_id)
    leg = leg_rows.lock_open_of_attempt(session, attempt.id)
    if leg is None or leg.state is not LegState.JOINED or leg.purpose is not LegPurpose.CONSULT:
        raise Conflict("There is nobody yet to leave the person to.")
    if leg.line_of is None:
        leg.purpose, leg.joined_at = LegPurpose.HAND_ON, None
        enqueue_after_commit(session, Job.MOVE_LEG, str(leg.id))
    elif colleagues.is_there(session, leg):
        colleagues.go_home(session, leg)
    else:
        raise Conflict("Their line was lost. Wait until it is back, or take the person back.")
    call_control.look_again(session, agent_id)


def back(session: Session, agent_id: int, attempt_id: UUID, now: datetime) -> None:
    """The agent takes the person back: off hold, the third party hung up on."""
    attempt = call_control.talking(session, agent_id, attempt_id)
    leg = leg_rows.lock_open_of_attempt(session, attempt.id)
    if leg is not None:
        leg.purpose = LegPurpose.CONSULT
        legs.end(session, leg, now)
    call_control.set_hold(session, attempt, False, now)
    call_control.look_again(session, agent_id)


def name_of(session: Session, leg: Leg) -> str:
    if leg.user_id is not None:
        return session.get_one(User, leg.user_id).full_name
    return as_read(leg.address) if leg.address.startswith("+") else leg.address


def farewell(session: Session, leg: Leg) -> str:
    """How a leg that is over ended, in words; empty for one that was taken back."""
    name = name_of(session, leg)
    if leg.joined_at is not None:
        return f"{name} has left."
    if leg.carrier_error in (None, Outcome.CANCELED):
        return ""
    missed: dict[str, str] = {Outcome.BUSY: "is busy", Outcome.NO_ANSWER: "did not answer"}
    return f"{name} {missed.get(leg.carrier_error or '', 'could not be reached')}."


@dataclass(frozen=True)
class Target:
    key: str
    name: str
    about: str
    is_free: bool = True


@dataclass(frozen=True)
class Targets:
    """Who could take the person now."""

    agents: list[Target]
    teams: list[Target]
    people: list[Target]


def targets(session: Session, agent_id: int, now: datetime) -> Targets:
    free = agent_sessions.free_in_running_campaigns(session)
    names_of = {row.id: row.name for row in campaigns.running(session)}
    names = users.names(session, {row.user_id for row in free})
    counts = Counter(row.campaign_id for row in free)
    return Targets(
        agents=[
            Target(f"agent:{row.id}", names[row.user_id], f"ready, {names_of[row.campaign_id]}")
            for row in free
        ],
        teams=[_team(key, name, counts[key]) for key, name in sorted(names_of.items())],
        people=[
            _person(session, user) for user in users.reachable(session, agent_id, now) if user.id not in names
        ],
    )


def _team(campaign_id: int, name: str, free: int) -> Target:
    return Target(f"team:{campaign_id}", name, f"{free} free" if free else "nobody free", free > 0)


def _person(session: Session, user: User) -> Target:
    engaged = _engaged(session, user.id)
    return Target(f"person:{user.id}", user.full_name, f"{user.role.value}, {engaged or 'free'}", not engaged)


def _engaged(session: Session, user_id: int) -> str:
    """What keeps the person from taking a call, in words; empty for nothing."""
    on_shift = agent_sessions.of_user(session, user_id)
    if on_shift is not None:
        return ENGAGED.get(on_shift.state, "signed on, and not free")
    return "in a call" if leg_rows.is_with_somebody(session, user_id) else ""


def _with_her(session: Session, agent_id: int, attempt_id: UUID) -> Attempt:
    """Her own call with a person on the line, and nobody called in yet."""
    attempt = call_control.talking(session, agent_id, attempt_id)
    if leg_rows.lock_open_of_attempt(session, attempt.id) is not None:
        raise Conflict("Somebody is called in already. Take the person back first.")
    return attempt


def _subject(attempt: Attempt) -> str:
    return f"attempt {attempt.id}"


def passed_on_by(session: Session, attempt: Attempt) -> str:
    """Who had the person before the agent who has her now; empty for nobody."""
    notes = audit.of_subject(session, _subject(attempt), {PASSED_ON})
    last = notes[-1].user_id if notes else None
    return session.get_one(User, last).full_name if last not in (None, attempt.agent_id) else ""
