"""What a sandbox is started with. Refuses values that no run could make sense of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

OWNED_NUMBERS = (
    "+15005550006",
    "+13125550100",
    "+14155550100",
    "+12125550100",
    "+16175550100",
    "+13055550100",
)


@dataclass(frozen=True)
class SandboxConfig:
    host: str = "127.0.0.1"
    port: int = 8100
    speed: float = 1.0
    seed: int = 7
    account_sid: str = "AC" + "0" * 32
    auth_token: str = "sandbox"  # noqa: S105 (guards nothing: it is in the documentation)
    api_keys: Mapping[str, str] = field(default_factory=lambda: {"SK" + "0" * 32: "sandbox"})
    """Secrets by SID: they open the REST API as the account's own token does, and sign nothing."""
    clock_start: datetime | None = None
    clock_real_start: float | None = None
    """Unix time at which `clock_start` was true, so that several processes share one clock."""
    public_url: str = ""
    """How customers reach this sandbox; in the URLs of recordings. Empty means by host and port."""
    certificate: str = ""
    """A PEM file with a certificate and its key; with it the sandbox is asked by https."""
    cps: float = 50.0
    latency_seconds: float = 0.0
    """Added to every REST answer, in real time."""
    numbers: tuple[str, ...] = OWNED_NUMBERS
    answer_rate: float = 0.30
    machine_rate: float = 0.25
    busy_rate: float = 0.05
    failed_rate: float = 0.03
    talk_scale: float = 1.0

    @property
    def base_url(self) -> str:
        scheme = "https" if self.certificate else "http"
        return self.public_url.rstrip("/") or f"{scheme}://{self.host}:{self.port}"

    def __post_init__(self) -> None:
        rates = (self.answer_rate, self.machine_rate, self.busy_rate, self.failed_rate)
        if min(rates) < 0 or sum(rates) > 1:
            raise ValueError("answer, machine, busy and failed rates must be ≥ 0 and add up to at most 1")
        if min(self.speed, self.cps, self.talk_scale) <= 0:
            raise ValueError("speed, cps and talk_scale must be above 0")
        if self.latency_seconds < 0:
            raise ValueError("latency_seconds must be ≥ 0")
        if self.clock_start is not None and self.clock_start.tzinfo is None:
            raise ValueError("clock_start needs a time zone")
