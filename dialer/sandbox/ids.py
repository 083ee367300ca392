"""Makes SIDs. They are random, never seeded: a restarted sandbox must not hand out an old call's SID."""

import hashlib
from uuid import uuid4


def new_sid(prefix: str) -> str:
    return prefix + uuid4().hex


def number_sid(phone_number: str) -> str:
    """An owned number keeps its SID from start to start."""
    return "PN" + hashlib.sha256(phone_number.encode()).hexdigest()[:32]
