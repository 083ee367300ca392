"""Tokens with which a person's browser becomes her telephone: incoming calls of one identity, for an
hour, nothing else."""

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from dialer.core.settings import Settings
from dialer.domain.user import identity_of

LIFE_SECONDS = 3600


def voice_token(settings: Settings, user_id: int) -> str | None:
    """The signed token; None where no API key is set, as with the sandbox, which has no sound."""
    if settings.twilio_api_key_sid is None or settings.twilio_api_key_secret is None:
        return None
    token = AccessToken(
        settings.twilio_account_sid,
        settings.twilio_api_key_sid,
        settings.twilio_api_key_secret.get_secret_value(),
        identity=identity_of(user_id),
        ttl=LIFE_SECONDS,
    )
    token.add_grant(VoiceGrant(incoming_allow=True))
    return str(token.to_jwt())
