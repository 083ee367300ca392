"""What a simulated campaign keeps: contacts, attempts and desks, the last two moved by the product's own
state machines alone, which raise at a step that is none of theirs."""

from dataclasses import dataclass, field
from datetime import datetime

from dialer.domain import agent, attempt
from dialer.domain.agent import SessionEvent, SessionState
from dialer.domain.attempt import AttemptEvent, AttemptState, Outcome
from dialer.domain.contact import ClosedReason, ContactState
from dialer.domain.disposition import CallBackScope
from dialer.store.contacts import PRIORITY_FRESH


@dataclass(eq=False, slots=True)
class Contact:
    id: int
    call_list: int
    zones: tuple[str, ...]
    next_call_at: datetime
    priority: int = PRIORITY_FRESH
    state: ContactState = ContactState.WAITING
    closed_reason: ClosedReason | None = None
    is_suppressed: bool = False
    abandoned_at: datetime | None = None
    tried_before: tuple[datetime, ...] = ()
    """On other days."""
    attempts: list["Attempt"] = field(default_factory=list)
    call_back_desk: "Desk | None" = None
    """Of the agent whose call-back it is."""

    @property
    def tries(self) -> list[datetime]:
        return [*self.tried_before, *(one.claimed_at for one in self.attempts)]

    def close(self, reason: ClosedReason) -> None:
        self.state, self.closed_reason = ContactState.CLOSED, reason


@dataclass(eq=False, slots=True)
class Attempt:
    contact: Contact
    claimed_at: datetime
    priority: int
    due_at: datetime
    held: "Desk | None" = None
    """The agent who waits for this call and takes no other."""
    state: AttemptState = AttemptState.CLAIMED
    desk: "Desk | None" = None
    connected_at: datetime | None = None
    abandoned_at: datetime | None = None
    ended_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    disposition: str = ""
    agreed_at: datetime | None = None
    """When the person wants to be called back."""
    scope: CallBackScope = CallBackScope.ANYONE
    is_person: bool = False
    """Who picked up, in truth."""

    def move(self, event: AttemptEvent) -> None:
        before, self.state = self.state, attempt.next_state(self.state, event)
        assert before is not self.state, f"{event} moves no attempt that is {before}"


@dataclass(frozen=True, slots=True)
class Span:
    state: SessionState
    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        return (self.until - self.since).total_seconds()


@dataclass(eq=False, slots=True)
class Desk:
    """An agent's session of one shift."""

    signed_on: datetime
    state: SessionState = SessionState.READY
    since: datetime = field(init=False)
    signed_off: datetime | None = None
    spans: list[Span] = field(default_factory=list)
    attempt: Attempt | None = None

    def __post_init__(self) -> None:
        self.since = self.signed_on

    def move(self, event: SessionEvent, now: datetime) -> None:
        after = agent.next_state(self.state, event)
        assert after is not self.state, f"{event} moves no agent who is {self.state}"
        self.spans.append(Span(self.state, self.since, now))
        self.state, self.since = after, now
        if after is SessionState.OFFLINE:
            self.signed_off = now

    def seconds(self, state: SessionState) -> float:
        return sum(span.seconds for span in self.spans if span.state is state)
