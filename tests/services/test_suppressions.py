"""Suppressing a number takes effect at once, in its scope and nowhere else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from dialer.core.database import transaction
from dialer.domain.contact import ContactState
from dialer.services import suppressions
from dialer.store.suppressions import Suppression, SuppressionScope
from tests.factories import make_campaign, make_contact, phone, talk
from tests.house import somebody_waits_for_a_lock, wait_for


def suppress(
    session: Session, number: str, now: datetime, scope: SuppressionScope, scope_id: int = 0
) -> Suppression:
    return suppressions.add(
        session, number, scope, scope_id, source="letter", reason="asked", user_id=None, now=now
    )


@pytest.mark.parametrize("scope", SuppressionScope)
def test_a_suppression_closes_waiting_contacts_in_its_scope_only(
    session: Session, now: datetime, scope: SuppressionScope
) -> None:
    number = phone()
    campaign = make_campaign(session, now)
    sibling = make_campaign(session, now)
    sibling.client_id = campaign.client_id
    contacts = [
        make_contact(session, one, now, phone=number)
        for one in (campaign, sibling, make_campaign(session, now))
    ]
    scope_id = {SuppressionScope.CAMPAIGN: campaign.id, SuppressionScope.CLIENT: campaign.client_id}
    row = suppress(session, number, now, scope, scope_id.get(scope, 0))
    closed = {SuppressionScope.CAMPAIGN: 1, SuppressionScope.CLIENT: 2, SuppressionScope.SYSTEM: 3}[scope]
    assert [one.state for one in contacts] == [ContactState.CLOSED] * closed + [ContactState.WAITING] * (
        3 - closed
    )
    assert contacts[0].closed_detail == row.told()


def test_a_suppression_leaves_a_call_that_is_up_to_its_end(session: Session, now: datetime) -> None:
    talking = talk(session, now)
    suppress(session, talking.contact.phone, now, SuppressionScope.SYSTEM)
    assert talking.contact.state is ContactState.HELD


def test_suppressed_twice_is_one_row(session: Session, now: datetime) -> None:
    number = phone()
    first = suppress(session, number, now, SuppressionScope.SYSTEM)
    assert suppress(session, number, now, SuppressionScope.SYSTEM) is first
    assert len(session.exec(select(Suppression)).all()) == 1


def test_a_suppression_that_has_an_end_is_for_good_once_it_is_asked_for(
    session: Session, now: datetime
) -> None:
    number = phone()
    row = suppress(session, number, now - timedelta(days=9), SuppressionScope.SYSTEM)
    row.expires_at = now - timedelta(days=1)
    session.flush()
    assert suppress(session, number, now, SuppressionScope.SYSTEM).expires_at is None


def test_two_who_suppress_one_number_at_once_both_succeed(session: Session, now: datetime) -> None:
    number = phone()

    def second() -> int:
        with transaction() as other:
            return suppress(other, number, now, SuppressionScope.SYSTEM).id

    with ThreadPoolExecutor(1) as pool:
        mine = suppress(session, number, now, SuppressionScope.SYSTEM)
        theirs = pool.submit(second)
        wait_for(lambda: somebody_waits_for_a_lock() or theirs.done())
        session.commit()
        assert theirs.result(timeout=15) == mine.id
