"""Everything that a deployment may set, read once from the environment (or a `.env` file).

The only reader of the environment. A setting that a process needs and does not have is named
in the error that stops it, before it does anything.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, HttpUrl, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dialer.core.errors import SettingMissing

REAL_CARRIER = "https://api.twilio.com"


RUNNING = "running.env"
"""In `DIALER_HOME`: what a demo that runs there is set to, so that commands find it."""
OWN_TO_PROCESSES = ("DIALER_HOME", "DATABASE_URL")
"""Not kept: the folder is how the file is found, and it leads to the embedded database, running or not."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    dialer_home: Path = Field(default=Path(".dialer"), description="folder of the embedded services' data")
    database_url: str | None = Field(default=None, description="PostgreSQL; absent: the embedded one")
    redis_url: str | None = Field(default=None, description="Redis or Valkey; absent: the embedded one")
    database_pool: int = Field(default=20, ge=1, description="connections a process may hold")

    public_url: str | None = Field(default=None, description="where the carrier reaches us, with scheme")
    fallback_url: HttpUrl | None = Field(
        default=None, description="TwiML elsewhere, for calls whose document the carrier can't have from us"
    )
    web_host: str = "127.0.0.1"
    web_port: int = 8000
    secure_cookies: bool = Field(default=False, description="set when people come in by https")
    session_hours: int = Field(default=12, ge=1)

    twilio_base_url: str | None = Field(default=None, description="a sandbox's address; absent: the real one")
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_api_key_sid: str | None = Field(default=None, description="for tokens of agents' browsers")
    twilio_api_key_secret: SecretStr | None = None
    twilio_connect_seconds: float = Field(default=3.05, gt=0)
    twilio_read_seconds: float = Field(default=10.0, gt=0)
    twilio_calls_per_second: float = Field(default=1.0, gt=0, description="the account's CPS")

    office_time_zone: str = Field(default="America/Chicago", description="whose day reports mean by today")
    scripts_folder: Path = Path("scripts_library")
    recording_store: str | None = Field(
        default=None, description="a folder, or s3://bucket/prefix; absent: a folder of DIALER_HOME"
    )
    recording_days: int = Field(default=90, ge=1, description="how long recordings are kept")
    office_state: str | None = Field(
        default=None, description="US state that agents call from; absent: unknown, the strictest counts"
    )
    tell_agents_when_listened_to: bool = Field(
        default=True, description="an agent's desk shows which supervisor is in her room"
    )
    worker_count: int = Field(default=2, ge=1, description="workers that `dialer up` starts")

    clock_start: AwareDatetime | None = Field(default=None, description="sandbox only: the time it began at")
    clock_real_start: AwareDatetime | None = Field(default=None, description="real time of clock_start")
    clock_speed: float = Field(default=1.0, gt=0, description="sandbox only: seconds a second")

    @model_validator(mode="after")
    def time_shifts_only_against_the_sandbox(self) -> Self:
        shifted = self.clock_start is not None or self.clock_speed != 1.0
        if self.twilio_base_url is not None:
            HttpUrl(self.twilio_base_url)
        if shifted and self.carrier_is_real:
            raise ValueError("CLOCK_START and CLOCK_SPEED are for the sandbox: TWILIO_BASE_URL names none")
        if (self.clock_start is None) != (self.clock_real_start is None):
            raise ValueError("CLOCK_START and CLOCK_REAL_START go together")
        return self

    @model_validator(mode="after")
    def the_real_carrier_can_reach_us(self) -> Self:
        if self.public_url is not None and self.carrier_is_real:
            url = urlsplit(self.public_url)
            host = url.hostname or ""
            if url.scheme != "https" or "_" in host or not _is_public(host):
                raise ValueError(
                    "PUBLIC_URL must be https, at a public name without underscores: Twilio calls it"
                )
        return self

    @property
    def carrier_is_real(self) -> bool:
        """Every address of Twilio's own is, its regions' among them."""
        host = urlsplit(self.twilio_base_url or REAL_CARRIER).hostname or ""
        return f".{host}".endswith(".twilio.com")

    def require(self, *names: str) -> None:
        """Raise `SettingMissing` naming every one of `names` that has no value."""
        missing = [name.upper() for name in names if getattr(self, name) is None]
        if missing:
            raise SettingMissing(missing)

    def clock_origin(self) -> tuple[datetime, datetime] | None:
        if self.clock_start is None or self.clock_real_start is None:
            return None
        return self.clock_start, self.clock_real_start


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal"))


@lru_cache
def get_settings() -> Settings:
    try:
        return Settings(_env_file=(".env", _home() / RUNNING))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']).upper() or 'settings'}: {item['msg']}"
            for item in error.errors()
        )
        raise SettingMissing([], problems) from error


def _home() -> Path:
    return Path(os.environ.get("DIALER_HOME") or Settings.model_fields["dialer_home"].default)  # noqa: TID251 - this is that reader


@contextmanager
def kept_for_commands(environment: Mapping[str, str]) -> Iterator[None]:
    """While this lasts, commands with its `DIALER_HOME` are set like that, unless told otherwise."""
    file = Path(environment["DIALER_HOME"]) / RUNNING
    lines = [f"{name}={value}\n" for name, value in environment.items() if name not in OWN_TO_PROCESSES]
    file.write_text("".join(lines))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def adopt(environment: Mapping[str, str]) -> None:
    """From here on this process, and what it starts, is set like that."""
    os.environ.update(environment)  # noqa: TID251 - the only reader is also the only writer
    get_settings.cache_clear()
