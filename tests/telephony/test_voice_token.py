"""The token of an agent's browser: whose, for what, how long."""

from typing import Any

import jwt
import pytest

from dialer.core.clock import real_now
from dialer.core.settings import Settings
from dialer.domain.user import identity_of
from dialer.telephony.voice_token import voice_token
from tests.house import ACCOUNT_SID

KEY_SID, SECRET = "SK" + "0" * 32, "a secret of at least thirty-two bytes"


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, twilio_account_sid=ACCOUNT_SID, **given)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key is set in the environment."""
    monkeypatch.delenv("TWILIO_API_KEY_SID", raising=False)
    monkeypatch.delenv("TWILIO_API_KEY_SECRET", raising=False)


def test_it_lets_one_agent_take_calls_for_an_hour() -> None:
    token = voice_token(settings(twilio_api_key_sid=KEY_SID, twilio_api_key_secret=SECRET), 7)
    assert token is not None
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert (claims["iss"], claims["sub"]) == (KEY_SID, ACCOUNT_SID)
    assert claims["grants"] == {"identity": identity_of(7), "voice": {"incoming": {"allow": True}}}
    assert 3600 - 60 < claims["exp"] - real_now().timestamp() <= 3600
    assert jwt.get_unverified_header(token)["cty"] == "twilio-fpa;v=1"


@pytest.mark.parametrize("half", [{}, {"twilio_api_key_sid": KEY_SID}, {"twilio_api_key_secret": SECRET}])
def test_without_a_whole_key_there_is_none(half: dict[str, str]) -> None:
    assert voice_token(settings(**half), 7) is None
