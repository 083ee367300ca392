"""X-Twilio-Signature: HMAC-SHA1 over the URL and the POST fields, in base64."""

import base64
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit


def sign(auth_token: str, url: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """A repeated key counts its distinct values, sorted; an empty value still counts its key."""
    text = url + "".join(key + value for key, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(auth_token.encode(), text.encode(), "sha1")).decode()


def signed_url(url: str, *, keep_https_port: bool) -> str:
    """The URL that is signed: without fragment, user and password, and for TwiML without the https port."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    if parts.scheme == "https" and not keep_https_port and parts.port is not None:
        netloc = netloc.rpartition(":")[0]
    if netloc == parts.netloc and not parts.fragment:
        return url
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))
