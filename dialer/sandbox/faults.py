"""What goes wrong, and how often. Each fault is drawn from seed, fault and subject, never from the order
of things: the same seed hits the same calls and the same callbacks again."""

from collections import Counter
from random import Random
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dialer.sandbox.calls import Call
from dialer.sandbox.errors import REFUSALS, TwilioError

Share = Field(0.0, ge=0, le=1)


class FaultPlan(BaseModel):
    """Shares between 0 and 1; seconds of callbacks and answers are real ones."""

    model_config = ConfigDict(extra="forbid")

    callback_dropped: float = Share
    callback_doubled: float = Share
    callback_reordered: float = Share
    callback_delayed: float = Share
    callback_delay_seconds: float = Field(2.0, ge=0)
    callback_before_answer: float = Share
    create_failed_after_dialling: float = Share
    create_answer_lost: float = Share
    create_request_lost: float = Share
    create_refused: float = Share
    create_refused_code: int = 20503
    answer_slow: float = Share
    answer_slow_seconds: float = Field(5.0, ge=0)
    verdict_late: float = Share
    media_missing: float = Share
    read_lagged: float = Share
    read_lag_seconds: float = Field(5.0, ge=0)
    """In the sandbox's time: a fetched or listed call is shown as it was that long ago, and not at all
    when it was not made yet."""
    too_many_requests: float = Share
    connection_reset: float = Share
    tls_failed: float = Share
    most_requests_at_once: int | None = Field(None, ge=1)
    most_participants: int | None = Field(None, ge=0)
    only_to: list[str] | None = None
    """Faults of calls and their callbacks hit these addresses alone."""

    @model_validator(mode="after")
    def code_is_known(self) -> Self:
        if self.create_refused_code not in REFUSALS:
            raise ValueError(f"create_refused_code must be one of {sorted(REFUSALS)}")
        return self


KINDS = tuple(
    name
    for name, field in FaultPlan.model_fields.items()
    if field.annotation is float and not name.endswith("_seconds")
)
"""Whatever goes wrong by shares."""


class AnswerLost(Exception):
    """The connection is to be cut instead of answered."""


class Faults:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.plan = FaultPlan()
        self.struck: Counter[str] = Counter()

    def hits(self, fault: str, subject: str, to: str | None = None) -> bool:
        strikes = self.would_hit(fault, subject, to)
        self.struck[fault] += strikes
        return strikes

    def would_hit(self, fault: str, subject: str, to: str | None = None) -> bool:
        """What `hits` says, without its being counted."""
        share: float = getattr(self.plan, fault)
        if share == 0 or (to is not None and self.plan.only_to is not None and to not in self.plan.only_to):
            return False
        return Random(f"{self._seed}:{fault}:{subject}").random() < share

    def before_create(self, to: str, nth: int) -> None:
        """Nothing has been dialled when these strike."""
        if self.hits("create_request_lost", f"{to}#{nth}", to):
            raise AnswerLost
        if self.hits("create_refused", f"{to}#{nth}", to):
            raise REFUSALS[self.plan.create_refused_code]

    def after_create(self, call: Call) -> None:
        """The call is on its way when these strike."""
        if self.hits("create_answer_lost", call.key, call.order.to):
            raise AnswerLost
        if self.hits("create_failed_after_dialling", call.key, call.order.to):
            raise TwilioError(20500, "An internal server error has occurred", 500)
