"""The jobs of a call that a machine answered: it is moved to its message, and a drawn one is recorded."""

from uuid import UUID

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.log import logger
from dialer.core.settings import get_settings
from dialer.domain.recording import RecordingPurpose
from dialer.services import machines, verdicts
from dialer.telephony.port import CarrierUnreachable
from dialer.telephony.urls import CarrierUrls
from workers import recording_jobs
from workers.jobs import get_carrier


def play_message(attempt_id: str) -> None:
    """What could not be moved is hung up on."""
    with transaction() as session:
        sid = machines.to_move(session, UUID(attempt_id))
    if sid is None:
        return
    url = CarrierUrls(str(get_settings().public_url)).call_voicemail(UUID(attempt_id))
    try:
        moved = get_carrier().redirect(sid, url)
    except CarrierUnreachable as error:
        logger.warning("message_not_played", attempt_id=attempt_id, error=str(error))
        moved = False
    with transaction() as session:
        machines.moved(session, UUID(attempt_id), moved, utc_now())


def record_verdict(attempt_id: str) -> None:
    """A sample that could not be begun is one less; nobody waits for it."""
    with transaction() as guard:
        if not recording_jobs.held(guard, UUID(attempt_id)):
            return
        with transaction() as session:
            sid = verdicts.to_record(session, UUID(attempt_id))
        if sid is not None:
            recording_jobs.begin(sid, UUID(attempt_id), RecordingPurpose.VERDICT)
