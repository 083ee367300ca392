"""The account's own numbers as the carrier lists them: only these may be shown, and their calls come to us.

The carrier is asked by the caller, outside any transaction; a list older than a day proves nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.store import caller_ids
from dialer.store.caller_ids import AccountNumber
from dialer.telephony.port import Numbers, OwnedNumber
from dialer.telephony.urls import CarrierUrls

LIST_GOOD_FOR = timedelta(days=1)
SUGGESTED = 3


@dataclass(frozen=True)
class OwnNumbers:
    """Which numbers are the account's own, as far as it is known at `now`."""

    seen_at: Mapping[str, datetime]
    now: datetime

    @property
    def is_known(self) -> bool:
        return max(self.seen_at.values(), default=self.now - LIST_GOOD_FOR) > self.now - LIST_GOOD_FOR

    def holds(self, phone: str) -> bool:
        return self.is_known and phone in self.seen_at

    def refusal(self, phone: str) -> str | None:
        """Why the number may not be shown, in words; None when it may."""
        if self.holds(phone):
            return None
        if not self.seen_at:
            return (
                f"Twilio has not listed any number of the account, so {phone} can't be proved to be ours. "
                "Try again when Twilio can be reached."
            )
        if not self.is_known:
            return (
                f"Twilio has not been reached for more than a day, so {phone} can't be proved to be ours. "
                "Try again when it answers."
            )
        have = ", ".join(sorted(self.seen_at)[:SUGGESTED])
        more = ", …" if len(self.seen_at) > SUGGESTED else ""
        return f"{phone} is not one of the account's numbers at Twilio. It has {have}{more}"


def own_numbers(session: Session, now: datetime) -> OwnNumbers:
    return OwnNumbers({number.phone: number.seen_at for number in caller_ids.account_numbers(session)}, now)


def record(session: Session, owned: Sequence[OwnedNumber], asked_at: datetime) -> None:
    """Keep what the carrier listed when it was asked at `asked_at`."""
    caller_ids.replace_account_numbers(
        session,
        [
            AccountNumber(phone=one.phone, number_sid=one.sid, voice_url=one.voice_url, seen_at=asked_at)
            for one in owned
        ],
        asked_at,
    )


def send_calls(
    numbers: Numbers, owned: Sequence[OwnedNumber], shown: Collection[str], urls: CarrierUrls
) -> list[OwnedNumber]:
    """Let calls to the account's numbers that a campaign shows come to us, and their ends be told; those
    changed, as they were before. Raises `CarrierUnreachable`."""
    here = urls.inbound(), urls.inbound_status()
    elsewhere = [one for one in owned if one.phone in shown and (one.voice_url, one.status_url) != here]
    for one in elsewhere:
        numbers.send_calls_to(one.sid, *here)
    return elsewhere
