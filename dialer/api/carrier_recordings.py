"""The carrier's webhooks about recordings: kept, applied and committed; only then 2xx."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from dialer.api.deps import CARRIER, Database, Now, allowed
from dialer.api.signed import Fields
from dialer.services import carrier_webhooks

router = APIRouter(prefix="/twilio", dependencies=[Depends(allowed(CARRIER))], include_in_schema=False)


@router.post("/attempts/{attempt_id}/recording")
def recording_status(attempt_id: UUID, fields: Fields, database: Database, now: Now) -> Response:
    carrier_webhooks.recording_status(database, attempt_id, fields, now)
    return Response(status_code=204)
