"""A small storm; `make storm` raises the full one."""

from pathlib import Path

from tests.storm.storm import Storm, rage

SEED = 20_26


def test_a_storm_loses_nothing_and_dials_nobody_twice(tmp_path: Path) -> None:
    report = rage(Storm(calls=60, seed=SEED), tmp_path)
    assert not report.findings.wrong, report.told()
    assert report.findings.connected > 0
    assert len(report.blows) >= 3, report.told()
