"""As much of S3 as storing a file takes: put, get by ranges, head, delete, and uploads in parts. What was
asked of it is kept in order; it can be told to refuse."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.small_server import small_server

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@dataclass
class Bucket:
    """What it holds under path-style names, `/bucket/key`."""

    url: str
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refuses: bool = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is told."""

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        key, query = unquote(parts.path), parse_qs(parts.query, keep_blank_values=True)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.bucket.asked.append(f"{self.command} {'&'.join(query) or '-'}")
        signed = self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=")
        if self.bucket.refuses or not signed:
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        elif "uploadId" in query or "uploads" in query:
            self._part(key, query, body)
        elif "delete" in query:
            self._delete_many(key, body)
        else:
            self._whole(key, body)

    def _part(self, key: str, query: dict[str, list[str]], body: bytes) -> None:
        uploads = self.bucket.uploads
        upload = query.get("uploadId", [f"upload-{len(uploads) + 1}"])[0]
        if self.command == "PUT":
            uploads[upload][int(query["partNumber"][0])] = body
            self._answer(200, ETag=f'"part-{query["partNumber"][0]}"')
        elif self.command == "DELETE":
            uploads.pop(upload, None)
            self._answer(204)
        elif "uploads" in query:
            uploads[upload] = {}
            self._answer(200, _told("InitiateMultipartUploadResult", f"<UploadId>{upload}</UploadId>"))
        else:
            found = uploads.pop(upload)
            self.bucket.objects[key] = b"".join(found[number] for number in sorted(found))
            self._answer(200, _told("CompleteMultipartUploadResult", '<ETag>"whole"</ETag>'))

    def _delete_many(self, path: str, body: bytes) -> None:
        keys = re.findall(r"<Key>([^<]*)</Key>", body.decode())
        for key in keys:
            self.bucket.objects.pop(f"{path.rstrip('/')}/{key}", None)
        told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, _told("DeleteResult", told))

    def _whole(self, key: str, body: bytes) -> None:
        if self.command == "PUT":
            self.bucket.objects[key] = body
            self._answer(200, ETag='"whole"')
        elif self.command == "DELETE":
            self.bucket.objects.pop(key, None)
            self._answer(204)
        elif key not in self.bucket.objects:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._send(self.bucket.objects[key])

    def _send(self, found: bytes) -> None:
        modified = {"ETag": '"whole"', "Last_Modified": "Tue, 01 Dec 2026 18:30:00 GMT"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            self._answer(200, found, **modified)
            return
        first, last = int(asked[1]), int(asked[2] or len(found) - 1)
        span = f"bytes {first}-{min(last, len(found) - 1)}/{len(found)}"
        self._answer(206, found[first : last + 1], Content_Range=span, **modified)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - the library's names


def _told(name: str, content: str) -> bytes:
    return f"<{name} {NAMESPACE}>{content}</{name}>".encode()


@contextmanager
def bucket_server() -> Iterator[Bucket]:
    with small_server(_Handler) as url:
        _Handler.bucket = Bucket(url)
        yield _Handler.bucket
