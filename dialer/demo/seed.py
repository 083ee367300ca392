"""What the demo begins with: people of every role, a client, a running campaign, a call list."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from dialer.demo.people import fictional_list
from dialer.domain.campaign import CampaignEvent
from dialer.domain.user import Role
from dialer.services import call_lists, campaigns, users
from dialer.services.campaigns import CampaignDraft
from dialer.services.list_files import open_list
from dialer.store import caller_ids
from dialer.store import campaigns as campaign_rows
from dialer.store.campaigns import Campaign
from dialer.store.users import by_username

CAMPAIGN = "home-energy"
CONTACTS = 500
CALLER_ID = "+13125550100"
OTHER_CALLER_IDS = ("+12125550100", "+13055550100", "+14155550100", "+16175550100")
CALLBACK_NUMBER = "+13125550199"
STAFF = (
    ("agent", "Robin Agent", Role.AGENT),
    ("supervisor", "Sam Supervisor", Role.SUPERVISOR),
    ("manager", "Morgan Manager", Role.MANAGER),
    ("admin", "Alex Admin", Role.ADMIN),
)
ROBOT_NAMES = ("Ansel", "Bettina", "Cosmo", "Delphine", "Edgar", "Fleur", "Gideon", "Hazel", "Isidor", "Juno")


@dataclass(frozen=True)
class Account:
    username: str
    password: str
    role: Role


def robot_username(number: int) -> str:
    return f"robot{number}"


def passwords(home: Path) -> dict[str, str]:
    """The demo's own passwords, drawn once and kept beside its data."""
    file = home / "passwords.json"
    if not file.exists():
        names = ["robots", *(name for name, _, _ in STAFF)]
        file.write_text(json.dumps({name: secrets.token_urlsafe(9) for name in names}))
        file.chmod(0o600)
    found: dict[str, str] = json.loads(file.read_text())
    return found


def sow(session: Session, home: Path, robots: int, seed: int, now: datetime) -> list[Account]:
    """Add whatever is not there yet; the accounts that people sign in with."""
    secret = passwords(home)
    for username, name, role in STAFF:
        _user(session, username, name, role, secret[username], now)
    for number in range(1, robots + 1):
        name = f"{ROBOT_NAMES[(number - 1) % len(ROBOT_NAMES)]} Robot {number}"
        _user(session, robot_username(number), name, Role.AGENT, secret["robots"], now)
    if campaign_rows.by_slug(session, CAMPAIGN) is None:
        _campaign(session, seed, now)
    return [Account(username, secret[username], role) for username, _, role in STAFF]


def _user(session: Session, username: str, name: str, role: Role, password: str, now: datetime) -> None:
    if by_username(session, username) is None:
        users.add(session, username, name, role, password, None, now)


def _campaign(session: Session, seed: int, now: datetime) -> Campaign:
    client = campaigns.add_client(session, "brightside", "Brightside Home Energy", CALLBACK_NUMBER, now)
    manager = by_username(session, "manager")
    draft = CampaignDraft(
        slug=CAMPAIGN,
        name="Home energy check",
        client_id=client.id,
        script_slug="home-energy-check",
        caller_id=CALLER_ID,
        local_presence=True,
        wrap_up_seconds=180,
        lead_owner_id=manager.id if manager else None,
    )
    campaign = campaigns.create(session, draft, None, now)
    for number in OTHER_CALLER_IDS:
        caller_ids.include(session, campaign.id, number, now)
    file = open_list(fictional_list(CONTACTS, seed))
    call_lists.load(session, campaign, file, call_lists.Load(name="Fictional households", country="US"), now)
    campaigns.move(session, campaign, CampaignEvent.START, None, now)
    return campaign
