"""The formulas that managers live by, each of them once, with its definition."""

LEADS_PER_HOUR_DIALLED = (
    "Leads made ÷ agent hours dialled. "
    "Agent hours dialled: time signed in to a dialling campaign, less pauses."
)
ABANDONMENT_RATE = (
    "Abandoned ÷ calls answered by a person. Abandoned: not joined to an agent within two seconds of the "
    "answer, though she was told the message or joined later; or hung up on as a machine that she was not. "
    "Machines, busy and unanswered calls count nowhere."
)
OCCUPANCY = "(Talk + wrap-up) ÷ (signed in − paused)."
SLA_MET = "First follow-ups made in time ÷ leads that were followed up or are overdue."


def leads_per_hour_dialled(leads: int, dialled_seconds: float) -> float | None:
    """Leads an hour; None where nobody dialled."""
    return leads / (dialled_seconds / 3600) if dialled_seconds > 0 else None


def abandonment_rate(live: int, abandoned: int) -> float | None:
    """A share from 0 to 1 of the calls answered by a person; None before the first of them.
    16 CFR 310.4(b)(4)."""
    return abandoned / live if live else None


def sla_met_share(met: int, met_late: int, overdue: int) -> float | None:
    """A share from 0 to 1; None before any promise came to its end."""
    ended = met + met_late + overdue
    return met / ended if ended else None


def occupancy(talk_seconds: float, wrap_up_seconds: float, dialled_seconds: float) -> float | None:
    return (talk_seconds + wrap_up_seconds) / dialled_seconds if dialled_seconds > 0 else None
