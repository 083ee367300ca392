"""A lead's clock: due, met, overdue; and where it may move."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from dialer.core.errors import Conflict, Invalid
from dialer.domain.lead import LeadEvent, LeadState
from dialer.services import leads
from dialer.store.audit import AuditEntry
from dialer.store.leads import FollowUp, Lead, follow_ups_of
from tests.factories import make_attempt, make_campaign, make_contact, make_lead, make_user

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def lead(session: Session, now: datetime) -> Lead:
    return make_lead(session, make_contact(session, make_campaign(session, now), now), now)


@pytest.mark.parametrize(
    ("minutes", "zone", "due"),
    [
        (120, "America/Chicago", datetime(2026, 12, 1, 20, 30, tzinfo=UTC)),
        (240, "America/New_York", datetime(2026, 12, 2, 14, 30, tzinfo=UTC)),
        (480, "America/Los_Angeles", datetime(2026, 12, 2, 18, 30, tzinfo=UTC)),
    ],
)
def test_due_after_the_campaigns_working_minutes_in_its_zone(
    session: Session, now: datetime, minutes: int, zone: str, due: datetime
) -> None:
    campaign = make_campaign(session, now, sla_minutes=minutes, time_zone=zone)
    contact = make_contact(session, campaign, now)
    made = leads.make(session, campaign, contact, make_attempt(session, contact, now), now)
    assert (made.made_at, made.due_at) == (now, due)
    assert made.state is LeadState.NEW


def test_made_twice_a_contact_has_one_lead(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    contact = make_contact(session, campaign, now)
    attempt = make_attempt(session, contact, now)
    made = leads.make(session, campaign, contact, attempt, now)
    assert leads.make(session, campaign, contact, attempt, now + AN_HOUR) is made
    assert session.exec(select(Lead)).all() == [made]


def test_the_first_follow_up_meets_the_promise(session: Session, now: datetime, lead: Lead) -> None:
    user = make_user(session, now)
    leads.follow_up(session, lead, user.id, "note", " not there before noon ", now)
    assert (lead.first_follow_up_at, lead.state) == (None, LeadState.NEW)
    leads.follow_up(session, lead, user.id, "call", "spoke to her", now + AN_HOUR)
    leads.follow_up(session, lead, user.id, "email", "sent the offer", now + 2 * AN_HOUR)
    assert (lead.first_follow_up_at, lead.state) == (now + AN_HOUR, LeadState.CONTACTED)
    session.flush()
    assert [(one.kind, one.notes) for one in follow_ups_of(session, lead.id)] == [
        ("note", "not there before noon"),
        ("call", "spoke to her"),
        ("email", "sent the offer"),
    ]


def test_a_follow_up_of_no_kind_is_refused(session: Session, now: datetime, lead: Lead) -> None:
    with pytest.raises(Invalid, match="Call, E-mail"):
        leads.follow_up(session, lead, make_user(session, now).id, "pigeon", "coo", now)
    assert session.exec(select(FollowUp)).all() == []


def test_overdue_is_marked_once_and_only_when_missed(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)

    def lead(due: datetime, **over: datetime) -> Lead:
        return make_lead(session, make_contact(session, campaign, now), now, due_at=due, **over)

    missed = lead(now - timedelta(seconds=1))
    lead(now)
    lead(now - AN_HOUR, first_follow_up_at=now)
    assert [leads.mark_overdue(session, now) for _ in range(2)] == [1, 0]
    assert missed.overdue_at == now
    leads.follow_up(session, missed, make_user(session, now).id, "call", "reached him", now + AN_HOUR)
    assert missed.overdue_at == now


def test_a_move_is_kept_with_who_and_what(session: Session, now: datetime, lead: Lead) -> None:
    user = make_user(session, now)
    leads.move(session, lead, LeadEvent.QUALIFY, user.id, "", now)
    leads.move(session, lead, LeadEvent.LOSE, user.id, " bought elsewhere ", now)
    assert (lead.state, lead.closed_reason) == (LeadState.LOST, "bought elsewhere")
    session.flush()
    kept = session.exec(select(AuditEntry).where(AuditEntry.action == "lead_moved")).all()
    assert [(row.user_id, row.detail["before"], row.detail["after"]) for row in kept] == [
        (user.id, "new", "prospect"),
        (user.id, "prospect", "lost"),
    ]


def test_a_closed_lead_does_not_move(session: Session, now: datetime, lead: Lead) -> None:
    user = make_user(session, now)
    leads.move(session, lead, LeadEvent.WIN, user.id, "", now)
    with pytest.raises(Conflict, match="won"):
        leads.move(session, lead, LeadEvent.LOSE, user.id, "changed her mind", now)
    assert lead.state is LeadState.WON
