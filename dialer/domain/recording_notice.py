"""Where a person must be told that a call is recorded, as data.

Only where every list read agrees that one party's consent is enough nothing need be said; the stricter
of the agent's and the person's place counts, and a place that is not known counts as strict.
"""

from dialer.domain.place import state_code

ONE_PARTY_STATES = frozenset(
    {
        "AL", "AK", "AZ", "AR", "CO", "DC", "GA", "HI", "ID", "IN", "IA", "KS", "KY", "LA", "ME", "MN",
        "MS", "MO", "NE", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "RI", "SC", "SD", "TN", "TX", "UT",
        "VT", "VA", "WV", "WI", "WY",
    }
)  # fmt: skip
"""As of June 2026. All parties must agree in CA, FL, IL, MD, MA, MT, NH, PA and WA; the lists differ on
CT, DE, MI, NV, OR and Puerto Rico."""


def is_due(state: str, country: str, office_state: str | None) -> bool:
    """Whether a recording has to be announced to somebody in `state`, called from `office_state`."""
    theirs = state_code(state) if country == "US" else None
    ours = state_code(office_state or "")
    return not {theirs, ours} <= ONE_PARTY_STATES
