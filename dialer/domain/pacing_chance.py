"""How likely it is that more people answer than agents come free, from the first two moments of each."""

import math
from itertools import accumulate
from operator import mul

EXACT_BELOW = 6.0
"""Total variance up to which the counts are summed one by one; beyond it they are as good as normal."""
NEGLIGIBLE = 1e-4


def count_chances(mean: float, variance: float, most: int) -> list[float]:
    """Chances of 0, 1, … `most` for a count with these moments: binomial, Poisson or negative binomial."""
    if mean <= 1e-9:
        return [1.0]
    ratio = min(mean / variance, 50.0)
    slope = 1.0 - ratio
    shift = mean * ratio - slope
    if -1e-4 < slope < 1e-4:
        slope, shift = 0.0, mean
        chance = math.exp(-mean)
    else:
        chance = math.exp((slope + shift) / slope * math.log(ratio))
    chances = [chance]
    total = chance
    for count in range(1, most + 1):
        chance *= slope + shift / count
        if chance <= 0.0 or total > 1.0 - NEGLIGIBLE:
            break
        chances.append(chance)
        total += chance
    return chances


def chance_none_left(
    spare: int, freed: float, freed_variance: float, people: float, people_variance: float
) -> float:
    """Chance that spare agents and agents coming free are no more than the people who answer."""
    variance = freed_variance + people_variance
    if variance < EXACT_BELOW:
        return _summed(spare, freed, freed_variance, people, people_variance)
    return 0.5 * math.erfc((spare + freed - people - 0.5) / math.sqrt(2.0 * variance))


def _summed(spare: int, freed: float, freed_variance: float, people: float, people_variance: float) -> float:
    agents = count_chances(freed, max(freed_variance, 1e-9), 40)
    answers = count_chances(people, max(people_variance, 1e-9), spare + len(agents) + 40)
    left = [max(0.0, 1.0 - fewer) for fewer in accumulate(answers, initial=0.0)]
    enough = len(left) - 1
    each = [left[min(max(spare + count, 0), enough)] for count in range(len(agents))]
    chance: float = sum(map(mul, agents, each))
    return min(1.0, chance)
