"""The token with which a person's browser becomes her telephone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from dialer.api.deps import Person, people
from dialer.core.settings import get_settings
from dialer.domain.agent import AgentLine
from dialer.domain.user import SPEAKERS
from dialer.telephony.voice_token import LIFE_SECONDS, voice_token

router = APIRouter(include_in_schema=False)
Speaker = Annotated[Person, Depends(people(*SPEAKERS))]


@router.get("/voice-token")
def token(person: Speaker) -> Response:
    """204 where her telephone rings instead, or where calls have no sound."""
    made = voice_token(get_settings(), person.user.id) if person.user.line is AgentLine.BROWSER else None
    if made is None:
        return Response(status_code=204)
    return JSONResponse({"token": made, "seconds": LIFE_SECONDS})
