"""A small storm; `make storm` raises the full one."""

from pathlib import Path

from dialer.sandbox.faults import KINDS, FaultPlan
from tests.storm.storm import TLS, VICTIMS, Storm, rage

SEED = 20_26


def test_every_fault_of_the_sandbox_is_in_the_storm() -> None:
    storm = Storm(calls=1, seed=SEED)
    plan = FaultPlan.model_validate(storm.faults())
    assert {getattr(plan, kind) for kind in KINDS if kind != TLS} == {storm.share}
    assert {"callback_dropped", "read_lagged", "too_many_requests", "media_missing"} < set(KINDS)


def test_a_storm_loses_nothing_and_dials_nobody_twice(tmp_path: Path) -> None:
    """Who was with whom is compared too, and told; `make storm` fails for it."""
    report = rage(Storm(calls=50, seed=SEED), tmp_path)
    assert not report.wrong, report.told()
    assert report.findings.connected > 0
    assert len(report.blows) >= len(VICTIMS) - 3, report.told()
