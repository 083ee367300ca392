"""What the SIP code says of a call that failed after the carrier took it. The carrier's own codes for that
(13224, 13225, 32017) are told to its debugger alone; 403 is a forbidden number or a forbidden country alike,
and decides nothing.
"""

NO_SUCH_NUMBER = frozenset({404, 410, 484, 604})
"""Once, it may be a fault on the way; twice running, nobody has the number."""
CALLER_ID_BLOCKED = frozenset({607, 608})
"""By the person's carrier, for the reputation of the number that we show."""


def reason(code: int) -> str:
    if code in NO_SUCH_NUMBER:
        return "SIP: there is no such number"
    if code in CALLER_ID_BLOCKED:
        return "SIP: the number shown is blocked"
    return f"SIP: {code}"


NO_NUMBER = reason(404)
