"""The dial queue's jobs: a campaign's filter put on its contacts, a batch in a transaction."""

from dialer.core.database import transaction
from dialer.core.redis import get_redis
from dialer.services import contact_filters
from dialer.store import dial_queue


def apply_filter(campaign_id: str) -> None:
    """Done twice, the second changes nothing; who is left out now is not taken from the queue any more."""
    at: int | None = 0
    while at is not None:
        with transaction() as session:
            at = contact_filters.mark_some(session, int(campaign_id), at)
    dial_queue.clear(get_redis(), int(campaign_id))
