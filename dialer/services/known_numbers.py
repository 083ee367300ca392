"""What is known of telephone numbers before the rows of a call list are sorted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlmodel import Session, col, select

from dialer.store import suppressions
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact


class Known(Protocol):
    """What is known of numbers before a row is sorted."""

    def contacts(self, phones: Sequence[str]) -> Mapping[str, Contact]: ...

    def suppressions(self, phones: Sequence[str]) -> Mapping[str, str]: ...


class NothingKnown:
    """No campaign and no suppression list: only the file itself is looked at."""

    def contacts(self, phones: Sequence[str]) -> Mapping[str, Contact]:
        return {}

    def suppressions(self, phones: Sequence[str]) -> Mapping[str, str]:
        return {}


class KnownToCampaign:
    def __init__(self, session: Session, campaign: Campaign, now: datetime) -> None:
        self._session, self._campaign, self._now = session, campaign, now

    def contacts(self, phones: Sequence[str]) -> Mapping[str, Contact]:
        rows = self._session.exec(
            select(Contact).where(Contact.campaign_id == self._campaign.id, col(Contact.phone).in_(phones))
        )
        return {contact.phone: contact for contact in rows}

    def suppressions(self, phones: Sequence[str]) -> Mapping[str, str]:
        found = suppressions.matching(
            self._session, phones, self._campaign.client_id, self._campaign.id, self._now
        )
        return {phone: row.told() for phone, row in found.items()}
