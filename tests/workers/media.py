"""A carrier that has one recording and nothing else, and that breaks off where it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

from tests.small_server import small_server

SOUND = bytes(range(256)) * 4096
WAV = b"RIFF" + (len(SOUND) + 4).to_bytes(4, "little") + b"WAVE" + SOUND


@dataclass
class Media:
    url: str
    body: bytes = WAV
    status: int = 200
    delete_status: int = 204
    cut_at: int | None = None
    """The connection is closed after so many bytes of what was promised."""
    hangs_at: int | None = None
    """After so many bytes nothing more comes."""
    says_length: bool = True
    asked: list[str] = field(default_factory=list)
    over: Event = field(default_factory=Event)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    media: Media

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is told."""

    def do_GET(self) -> None:
        media = self.media
        media.asked.append("GET")
        self.send_response(media.status)
        if media.says_length:
            self.send_header("Content-Length", str(len(media.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        end = media.cut_at or media.hangs_at or len(media.body)
        self.wfile.write(media.body[:end])
        self.wfile.flush()
        if media.hangs_at is not None:
            media.over.wait(60)
        self.close_connection = True

    def do_DELETE(self) -> None:
        self.media.asked.append("DELETE")
        self.send_response(self.media.delete_status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def media_server() -> Iterator[Media]:
    with small_server(_Handler) as url:
        _Handler.media = Media(url)
        try:
            yield _Handler.media
        finally:
            _Handler.media.over.set()
