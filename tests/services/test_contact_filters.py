"""A campaign's filter: counted, saved, marked on every contact, obeyed by new loads."""

from datetime import datetime

import pytest
from sqlmodel import Session, select

from dialer.core.queue import Job
from dialer.core.redis import get_redis
from dialer.domain import contact_filter
from dialer.domain.contact import ContactState
from dialer.services import call_lists, contact_filters, feeder
from dialer.services.call_lists import Load
from dialer.services.list_files import open_list
from dialer.store import contact_filters as rows
from dialer.store import dial_queue
from dialer.store.audit import AuditEntry
from dialer.store.campaigns import Campaign
from dialer.store.contacts import PRIORITY_CALL_BACK, Contact
from tests.factories import make_campaign, make_contact, make_user
from tests.house import commit, queued
from workers import queue_jobs


def sent(*conditions: tuple[str, str, str]) -> dict[str, str]:
    form: dict[str, str] = {}
    for n, condition in enumerate(conditions):
        form |= {f"{name}_{n}": text for name, text in zip(("field", "is", "value"), condition, strict=True)}
    return form


@pytest.mark.parametrize(
    ("field", "told", "value", "names"),
    [
        ("city", "is", "CHICAGO ", "ab"),
        ("city", "is_not", "chicago", "c"),
        ("city", "one_of", "Oslo, denver,", "c"),
        ("city", "contains", "hic", "ab"),
        ("city", "starts_with", "den", "c"),
        ("city", "contains", "%", ""),
        ("email", "empty", "", "bc"),
        ("email", "filled", "", "a"),
        ("attempts_made", "more_than", "1", "c"),
        ("phone", "starts_with", "+1303", "c"),
        ("custom.age", "more_than", "30", "a"),
        ("custom.age", "less_than", "41", "a"),
        ("custom.age", "is_not", "40", "bc"),
        ("custom.age", "filled", "", "ab"),
        ("custom.no such", "empty", "", "abc"),
    ],
)
def test_whom_a_condition_lets_through(
    session: Session, now: datetime, field: str, told: str, value: str, names: str
) -> None:
    campaign = make_campaign(session, now)
    make_contact(session, campaign, now, first_name="a", city="Chicago", email="a@b.c", custom={"age": 40})
    make_contact(session, campaign, now, first_name="b", city=" chicago", custom={"age": "forty"})
    make_contact(session, campaign, now, first_name="c", city="Denver", attempts_made=2, phone="+13035550111")
    conditions = contact_filter.read([{"field": field, "is": told, "value": value}])
    found = session.exec(
        select(Contact.first_name).where(Contact.campaign_id == campaign.id, rows.lets_through(conditions))
    )
    assert set(found) == set(names)
    assert rows.count(session, campaign.id, conditions) == (len(names), 3)


def filtered(session: Session, now: datetime) -> tuple[Campaign, Contact, Contact, Contact]:
    """One whom the filter lets through, one whom it leaves out, and one whom it would but who is promised a
    call; queued all three."""
    campaign = make_campaign(session, now)
    here = make_contact(session, campaign, now, city="Chicago")
    away = make_contact(session, campaign, now, city="Denver")
    promised = make_contact(session, campaign, now, city="Denver", priority=PRIORITY_CALL_BACK)
    closed = make_contact(session, campaign, now, city="Denver", state=ContactState.CLOSED)
    feeder.feed(session, get_redis(), campaign, now)
    user = make_user(session, now)
    form = contact_filters.save(session, campaign, sent(("city", "is", "Chicago")), user.id, now)
    assert form.error == ""
    commit(session)
    assert (Job.APPLY_FILTER, str(campaign.id)) in queued()
    assert not closed.is_left_out
    return campaign, here, away, promised


def left_out(session: Session, *people: Contact) -> list[bool]:
    session.expire_all()
    return [contact.is_left_out for contact in people]


def test_saved_it_is_marked_in_batches_and_the_queue_is_filled_anew(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_filters, "BATCH", 2)
    campaign, here, away, promised = filtered(session, now)
    for _ in range(2):
        queue_jobs.apply_filter(str(campaign.id))
        assert left_out(session, here, away, promised) == [False, True, False]
        session.rollback()
    assert dial_queue.members(get_redis(), campaign.id) == []
    feeder.feed(session, get_redis(), campaign, now)
    assert dial_queue.members(get_redis(), campaign.id) == [promised.id, here.id]
    contact_filters.save(session, campaign, {}, make_user(session, now).id, now)
    commit(session)
    queue_jobs.apply_filter(str(campaign.id))
    assert left_out(session, here, away, promised) == [False, False, False]
    notes = session.exec(select(AuditEntry).where(AuditEntry.action == "filter_set")).all()
    assert [entry.detail for entry in notes] == [
        {"before": "", "after": "City is Chicago"},
        {"before": "City is Chicago", "after": ""},
    ]


def test_a_new_load_obeys_it(session: Session, now: datetime) -> None:
    campaign, _, away, _ = filtered(session, now)
    file = f"phone,city\n+13125550121,Chicago\n+13125550122,Boston\n{away.phone},Chicago\n"
    call_lists.load(session, campaign, open_list(file.encode()), Load("More"), now)
    session.expire_all()
    marks = session.exec(select(Contact.city, Contact.is_left_out).where(Contact.campaign_id == campaign.id))
    assert set(marks) >= {("Chicago", False), ("Boston", True)}
    assert not away.is_left_out


def test_counting_saves_nothing_and_tells_what_is_wrong(session: Session, now: datetime) -> None:
    campaign = make_campaign(session, now)
    make_contact(session, campaign, now, custom={"roof": "flat"})
    form = contact_filters.counted(session, campaign, sent(("custom.roof", "is", "flat"), ("", "is", "x")))
    assert (form.left, form.of, campaign.contact_filter) == (1, 1, [])
    assert ("custom.roof", "roof") in form.fields
    wrong = contact_filters.counted(session, campaign, sent(("attempts_made", "less_than", "few")))
    assert "is compared with a number" in wrong.error
    assert wrong.left is None
