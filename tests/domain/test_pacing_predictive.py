"""Predictive pacing never goes beyond what carrier, list and floor allow, whatever it is shown."""

import copy
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.domain.pacing import Predictive, predictive
from dialer.domain.pacing_chance import chance_none_left, count_chances
from dialer.domain.pacing_scene import Dialled, Spell
from dialer.domain.pacing_snapshot import Bookmark
from dialer.domain.pacing_spells import Spells

NOW = 7200.0


@dataclass(frozen=True)
class Totals:
    live: int = 0
    abandoned: int = 0


@dataclass(frozen=True)
class History:
    attempts: list[Dialled] = field(default_factory=list)
    talks: list[Spell] = field(default_factory=list)
    wraps: list[Spell] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    now: float = NOW
    ready: int = 0
    on_call: tuple[float, ...] = ()
    wrap_up: tuple[float, ...] = ()
    leaving: int = 0
    on_break: int = 0
    placing: tuple[float, ...] = ()
    ringing: tuple[float, ...] = ()
    screening: tuple[float, ...] = ()
    waiting: tuple[float, ...] = ()
    totals: Totals = Totals()
    history: History = field(default_factory=History)
    max_abandon_rate: float = 0.03
    abandon_after: float = 2.0
    ring_timeout: float = 25.0
    cps: float = 50.0
    dial_budget: int = 50
    leads_left: int | None = None


def starts(longest: float, most: int) -> st.SearchStrategy[tuple[float, ...]]:
    """Start times of spells no longer than this, oldest first."""
    return st.lists(st.floats(0.0, longest), max_size=most).map(
        lambda ages: tuple(sorted(NOW - age for age in ages))
    )


scenes = st.builds(
    Scene,
    ready=st.integers(0, 60),
    on_call=starts(4000.0, 60),
    wrap_up=starts(300.0, 20),
    leaving=st.integers(0, 5),
    on_break=st.integers(0, 5),
    placing=starts(3.0, 40),
    ringing=starts(45.0, 60),
    screening=starts(8.0, 20),
    waiting=starts(2.0, 5),
    totals=st.builds(Totals, live=st.integers(0, 5000), abandoned=st.integers(0, 200)),
    abandon_after=st.floats(0.5, 10.0),
    dial_budget=st.integers(0, 80),
    leads_left=st.none() | st.integers(0, 100),
)


def past(rate: float, calls: int = 400) -> History:
    """What a campaign remembers whose every n-th call reaches a person."""
    every = round(1.0 / rate)
    history = History()
    for number in range(calls):
        dialled = NOW - 2000.0 + 4.0 * number
        if number % every == 0:
            answered = dialled + 6.0 + number % 5
            history.attempts.append(Dialled(dialled, dialled + 1.0, answered, answered, "live"))
            history.talks.append(Spell(answered, 60.0 + 7.0 * (number % 40)))
            history.wraps.append(Spell(answered + 200.0, 4.0 + number % 9))
        else:
            history.attempts.append(Dialled(dialled, dialled + 1.0, None, dialled + 26.0, "no_answer"))
    return history


def taught(history: History) -> Predictive:
    policy = predictive()
    policy.decide(Scene(history=history, ready=1))
    return policy


TAUGHT = taught(past(0.2))


@given(scenes)
@settings(max_examples=150, deadline=None)
def test_stays_within_the_carrier_and_the_list(scene: Scene) -> None:
    for policy in (predictive(), copy.deepcopy(TAUGHT)):
        placed = policy.decide(scene)
        assert 0 <= placed <= scene.dial_budget
        assert scene.leads_left is None or placed <= scene.leads_left


@given(scenes)
@settings(max_examples=60, deadline=None)
def test_places_nothing_when_nobody_could_take_a_call(scene: Scene) -> None:
    assert copy.deepcopy(TAUGHT).decide(replace(scene, ready=0, on_call=(), wrap_up=())) == 0


@given(scenes, st.integers(1, 20))
@settings(max_examples=100, deadline=None)
def test_more_ready_agents_never_mean_fewer_calls(scene: Scene, more: int) -> None:
    fewer = copy.deepcopy(TAUGHT).decide(scene)
    assert copy.deepcopy(TAUGHT).decide(replace(scene, ready=scene.ready + more)) >= fewer


@given(scenes)
@settings(max_examples=25, deadline=None)
def test_the_same_past_and_the_same_scene_give_the_same_answer(scene: Scene) -> None:
    one, other = copy.deepcopy(TAUGHT), taught(past(0.2))
    assert [one.decide(scene), one.decide(scene)] == [other.decide(scene), other.decide(scene)]


@given(scenes, st.floats(0.0, 0.1))
@settings(max_examples=100, deadline=None)
def test_strict_keeps_to_the_free_agents_until_one_more_is_borne(scene: Scene, limit: float) -> None:
    policy = predictive(strict=True)
    placed = policy.decide(replace(scene, max_abandon_rate=limit))
    totals = scene.totals
    if (totals.abandoned + 1) / (totals.live + 1) > limit:
        in_hand = len(scene.placing) + len(scene.ringing) + len(scene.screening) + len(scene.waiting)
        assert placed <= max(0, scene.ready - in_hand)


def test_strict_is_no_brake_while_the_limit_bears_one_more() -> None:
    scene = Scene(ready=20, totals=Totals(1000, 5), history=past(0.1))
    strict, free = predictive(strict=True), predictive()
    assert strict.decide(scene) == free.decide(scene) > 20


def test_nothing_is_placed_while_everybody_is_paused() -> None:
    assert copy.deepcopy(TAUGHT).decide(Scene(on_break=12, leaving=3)) == 0


@pytest.mark.parametrize("ready", [1, 3, 12, 100])
def test_starts_with_no_history(ready: int) -> None:
    placed = predictive().decide(Scene(now=0.0, ready=ready, dial_budget=1000))
    assert 1 <= placed <= 4 * ready


def test_waits_when_people_already_wait() -> None:
    assert (
        copy.deepcopy(TAUGHT).decide(Scene(ready=1, waiting=(NOW - 1.0, NOW - 0.5), ringing=(NOW - 7.0,)))
        == 0
    )


def test_a_low_answer_rate_asks_for_more_calls() -> None:
    scene = Scene(ready=20, dial_budget=500)
    rarely, often = taught(past(0.05)), taught(past(0.5))
    assert rarely.decide(replace(scene, history=past(0.05))) > 2 * often.decide(
        replace(scene, history=past(0.5))
    )


def test_holds_back_when_the_budget_is_overspent() -> None:
    scene = Scene(now=14000.0, ready=10, dial_budget=500)
    free, bound = copy.deepcopy(TAUGHT), copy.deepcopy(TAUGHT)
    assert bound.decide(replace(scene, totals=Totals(1000, 60))) < free.decide(
        replace(scene, totals=Totals(1000, 5))
    )


def test_each_entry_is_read_once() -> None:
    log = [Spell(float(number), 1.0) for number in range(10)]
    bookmark: Bookmark[Spell] = Bookmark()
    assert list(bookmark.unread(log)) == log
    assert list(bookmark.unread(log)) == []
    log.append(Spell(10.0, 1.0))
    assert list(bookmark.unread(log)) == log[-1:]
    shortened = [*log[4:], Spell(11.0, 1.0), Spell(12.0, 1.0)]
    assert list(bookmark.unread(shortened)) == shortened[-2:]


@pytest.mark.parametrize(("mean", "variance"), [(2.0, 1.2), (2.0, 2.0), (2.0, 3.5), (0.3, 0.28)])
def test_counts_keep_their_moments(mean: float, variance: float) -> None:
    chances = count_chances(mean, variance, 200)
    assert sum(chances) == pytest.approx(1.0, abs=0.02)
    assert sum(count * chance for count, chance in enumerate(chances)) == pytest.approx(mean, rel=0.03)


def test_the_risk_falls_with_agents_and_rises_with_people() -> None:
    risks = [chance_none_left(spare, 2.0, 1.5, 3.0, 2.5) for spare in range(-2, 12)]
    assert risks == sorted(risks, reverse=True)
    people = [chance_none_left(3, 2.0, 1.5, mean, mean) for mean in (0.1, 1.0, 3.0, 6.0, 20.0, 60.0)]
    assert people == sorted(people)


def test_spells_are_learned_with_those_still_running() -> None:
    spells = Spells(median=120.0, scale=0.55)
    for number in range(400):
        spells.learn(20.0 + number % 40)
    spells.refit(NOW, ())
    assert spells.lasts(10.0) > 0.95
    assert spells.lasts(40.0) == pytest.approx(0.5, abs=0.1)
    assert spells.lasts(90.0) < 0.05
    spells.refit(NOW, [NOW - 50.0] * 400)
    assert spells.lasts(40.0) > 0.6
