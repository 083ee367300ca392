"""People are drawn by seed, number and call; scripts and rates have the last word."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.sandbox.config import SandboxConfig
from dialer.sandbox.people import TABLES, Behaviour, NumberScript, People, quantile
from tests.sandbox.servers import running_sandbox, wait_for

NUMBERS = [f"+1{area}55501{last:02d}" for area in range(201, 231) for last in range(100)]


def drawn(config: SandboxConfig) -> list[object]:
    people = People(config)
    return [people.next_for(number) for number in NUMBERS[:200] for _ in range(2)]


def test_the_same_seed_rings_the_same_people_in_any_order() -> None:
    config = SandboxConfig(seed=3)
    assert drawn(config) == drawn(config)
    assert drawn(config) != drawn(SandboxConfig(seed=4))
    backwards = People(config)
    people = {number: backwards.next_for(number) for number in reversed(NUMBERS[:200])}
    assert [people[number] for number in NUMBERS[:200]] == drawn(config)[::2]


def test_behaviours_follow_the_rates() -> None:
    config = SandboxConfig(answer_rate=0.3, machine_rate=0.25, busy_rate=0.05, failed_rate=0.03)
    people = People(config)
    counts = Counter(people.next_for(number).behaviour for number in NUMBERS)
    shares = {behaviour: count / len(NUMBERS) for behaviour, count in counts.items()}
    assert shares == {
        Behaviour.HUMAN: pytest.approx(0.3, abs=0.03),
        Behaviour.MACHINE: pytest.approx(0.25, abs=0.03),
        Behaviour.BUSY: pytest.approx(0.05, abs=0.02),
        Behaviour.FAILED: pytest.approx(0.03, abs=0.02),
        Behaviour.NO_ANSWER: pytest.approx(0.37, abs=0.03),
    }


def test_talk_times_are_those_of_real_calls() -> None:
    people = People(SandboxConfig(talk_scale=0.5))
    talks = sorted(people.next_for(number).talk_seconds for number in NUMBERS)
    assert talks[len(talks) // 2] == pytest.approx(90, rel=0.1)
    assert talks[len(talks) * 9 // 10] == pytest.approx(274, rel=0.15)


def test_a_script_changes_what_it_names_and_no_more() -> None:
    people, scripted = People(SandboxConfig()), People(SandboxConfig())
    scripted.numbers[NUMBERS[0]] = NumberScript(behaviour="human", talk_seconds=30)
    before, after = people.next_for(NUMBERS[0]), scripted.next_for(NUMBERS[0])
    assert (after.behaviour, after.talk_seconds) == (Behaviour.HUMAN, 30)
    assert after.patience_seconds == before.patience_seconds


@pytest.mark.parametrize("name", sorted(TABLES))
def test_tables_are_quantiles(name: str) -> None:
    shares, values = zip(*TABLES[name], strict=True)
    assert (shares[0], shares[-1]) == (0, 1)
    assert list(shares) == sorted(set(shares))
    assert list(values) == sorted(values)


@given(st.sampled_from(sorted(TABLES)), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_rise(name: str, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert quantile(TABLES[name], low) <= quantile(TABLES[name], high) + 1e-9


@pytest.mark.parametrize(
    "settings",
    [
        {"answer_rate": 0.9, "machine_rate": 0.2},
        {"busy_rate": -0.1},
        {"speed": 0},
        {"cps": 0},
        {"latency_seconds": -1},
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        SandboxConfig(**settings)  # type: ignore[arg-type]  # one dict for settings of several types


def test_two_runs_under_one_seed_end_alike() -> None:
    def outcomes(seed: int) -> dict[str, str]:
        with running_sandbox(seed=seed, speed=400) as twilio:
            for number in NUMBERS[:40]:
                twilio.dial(number, timeout=20)
            wait_for(lambda: twilio.state()["live_calls"] == 0)
            return {str(call.to): str(call.status) for call in twilio.client.calls.list()}

    first = outcomes(5)
    assert first == outcomes(5) != outcomes(6)
    assert set(first.values()) >= {"completed", "no-answer"}
