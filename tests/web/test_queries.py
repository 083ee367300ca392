"""A page asks the database as often for many rows as for a few."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlmodel import Session

from dialer.core.database import get_engine
from dialer.domain.recording import RecordingPurpose
from dialer.domain.user import Role
from dialer.services import listening, recordings, suppressions
from dialer.store import audit
from dialer.store.suppressions import SuppressionScope
from tests.factories import (
    make_attempt,
    make_campaign,
    make_contact,
    make_lead,
    make_session,
    make_user,
    phone,
    sid,
)
from tests.house import commit
from tests.web.visitor import sign_in

PAGES = (
    "/desk",
    "/supervisor/campaigns",
    "/supervisor/campaigns/live",
    "/supervisor/lists",
    "/supervisor/suppressions",
    "/supervisor/floor",
    "/supervisor/recordings",
    "/manager/leads-per-hour",
    "/manager/leads",
    "/manager/abandoned-calls",
    "/admin/users",
)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the web process, a thread of this one, asks meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(get_engine(), "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(get_engine(), "before_cursor_execute", note)


def some_of_everything(session: Session, now: datetime) -> None:
    campaign, owner = make_campaign(session, now), make_user(session, now, Role.MANAGER)
    make_session(session, campaign, now)
    attempt = make_attempt(session, make_contact(session, campaign, now), now)
    recording = recordings.note(session, attempt, sid("RE"), RecordingPurpose.CALL, now)
    audit.note(session, now, owner.id, listening.PLAYED, f"recording {recording.id}")
    make_lead(session, make_contact(session, campaign, now), now, owner_id=owner.id)
    suppressions.add(
        session,
        phone(),
        SuppressionScope.CAMPAIGN,
        campaign.id,
        source="test",
        reason="asked",
        user_id=owner.id,
        now=now,
    )
    commit(session)


@pytest.mark.parametrize("path", PAGES)
def test_many_rows_cost_no_more_questions(
    path: str, web: httpx.Client, session: Session, now: datetime
) -> None:
    admin = sign_in(web, session, now, Role.ADMIN)
    for _ in range(2):
        some_of_everything(session, now)
    with statements() as few:
        admin.read(path)
    for _ in range(8):
        some_of_everything(session, now)
    with statements() as many:
        admin.read(path)
    assert few
    assert len(many) == len(few), many
    assert len(many) < 25
