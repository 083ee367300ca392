"""The formulas by hand, and where there is nothing to divide by."""

import pytest

from dialer.domain import metrics


def test_leads_per_hour_dialled() -> None:
    assert metrics.leads_per_hour_dialled(3, 2 * 3600) == pytest.approx(1.5)
    assert metrics.leads_per_hour_dialled(0, 3600) == 0
    assert metrics.leads_per_hour_dialled(3, 0) is None


def test_abandonment_rate() -> None:
    assert metrics.abandonment_rate(100, 3) == pytest.approx(0.03)
    assert metrics.abandonment_rate(2, 2) == 1
    assert metrics.abandonment_rate(0, 0) is None


def test_occupancy() -> None:
    assert metrics.occupancy(1800, 600, 3600) == pytest.approx(2 / 3)
    assert metrics.occupancy(0, 0, 0) is None
