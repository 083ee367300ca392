"""The rows that a run begins with: agents who are signed in, one campaign, contacts that may be called."""

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from itertools import islice, product
from pathlib import Path

from sqlalchemy import Engine, text
from sqlmodel import Session

from bench.queue import COLUMNS
from dialer.api.deps import COOKIE, CSRF_HEADER
from dialer.core.database import transaction
from dialer.domain.campaign import CampaignEvent, DialMode, StrictPacing
from dialer.domain.user import Role
from dialer.services import campaigns
from dialer.services.campaigns import CampaignDraft
from dialer.store import caller_ids
from dialer.store.call_lists import CallList
from dialer.store.campaigns import Campaign
from dialer.store.users import User, WebSession

CALLER_IDS = ("+13125550100", "+12125550100", "+13055550100", "+14155550100", "+16175550100")
AREA_CODES = [code for code in range(200, 1000) if code % 100 != 11]
LINES = range(101, 200)
MOST_CONTACTS = len(AREA_CODES) * len(LINES)
AGENTS_FILE, HEARD_FILE = "agents.json", "heard.json"


def agents(session: Session, home: Path, count: int, now: datetime) -> list[int]:
    """Signed in, each with her browser's headers, which are kept for the robots."""
    people = [
        User(
            username=f"robot{number}",
            full_name=f"Robot Number{number}",
            role=Role.AGENT,
            password_hash="none",
            created_at=now,
        )
        for number in range(count)
    ]
    session.add_all(people)
    session.flush()
    browsers = [(secrets.token_urlsafe(32), secrets.token_urlsafe(32)) for _ in people]
    session.add_all(
        WebSession(
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            user_id=person.id,
            csrf_token=csrf,
            created_at=now,
            expires_at=now + timedelta(hours=12),
        )
        for person, (token, csrf) in zip(people, browsers, strict=True)
    )
    headers = [{"Cookie": f"{COOKIE}={token}", CSRF_HEADER: csrf} for token, csrf in browsers]
    (home / AGENTS_FILE).write_text(json.dumps(headers))
    return [person.id for person in people]


def campaign(session: Session, slug: str, mode: DialMode, now: datetime) -> Campaign:
    """Not started yet."""
    client = campaigns.add_client(session, slug, f"Client {slug}", "+13125550199", now)
    draft = CampaignDraft(
        slug,
        f"Campaign {slug}",
        client.id,
        "home-energy-check",
        CALLER_IDS[0],
        caller_id_calls_per_day=10**6,
        dial_mode=mode,
        strict_pacing=StrictPacing.OFF,
    )
    made = campaigns.create(session, draft, None, now)
    for number in CALLER_IDS[1:]:
        caller_ids.include(session, made.id, number, now)
    return made


def contacts(session: Session, campaign_id: int, first: int, count: int, now: datetime) -> None:
    """`count` of them on one list, with fiction's numbers from the `first` on. Callable where they live."""
    batch = CallList(
        campaign_id=campaign_id, name="Bench", country="US", mapping={}, counts={}, imported_at=now
    )
    session.add(batch)
    session.flush()
    stamp, due = now.isoformat(), (now - timedelta(hours=1)).isoformat()
    numbers = islice(product(LINES, AREA_CODES), first, first + count)
    cursor = session.connection().connection.cursor()
    with cursor.copy(f"COPY contacts ({COLUMNS}) FROM STDIN") as copy:
        for line, area in numbers:
            copy.write_row(
                (campaign_id, batch.id, f"+1{area}5550{line}", 0, "", "{}", "Ada", "Number", "", "", "",
                 "", "", "Chicago", "IL", "60601", "US", "{America/Chicago}", "", "{}", "waiting", 100, 0,
                 due, False, stamp, stamp)
            )  # fmt: skip


def analyze(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def move(engine: Engine, campaign_id: int, event: CampaignEvent, now: datetime) -> None:
    with transaction(engine) as session:
        campaigns.move(session, session.get_one(Campaign, campaign_id), event, None, now)
