"""A campaign and one contact of it, for tests of services that need no more."""

from datetime import datetime

import pytest
from sqlmodel import Session

from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from tests.factories import make_campaign, make_contact


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    return make_campaign(session, now)


@pytest.fixture
def contact(session: Session, now: datetime, campaign: Campaign) -> Contact:
    return make_contact(session, campaign, now)
