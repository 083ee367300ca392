"""Leads for managers: what is due comes first, a follow-up meets the promise, and how a lead ends."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlmodel import Session

from dialer.domain.lead import LeadState, SlaState, sla_state
from dialer.domain.user import Role
from dialer.store.attempts import Answer
from dialer.store.campaigns import Campaign
from dialer.store.leads import Lead, LeadFilter, follow_ups_of, page_of
from tests.factories import make_campaign, make_contact, make_lead, make_user
from tests.house import commit
from tests.web.visitor import Visitor, sign_in, toast, words

LEADS = "/manager/leads"


@pytest.fixture
def manager(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.MANAGER)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    campaign = make_campaign(session, now)
    commit(session)
    return campaign


def lead_of(session: Session, campaign: Campaign, now: datetime, name: str, **over: object) -> Lead:
    contact = make_contact(session, campaign, now, first_name=name, last_name="Lead", company=f"{name} Ltd")
    return make_lead(session, contact, now, **over)


def test_without_leads_it_says_where_they_come_from(manager: Visitor) -> None:
    shown = manager.read(LEADS)
    assert "No lead yet" in shown
    assert "Open 0 Overdue 0" in shown


def test_what_is_most_urgent_comes_first(
    manager: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    hour = timedelta(hours=1)
    lead_of(session, campaign, now, "Waits", due_at=now + 5 * hour)
    lead_of(session, campaign, now, "Soon", due_at=now + hour / 2)
    lead_of(session, campaign, now, "Late", due_at=now - hour)
    lead_of(session, campaign, now, "Met", due_at=now, first_follow_up_at=now - hour)
    lead_of(session, campaign, now, "Tardy", due_at=now - 2 * hour, first_follow_up_at=now - hour)
    lead_of(session, campaign, now, "Lost", due_at=now - hour, state=LeadState.LOST)
    commit(session)
    shown = manager.read(LEADS)
    names = ["Late Lead", "Soon Lead", "Waits Lead", "Met Lead", "Tardy Lead", "Lost Lead"]
    positions = [shown.index(name) for name in names]
    assert positions[:3] == sorted(positions[:3])
    assert max(positions[:3]) < min(positions[3:])
    assert "Open 5 Overdue 1 first follow-up missed Due within an hour 1 SLA met 33.3%" in shown
    assert "overdue by 1 h" in shown
    assert "closed before" in shown
    filtered = {
        "overdue": {"Late"},
        "running": {"Soon", "Waits"},
        "due_soon": {"Soon"},
        "met": {"Met"},
        "met_late": {"Tardy"},
    }
    for sla, expected in filtered.items():
        page = manager.read(LEADS, sla=sla)
        assert {
            name for name in ("Late", "Soon", "Waits", "Met", "Tardy", "Lost") if f"{name} Lead" in page
        } == expected


def test_the_database_and_the_domain_agree_on_the_promise(
    campaign: Campaign, session: Session, now: datetime
) -> None:
    minute = timedelta(minutes=1)
    for number, due in enumerate((-minute, timedelta(), minute)):
        for number_2, met in enumerate((None, -minute, timedelta(), minute)):
            followed_up = None if met is None else now + met
            name = f"Ada{number}{number_2}"
            lead_of(session, campaign, now, name, due_at=now + due, first_follow_up_at=followed_up)
    for sla in SlaState:
        found = [lead for lead, *_ in page_of(session, LeadFilter(sla=sla), now, 0, 100)]
        assert found
        assert {sla_state(lead.due_at, lead.first_follow_up_at, now) for lead in found} == {sla}
    assert sum(len(page_of(session, LeadFilter(sla=sla), now, 0, 100)) for sla in SlaState) == 12


def test_filters_and_search(manager: Visitor, campaign: Campaign, session: Session, now: datetime) -> None:
    other, owner = make_campaign(session, now), make_user(session, now, Role.MANAGER, full_name="Olga Owner")
    lead_of(session, campaign, now, "Ada", owner_id=owner.id, state=LeadState.PROSPECT)
    ben = lead_of(session, other, now, "Ben")
    commit(session)

    def found(**query: object) -> set[str]:
        page = manager.read(LEADS, **query)
        return {name for name in ("Ada", "Ben") if f"{name} Lead" in page}

    assert found() == {"Ada", "Ben"}
    assert found(campaign=campaign.slug) == {"Ada"}
    assert found(owner=owner.id) == {"Ada"}
    assert found(state="prospect") == {"Ada"}
    assert found(state="open") == {"Ada", "Ben"}
    assert found(made_by=ben.made_by_id) == {"Ben"}
    assert found(q="ben lead") == {"Ben"}
    assert found(q="ADA LTD") == {"Ada"}
    assert found(q="A%a") == set()
    assert found(day="2026-12-01", span=1) == {"Ada", "Ben"}
    assert found(day="2026-11-30", span=1) == set()


def test_a_number_is_found_by_its_digits(
    manager: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    contact = make_contact(session, campaign, now, first_name="Ada", phone="+13125550177")
    make_lead(session, contact, now)
    commit(session)
    assert "Ada Okafor" in manager.read(LEADS, q="(312) 555-0177")
    assert "No lead fits" in manager.read(LEADS, q="555-0178")


@pytest.mark.parametrize("name", ["state", "sla", "campaign", "owner", "made_by", "day"])
def test_a_filter_that_is_none_is_told_and_nothing_shown(
    manager: Visitor, campaign: Campaign, session: Session, now: datetime, name: str
) -> None:
    lead_of(session, campaign, now, "Zoe")
    commit(session)
    answer = manager.get(LEADS, **{name: "nonsense"})
    assert answer.status_code == 422
    assert "“nonsense”" in words(answer)
    assert "Zoe" not in words(answer)


def test_many_leads_have_pages_that_keep_the_filter(
    manager: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    for number in range(53):
        lead_of(session, campaign, now, f"Ada{number:02}", due_at=now + timedelta(hours=9, minutes=number))
    commit(session)
    page = manager.get(LEADS, state="new")
    assert "53 leads Page 1 of 2" in words(page)
    assert 'href="/manager/leads?state=new&amp;page=2"' in page.text
    second = manager.read(LEADS, state="new", page=2)
    assert [name for name in ("Ada49", "Ada50", "Ada52") if f"{name} Lead" in second] == ["Ada50", "Ada52"]


def test_one_lead_with_all_that_is_known(
    manager: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    need = {"need": {"question": "What for?", "answer": ["Heating", "Cooling"]}}
    lead = lead_of(session, campaign, now, "Ada", qualification=need)
    for key, label, means, value in (
        ("need", "What for?", "need", ["Heating", "Cooling"]),
        ("owns", "Do you own it?", None, True),
        ("age", "How old is it?", None, 12),
    ):
        answer = Answer(
            attempt_id=lead.attempt_id,
            question_key=key,
            label=label,
            means=means,
            value=value,
            answered_at=now,
        )
        session.add(answer)
    commit(session)
    shown = manager.read(f"{LEADS}/{lead.id}")
    assert "Need Heating, Cooling Funds not known Authority not known Time frame not known" in shown
    assert "Do you own it? Yes" in shown
    assert "How old is it? 12" in shown
    assert "What for?" not in shown
    assert "The first follow-up is due in 1 h" in shown
    assert "Call: closed by Ada Number" in shown
    assert manager.get(f"{LEADS}/999999").status_code == 404


def test_a_follow_up_meets_the_promise(
    manager: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    lead = lead_of(session, campaign, now, "Ada")
    commit(session)
    page = f"{LEADS}/{lead.id}"
    note = {"kind": "note", "notes": "Looked them up."}
    toast(manager.post(f"{page}/follow-ups", note), manager)
    session.refresh(lead)
    assert (lead.first_follow_up_at, lead.state) == (None, LeadState.NEW)
    call = {"kind": "call", "notes": "Spoke to Ada; visit agreed."}
    shown = toast(manager.post(f"{page}/follow-ups", call), manager)
    assert "The follow-up is logged." in shown
    assert "Follow-up: Call by Ada Account Spoke to Ada; visit agreed." in shown
    assert "SLA met" in shown
    session.refresh(lead)
    assert lead.first_follow_up_at is not None
    assert (sla_state(lead.due_at, lead.first_follow_up_at, now), lead.state) == (
        SlaState.MET,
        LeadState.CONTACTED,
    )
    first = lead.first_follow_up_at
    manager.post(f"{page}/follow-ups", call)
    session.refresh(lead)
    assert lead.first_follow_up_at == first
    assert len(follow_ups_of(session, lead.id)) == 3


@pytest.mark.parametrize(
    ("form", "field", "message"),
    [
        ({"kind": "pigeon", "notes": "Flew."}, "kind", "A follow-up is one of"),
        ({"kind": "note", "notes": " "}, "notes", "A follow-up needs words"),
    ],
)
def test_a_follow_up_that_is_none(
    form: dict[str, str],
    field: str,
    message: str,
    manager: Visitor,
    campaign: Campaign,
    session: Session,
    now: datetime,
) -> None:
    lead = lead_of(session, campaign, now, "Ada")
    commit(session)
    answer = manager.post(f"{LEADS}/{lead.id}/follow-ups", form)
    assert answer.status_code == 422
    assert message in words(answer)
    assert f'id="field-{field}-error"' in answer.text
    assert form["notes"] in answer.text
    assert not follow_ups_of(session, lead.id)


def test_how_a_lead_goes_on_and_ends(
    manager: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    lead = lead_of(session, campaign, now, "Ada")
    commit(session)
    state = f"{LEADS}/{lead.id}/state"
    assert "The lead is prospect now." in toast(manager.post(state, {"event": "qualify"}), manager)
    without = manager.post(state, {"event": "lose", "reason": " "})
    assert without.status_code == 422
    assert "Say why" in words(without)
    lost = toast(manager.post(state, {"event": "lose", "reason": "Bought elsewhere"}), manager)
    assert "Closed Bought elsewhere" in lost
    assert "State: prospect → lost by Ada Account Bought elsewhere" in lost
    assert "Change its state" not in lost
    session.refresh(lead)
    assert (lead.state, lead.closed_reason) == (LeadState.LOST, "Bought elsewhere")
    again = manager.post(state, {"event": "win"})
    assert again.status_code == 422
    for nonsense in ("follow_up", "explode", ""):
        assert manager.post(state, {"event": nonsense}).status_code == 422
    session.refresh(lead)
    assert lead.state is LeadState.LOST


def test_a_lead_changes_its_owner(
    manager: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    lead = lead_of(session, campaign, now, "Ada")
    agent = make_user(session, now, full_name="Agnes Agent")
    admin = make_user(session, now, Role.ADMIN)
    gone = make_user(session, now, Role.MANAGER, is_active=False)
    commit(session)
    owner = f"{LEADS}/{lead.id}/owner"
    shown = toast(manager.post(owner, {"owner_id": agent.id}), manager)
    assert "Agnes Agent has the lead now." in shown
    assert "Owner: Nobody → Agnes Agent by Ada Account" in shown
    for wrong in (admin.id, gone.id, "", 99999):
        answer = manager.post(owner, {"owner_id": wrong})
        assert answer.status_code == 422
        assert 'id="field-owner_id-error"' in answer.text
    session.refresh(lead)
    assert lead.owner_id == agent.id
