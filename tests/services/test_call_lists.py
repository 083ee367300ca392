"""Loading a list: the counts add up, nothing is lost, and it is there whole or not at all."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from dialer.core.database import transaction
from dialer.core.errors import Invalid
from dialer.domain.contact import ClosedReason, ContactState
from dialer.services import call_lists, suppressions
from dialer.services.call_lists import Load, Report
from dialer.services.list_files import ListFileError, open_list
from dialer.store import call_lists as lists
from dialer.store.call_lists import CallList, RefusedRow
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.suppressions import SuppressionScope
from tests.factories import make_campaign

HEADERS = ("First name", "Last name", "Telephone", "State")
KINDS = ("new", "updated", "duplicate", "suppressed", "invalid")


def csv(rows: Sequence[Sequence[str]], headers: Sequence[str] = HEADERS) -> bytes:
    return "\n".join(",".join(row) for row in (headers, *rows)).encode()


def row(last: int, first_name: str = "Grace", state: str = "IL") -> tuple[str, ...]:
    return first_name, "Okafor", f"(312) 555-01{last:02}", state


def number(last: int) -> str:
    return f"+131255501{last:02}"


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now)


def load(session: Session, campaign: Campaign, content: bytes, now: datetime, **said: object) -> Report:
    return call_lists.load(session, campaign, open_list(content), Load(**{"name": "List", **said}), now)  # type: ignore[arg-type]


def counts(report: Report) -> dict[str, int]:
    found = {kind: getattr(report, kind) for kind in KINDS}
    assert sum(found.values()) == report.rows
    return {kind: count for kind, count in found.items() if count}


def contacts(session: Session) -> list[Contact]:
    return list(session.exec(select(Contact).order_by(col(Contact.id))))


def refused(session: Session) -> list[RefusedRow]:
    return list(session.exec(select(RefusedRow).order_by(col(RefusedRow.line))))


def test_each_row_becomes_a_contact_that_waits(session: Session, now: datetime, campaign: Campaign) -> None:
    report = load(session, campaign, csv([row(1), row(2, state="CA")]), now)
    assert counts(report) == {"new": 2}
    first, second = contacts(session)
    assert (first.phone, first.name, first.state_code) == (number(1), "Grace Okafor", "IL")
    assert (first.state, first.next_call_at, first.attempts_made) == (ContactState.WAITING, now, 0)
    assert first.zones == ["America/Chicago"]
    assert second.zones == ["America/Chicago", "America/Los_Angeles"]
    stored = session.get_one(CallList, report.call_list_id)
    assert (stored.name, stored.imported_at) == ("List", now)
    assert stored.mapping == {
        "first_name": "First name",
        "last_name": "Last name",
        "phone": "Telephone",
        "state": "State",
    }
    assert {kind: stored.counts[kind] for kind in ("rows", *KINDS)} == {
        "rows": 2,
        "new": 2,
        "updated": 0,
        "duplicate": 0,
        "suppressed": 0,
        "invalid": 0,
    }


def test_a_number_that_came_before_in_the_file_is_a_duplicate(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    report = load(session, campaign, csv([row(1), row(1, "Ada"), row(2), row(1)]), now)
    assert counts(report) == {"new": 2, "duplicate": 2}
    assert [one.first_name for one in contacts(session)] == ["Grace", "Grace"]
    assert [(one.line, one.reason) for one in refused(session)] == [(3, "duplicate"), (5, "duplicate")]


def test_a_duplicate_may_come_a_thousand_rows_later(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    filler = [("A", "B", f"({npa}) 555-01{last:02}", "IL") for npa in range(401, 412) for last in range(100)]
    report = load(session, campaign, csv([row(1), *filler, row(1)]), now)
    assert report.duplicate == 1
    assert counts(report)["new"] + counts(report).get("invalid", 0) == len(filler) + 1


def test_loaded_again_it_is_all_duplicates_and_news_are_updates(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    load(session, campaign, csv([row(1), row(2)]), now)
    known = contacts(session)[0]
    known.state, known.closed_reason = ContactState.CLOSED, ClosedReason.DISQUALIFIED
    known.attempts_made, known.next_call_at = 3, now - timedelta(days=3)
    session.flush()
    later = now + timedelta(hours=1)
    report = load(session, campaign, csv([row(1, "Ada"), row(2), row(3)]), later)
    assert counts(report) == {"new": 1, "updated": 1, "duplicate": 1}
    assert (known.first_name, known.updated_at) == ("Ada", later)
    assert (known.state, known.attempts_made) == (ContactState.CLOSED, 3)
    assert known.next_call_at == now - timedelta(days=3)


def test_another_campaign_may_have_the_same_people(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    load(session, campaign, csv([row(1)]), now)
    assert counts(load(session, make_campaign(session, now), csv([row(1)]), now)) == {"new": 1}


def test_suppressed_numbers_are_set_apart_with_the_reason(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    for last, scope, scope_id in (
        (1, SuppressionScope.SYSTEM, 0),
        (2, SuppressionScope.CLIENT, campaign.client_id),
        (3, SuppressionScope.CLIENT, campaign.client_id + 1),
    ):
        suppressions.add(
            session,
            number(last),
            scope,
            scope_id,
            source="letter",
            reason="asked",
            user_id=None,
            now=now,
        )
    report = load(session, campaign, csv([row(1), row(2), row(3), row(1)]), now)
    assert counts(report) == {"new": 1, "suppressed": 3}
    assert [one.phone for one in contacts(session)] == [number(3)]
    assert refused(session)[0].message == "It is on the system suppression list (letter: asked)."


def test_each_refused_row_is_kept_with_line_value_and_reason(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    bad = ("Grace", "Okafor", "none yet", "IL")
    report = load(session, campaign, csv([row(1), bad, ("Ada", "Byron", "", "IL")]), now)
    assert counts(report) == {"new": 1, "invalid": 2}
    first, second = refused(session)
    assert (first.line, first.column, first.value) == (3, "Telephone", "none yet")
    assert first.row == list(bad)
    assert (first.reason, second.reason) == ("not_a_number", "no_phone")
    assert report.reasons == {"not_a_number": 1, "no_phone": 1}
    stored = session.get_one(CallList, report.call_list_id)
    written = list(call_lists.refused_csv_rows(HEADERS, lists.every_refused_row(session, stored.id)))
    assert written[0] == ["line", "reason", "message", "column", "value", *HEADERS]
    assert written[1] == ["3", "not_a_number", first.message, "Telephone", "none yet", *bad]


def test_a_list_without_numbers_is_refused_and_leaves_nothing(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    with pytest.raises(Invalid, match="telephone"):
        load(session, campaign, b"First name,City\nGrace,Chicago\nAda,London\n", now)
    with pytest.raises(Invalid, match="no country “Atlantis”"):
        load(session, campaign, csv([row(1)]), now, country="Atlantis")
    assert session.exec(select(CallList)).all() == []


def test_a_file_that_breaks_off_leaves_nothing(session: Session, now: datetime, campaign: Campaign) -> None:
    session.commit()
    rows = [("A", "B", f"({npa}) 555-01{last:02}", "IL") for npa in range(401, 412) for last in range(100)]
    broken = csv(rows) + b'\nGrace,Okafor,"(312) 555-0101,IL\n'
    with pytest.raises(ListFileError, match="never closed"), transaction() as other:
        load(other, other.get_one(Campaign, campaign.id), broken, now)
    session.rollback()
    assert session.exec(select(CallList)).all() == []
    assert contacts(session) == []


def test_a_cell_that_the_database_can_not_hold_is_refused_not_fatal(
    session: Session, now: datetime, campaign: Campaign
) -> None:
    good = [row(last) for last in range(20)]
    odd = [("Gr\x00ace", "Okafor", "no\x00ne", "IL"), ("Ada\x00", "B", "(312) 555-0199", "")]
    report = load(session, campaign, csv([*good, *odd]), now)
    assert counts(report) == {"new": 21, "invalid": 1}
    assert contacts(session)[-1].first_name == "Ada"


def test_the_mapping_may_be_told(session: Session, now: datetime, campaign: Campaign) -> None:
    content = b"A,B\n(312) 555-0101,(312) 555-0111\n"
    report = load(session, campaign, content, now, columns={"phone": "B"})
    assert report.mapping["phone"] == "B"
    assert [one.phone for one in contacts(session)] == [number(11)]


def test_a_look_at_the_file_alone_writes_nothing(session: Session, campaign: Campaign) -> None:
    seen: list[int] = []
    content = csv([row(1), row(1), ("x", "y", "none", "IL")])
    report = call_lists.assess(open_list(content), Load("List"), seen.append)
    assert counts(report) == {"new": 1, "duplicate": 1, "invalid": 1}
    assert seen == [len(content)]
    assert (contacts(session), refused(session)) == ([], [])


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=',"'), max_size=12)
PHONES = st.one_of(CELLS, st.integers(0, 99).map(lambda last: f"(312) 555-01{last:02}"))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS, PHONES, CELLS), max_size=8))
def test_whatever_the_cells_hold_the_counts_add_up(
    session: Session, now: datetime, campaign: Campaign, rows: list[tuple[str, ...]]
) -> None:
    with session.begin_nested() as trial:
        report = load(session, campaign, csv([*rows, row(99)]), now, columns={"phone": "Telephone"})
        made, kept = len(contacts(session)), len(refused(session))
        trial.rollback()
    assert made == counts(report).get("new", 0)
    assert kept == report.rows - made
