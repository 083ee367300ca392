"""What a deployment may set, and what it is told when it forgot something."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from dialer.core.clock import clock_of, real_now
from dialer.core.errors import SettingMissing
from dialer.core.settings import Settings, get_settings
from tests.house import NOWHERE

START = datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
SANDBOX = {"twilio_base_url": "http://127.0.0.1:8100"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set in the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingMissing) as missing:
        settings(redis_url="redis://somewhere").require("public_url", "redis_url", "twilio_account_sid")
    assert missing.value.names == ("PUBLIC_URL", "TWILIO_ACCOUNT_SID")
    assert str(missing.value) == "PUBLIC_URL is not set; TWILIO_ACCOUNT_SID is not set"


def test_what_is_unusable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOL", "0")
    monkeypatch.setenv("TWILIO_READ_SECONDS", "soon")
    get_settings.cache_clear()
    with pytest.raises(SettingMissing, match=r"DATABASE_POOL: .*TWILIO_READ_SECONDS: "):
        get_settings()


@pytest.mark.parametrize(
    "shift",
    [{"clock_speed": 2.0}, {"clock_start": START, "clock_real_start": START}],
    ids=["faster", "another time"],
)
@pytest.mark.parametrize(
    "carrier",
    [
        None,
        "https://api.twilio.com",
        "https://api.twilio.com/",
        "https://API.Twilio.com:443",
        "https://api.dublin.ie1.twilio.com",
    ],
)
def test_the_real_carrier_has_the_real_time(carrier: str | None, shift: dict[str, object]) -> None:
    real = settings(twilio_base_url=carrier)
    assert real.carrier_is_real
    with pytest.raises(ValidationError, match="are for the sandbox"):
        settings(twilio_base_url=carrier, **shift)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8100", "https://sandbox.test", "https://nottwilio.com"])
def test_a_sandbox_may_have_another_time(url: str) -> None:
    shifted = settings(twilio_base_url=url, clock_start=START, clock_real_start=START, clock_speed=10)
    assert not shifted.carrier_is_real
    assert shifted.clock_origin() == (START, START)


@pytest.mark.parametrize(
    "url",
    [
        "http://calls.example",
        "https://localhost:8000",
        "https://web.localhost",
        "https://127.0.0.1",
        "https://[::1]",
        "https://10.1.2.3",
        "https://calls_one.example",
        "calls.example",
    ],
)
def test_the_real_carrier_is_given_an_address_that_it_can_reach(url: str) -> None:
    with pytest.raises(ValidationError, match="PUBLIC_URL must be https"):
        settings(public_url=url)
    assert settings(public_url=url, **SANDBOX).public_url == url
    assert settings(public_url="https://calls.example").public_url == "https://calls.example"


def test_half_a_shift_is_none() -> None:
    with pytest.raises(ValidationError, match="go together"):
        settings(**SANDBOX, clock_start=START)
    with pytest.raises(ValidationError, match="clock_start"):
        settings(**SANDBOX, clock_start="2026-12-01T10:00", clock_real_start=START)
    with pytest.raises(ValidationError, match="url"):
        settings(twilio_base_url="the sandbox")


def test_a_secret_shows_nowhere() -> None:
    told = repr(settings(twilio_auth_token="hush", twilio_api_key_secret="hush"))
    assert "hush" not in told


def test_the_clock_runs_from_its_start_at_its_speed() -> None:
    began = real_now() - timedelta(seconds=100)
    clock = clock_of(settings(**SANDBOX, clock_start=START, clock_real_start=began, clock_speed=60))
    reads = [clock.now() for _ in range(3)]
    assert reads == sorted(reads)
    assert START + timedelta(seconds=6000) <= reads[0]
    assert reads[0].utcoffset() == timedelta(0)
    assert clock.span_of_real(5) == timedelta(minutes=5)


def test_without_a_shift_the_clock_is_the_worlds() -> None:
    clock = clock_of(settings(twilio_base_url=NOWHERE))
    before, at, after = real_now(), clock.now(), real_now()
    assert before <= at <= after
