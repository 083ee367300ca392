"""A carrier that says exactly what a test makes it say, and how it is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.services import enquiries
from dialer.services.sweeper import Patience
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.campaigns import Campaign
from dialer.telephony.port import CallFacts, CarrierUnreachable, RoomFacts

PATIENCE = Patience.of_real(lambda seconds: timedelta(seconds=seconds))


@dataclass
class TellingCarrier:
    """Knows the calls that it is told of, and takes no orders."""

    calls: dict[str, CallFacts] = field(default_factory=dict)
    found: Sequence[CallFacts] = ()
    names: dict[str, RoomFacts] = field(default_factory=dict)
    """Rooms by their names."""
    live: set[str] = field(default_factory=set)
    """Calls that are up, shown or not."""
    rang_at: datetime | None = None
    """It began to ring then, and shows that late."""
    reachable: bool = True
    asked: list[tuple[str, ...]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    """Happens while it is asked."""

    @property
    def rooms(self) -> "TellingCarrier":
        return self

    def find(self, name: str) -> RoomFacts | None:
        return self.names.get(name)

    def fetch_call(self, sid: str) -> CallFacts | None:
        if not self.reachable:
            raise CarrierUnreachable
        return self.calls.get(sid)

    def cancel(self, sid: str) -> CallFacts | None:
        """Whoever picked up is not canceled."""
        facts = self.calls[sid]
        status = "canceled" if facts.status == "queued" else facts.status
        self.calls[sid] = replace(facts, status=status, started_at=self.rang_at)
        return self.calls[sid]

    def hang_up(self, sid: str) -> CallFacts | None:
        """Writing does not lag behind: it is done though the call is not shown."""
        if sid not in self.live:
            return None
        self.live.remove(sid)
        return facts(sid, "completed")

    def find_calls(self, to: str, caller_id: str, since: datetime) -> Sequence[CallFacts]:
        self.asked.append((to, caller_id, since.isoformat()))
        self.meanwhile()
        return self.found


def facts(sid: str, status: str, to: str = "+13125550123") -> CallFacts:
    return CallFacts(sid, status, to, None, None)


def ask(session: Session, carrier: TellingCarrier, attempt: Attempt, now: datetime) -> None:
    enquiry = enquiries.about_call(session, attempt.id, now, PATIENCE)
    assert enquiry is not None
    word = enquiries.ask(carrier, enquiry)
    enquiries.settle(session, enquiry, word, now, PATIENCE)


def check_line(session: Session, carrier: TellingCarrier, agent: AgentSession, now: datetime) -> None:
    enquiry = enquiries.about_line(session, agent.id, now, PATIENCE)
    assert enquiry is not None
    enquiries.settle_line(session, enquiry, enquiries.ask_about_line(carrier, enquiry), now)


def long_after(session: Session, attempt: Attempt, now: datetime) -> datetime:
    """Longer than it could ring and the carrier's reads could lag behind."""
    ring = timedelta(seconds=session.get_one(Campaign, attempt.campaign_id).ring_seconds)
    return now + PATIENCE.never_placed + ring + timedelta(seconds=1)
