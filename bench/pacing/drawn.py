"""Scenarios drawn at random over the whole range, for the robustness check. Names none of them by hand."""

import math
import random

from bench.pacing.scenarios import Rate, Scenario, Spread, steady, steps, wave


def log_uniform(rng: random.Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def at_random(seed: int) -> Scenario:
    """One scenario: small teams, sudden falls, wild talk and misjudged machines as often as calm days."""
    rng = random.Random(seed)
    agents = round(log_uniform(rng, 2.6, 60.0))
    base = log_uniform(rng, 0.05, 0.6)
    screened = rng.random() < 0.6
    machine = rng.uniform(0.1, 0.9) * (0.9 - base) * 0.6 if screened else 0.0
    leads = rng.choice((None, None, 0.3, 0.8))
    work = round(agents * 4.0 * 22.0 / base)
    return Scenario(
        f"random-{seed}",
        agents,
        live_rate(rng, base),
        talk=talk_spread(rng),
        wrap=Spread("log-normal", log_uniform(rng, 2.0, 40.0), rng.uniform(0.3, 1.0)),
        machine=machine,
        answer=Spread("log-normal", rng.uniform(4.0, 12.0), rng.uniform(0.25, 0.7)),
        screening=(rng.uniform(1.0, 3.0), rng.uniform(3.0, 6.0)) if screened else None,
        missed_machine=rng.uniform(0.0, 0.2),
        lost_person=rng.uniform(0.0, 0.15),
        busy=rng.uniform(0.0, 0.08),
        invalid=rng.uniform(0.0, 0.08),
        ring_timeout=rng.choice((18.0, 25.0, 30.0, 40.0)),
        placing=(rng.uniform(0.1, 0.6), rng.uniform(0.8, 3.0)),
        cps=rng.choice((1.0, 5.0, 20.0, 50.0)) if agents < 30 else 50.0,
        leads=None if leads is None else round(leads * work),
        break_every=rng.choice((None, None, 1800.0, 3600.0)),
        break_seconds=rng.uniform(120.0, 900.0),
        shift_ends=rng.choice((None, None, 0.5, 0.9)),
        abandon_after=rng.choice((2.0, 2.0, 2.0, 1.0, 3.0)),
    )


def live_rate(rng: random.Random, base: float) -> Rate:
    """Steady, a wave, new every hour, or one fall to a fraction with or without recovery."""
    kind = rng.choice(("steady", "wave", "hourly", "fall", "fall"))
    if kind == "wave":
        return wave(min(base, 0.4), rng.uniform(0.2, 0.6), rng.uniform(1.0, 6.0))
    if kind == "hourly":
        return steps(*((hour, min(0.65, base * log_uniform(rng, 0.4, 2.5))) for hour in range(4)))
    if kind == "fall":
        hour = rng.uniform(0.2, 3.8)
        low = base * rng.uniform(0.15, 0.5)
        return steps((0, base), (hour, low), (hour + rng.uniform(0.1, 2.0), rng.choice((low, base))))
    return steady(base)


def talk_spread(rng: random.Random) -> Spread:
    law = rng.choice(("log-logistic", "log-logistic", "log-normal", "exponential"))
    middle = log_uniform(rng, 25.0, 360.0)
    shape = {"log-logistic": rng.uniform(1.3, 2.6), "log-normal": rng.uniform(0.5, 1.1)}.get(law, 1.0)
    return Spread(law, middle, shape)
