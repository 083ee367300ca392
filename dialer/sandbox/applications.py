"""TwiML applications: what is asked, and who is told, where a call names an application instead of URLs."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from dialer.sandbox.calls import StatusCallback
from dialer.sandbox.forms import is_url
from dialer.sandbox.twiml import Source


def absolute(url: str) -> str:
    if not is_url(url):
        raise ValueError("is not an absolute URL")
    return url


Url = Annotated[str, AfterValidator(absolute)]
Method = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Voice:
    """What answers a call."""

    source: Source
    callback: StatusCallback | None


class Application(BaseModel):
    model_config = ConfigDict(extra="forbid")

    voice_url: Url
    voice_method: Method = "POST"
    voice_fallback_url: Url | None = None
    voice_fallback_method: Method = "POST"
    status_callback: Url | None = None
    status_callback_method: Method = "POST"

    @property
    def voice(self) -> Voice:
        source = Source(
            self.voice_url,
            self.voice_method,
            fallback_url=self.voice_fallback_url,
            fallback_method=self.voice_fallback_method,
        )
        url = self.status_callback
        return Voice(source, StatusCallback(url, self.status_callback_method) if url else None)
