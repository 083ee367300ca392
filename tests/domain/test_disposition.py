"""The default dispositions: the rows that code and agents rely on."""

from collections import Counter
from itertools import product

import pytest

from dialer.domain.attempt import Outcome
from dialer.domain.disposition import (
    DEFAULT_DISPOSITIONS,
    DISQUALIFY_REASONS,
    NEVER_PLACED,
    NO_DISPOSITION,
    UNUSABLE_NUMBER,
    Effect,
    system_disposition,
)

ROWS = {row.code: row for row in DEFAULT_DISPOSITIONS}


def test_codes_and_keys_are_unique() -> None:
    assert len(ROWS) == len(DEFAULT_DISPOSITIONS)
    keys = Counter(row.hotkey for row in DEFAULT_DISPOSITIONS if row.hotkey)
    assert set(keys.values()) == {1}
    assert len(dict(DISQUALIFY_REASONS)) == len(DISQUALIFY_REASONS)


def test_an_agent_has_a_key_for_each_of_hers_and_the_system_needs_none() -> None:
    assert all(bool(row.hotkey) is row.by_agent for row in DEFAULT_DISPOSITIONS)


def test_an_agent_can_choose_every_effect() -> None:
    assert {row.effect for row in DEFAULT_DISPOSITIONS if row.by_agent} == set(Effect)


@pytest.mark.parametrize(("outcome", "abandoned"), list(product(Outcome, (True, False))))
def test_the_system_has_a_conclusion_for_every_outcome(outcome: Outcome, abandoned: bool) -> None:
    row = ROWS[system_disposition(outcome, abandoned)]
    assert row.effect is Effect.RETRY
    assert row.retry_minutes > 0


@pytest.mark.parametrize("code", [NO_DISPOSITION, NEVER_PLACED, UNUSABLE_NUMBER])
def test_the_systems_own_codes_exist_and_no_agent_chooses_them(code: str) -> None:
    assert not ROWS[code].by_agent


def test_every_retry_waits_and_nothing_else_does() -> None:
    assert all((row.retry_minutes > 0) is (row.effect is Effect.RETRY) for row in DEFAULT_DISPOSITIONS)


def test_only_a_disqualification_needs_a_reason() -> None:
    assert all(row.needs_reason is (row.effect is Effect.DISQUALIFY) for row in DEFAULT_DISPOSITIONS)
