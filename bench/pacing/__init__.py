"""Pacing measured: a simulated floor and carrier, scenarios, baselines, an oracle. Refuses real calls."""
