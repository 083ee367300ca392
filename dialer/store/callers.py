"""Who calls us: the contact behind a number that rang one of ours, and whose number it rang."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, func, or_, select

from dialer.core.database import under_lock
from dialer.domain.attempt import OPEN
from dialer.domain.campaign import CampaignState
from dialer.store.attempts import Attempt
from dialer.store.caller_ids import CallerId
from dialer.store.campaigns import Campaign
from dialer.store.carrier_events import CarrierEvent
from dialer.store.contacts import Contact

CALLING = "calling"
LONGEST_MESSAGE = timedelta(minutes=3)
"""Nobody tells when a stranger's call ends; the message that she hears takes one minute, and half as long
again after a key."""


def contact_of(session: Session, phone: str, our_number: str) -> Contact | None:
    """Of the contacts with this number whom campaigns of ours show `our_number`, or did: the one that
    was called last. A main number comes before another one, which no index finds."""
    main, other = col(Contact.phone) == phone, col(Contact.other_phones).contains([phone])
    return _called_last(session, main, our_number) or _called_last(session, other, our_number)


def _called_last(session: Session, has_number: ColumnElement[bool], our_number: str) -> Contact | None:
    showing = select(CallerId.campaign_id).where(CallerId.phone == our_number)
    mainly = select(Campaign.id).where(Campaign.caller_id == our_number)
    of_it = col(Attempt.contact_id) == Contact.id
    was_shown = select(Attempt.id).where(of_it, Attempt.caller_id == our_number).exists()
    last = select(func.max(Attempt.claimed_at)).where(of_it).scalar_subquery()
    return session.exec(
        select(Contact)
        .where(
            has_number,
            or_(
                col(Contact.campaign_id).in_(showing),
                col(Contact.campaign_id).in_(mainly),
                was_shown,
            ),
        )
        .order_by(last.desc().nulls_last(), col(Contact.id).desc())
        .limit(1)
    ).first()


def campaign_of(session: Session, our_number: str) -> Campaign | None:
    """The campaign that shows the number: a running one before others, the newest first."""
    showing = select(CallerId.campaign_id).where(CallerId.phone == our_number)
    return session.exec(
        select(Campaign)
        .where(or_(Campaign.caller_id == our_number, col(Campaign.id).in_(showing)))
        .order_by((col(Campaign.state) == CampaignState.RUNNING).desc(), col(Campaign.id).desc())
        .limit(1)
    ).first()


def in_the_way(session: Session, phone: str, contact_id: int | None) -> Sequence[Attempt]:
    """What is under way on the number or with the contact, locked."""
    return session.exec(
        under_lock(
            select(Attempt)
            .where(
                or_(Attempt.phone == phone, Attempt.contact_id == contact_id), col(Attempt.state).in_(OPEN)
            )
            .order_by(col(Attempt.id))
        )
    ).all()


def note_call(session: Session, phone: str, call_sid: str, now: datetime) -> None:
    """The number is calling us, and there is no attempt to tell so: one row a number, found by its key."""
    calling = insert(CarrierEvent).values(
        key=f"{CALLING}:{phone}", kind=CALLING, call_sid=call_sid, payload={}, received_at=now
    )
    session.execute(
        calling.on_conflict_do_update(index_elements=["key"], set_={"call_sid": call_sid, "received_at": now})
    )


def may_be_on_the_line(session: Session, phones: Collection[str], now: datetime) -> set[str]:
    """Numbers from which somebody of whom no attempt tells called us a moment ago."""
    keys = {f"{CALLING}:{phone}": phone for phone in phones}
    calling = session.exec(
        select(CarrierEvent.key).where(
            col(CarrierEvent.key).in_(keys), CarrierEvent.received_at > now - LONGEST_MESSAGE
        )
    )
    return {keys[key] for key in calling}


def last_agent(session: Session, contact_id: int) -> int | None:
    """Who had the contact on the line, or on her desk, last."""
    return session.exec(
        select(Attempt.agent_id)
        .where(Attempt.contact_id == contact_id, col(Attempt.agent_id).is_not(None))
        .order_by(col(Attempt.claimed_at).desc())
        .limit(1)
    ).first()


def first_heard(session: Session, call_sid: str, kind: str) -> datetime | None:
    """When the carrier first told of the call."""
    return session.exec(
        select(func.min(CarrierEvent.received_at)).where(
            CarrierEvent.call_sid == call_sid, CarrierEvent.kind == kind
        )
    ).one()
