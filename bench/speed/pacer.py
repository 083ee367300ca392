"""Row 6: what the pacer takes of a core for a hundred running campaigns, each with agents, contacts, calls
under way and a past to learn from. The pacer runs alone: nobody places what it claims."""

import json
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from bench.speed import seed, usage
from bench.speed.house import clock_settings, opened, services
from bench.speed.report import Row
from dialer.core.database import make_engine, transaction
from dialer.core.processes import ProcessGroup, Program
from dialer.core.settings import adopt
from dialer.domain.campaign import CampaignState, DialMode

CAMPAIGNS, AGENTS_EACH, CONTACTS_EACH, PAST_EACH = 100, 3, 400, 200
SETTINGS = {"TWILIO_CALLS_PER_SECOND": "100", "TWILIO_BASE_URL": "http://127.0.0.1:9"}
"""Nobody is asked there."""
FIRST_ROUNDS, SECONDS, PATIENCE_SECONDS = 8, 30.0, 300.0
AGENTS = """
INSERT INTO agent_sessions
  (user_id, campaign_id, state, state_since, line, line_call_sid, stop_after_call, is_muted, started_at)
SELECT u, :campaign, (array['ready', 'on_call', 'wrap_up'])[n], :now - n * interval '20 seconds', 'up',
  'CA' || md5('line' || u), false, false, :now - interval '1 hour'
FROM unnest(cast(:users AS int[])) WITH ORDINALITY AS people(u, n)
"""
WORKS = "INSERT INTO agent_campaigns SELECT id, campaign_id FROM agent_sessions WHERE campaign_id = :campaign"
SPANS = """
INSERT INTO agent_spans (agent_session_id, user_id, campaign_id, state, started_at, ended_at)
SELECT s.id, s.user_id, s.campaign_id, kind.state, at, at + kind.length * (0.5 + random())
FROM agent_sessions s, generate_series(1, :past) n,
  (VALUES ('on_call', interval '40 seconds'), ('wrap_up', interval '10 seconds')) AS kind (state, length),
  LATERAL (SELECT :now - n * interval '55 seconds') AS begun (at)
WHERE s.campaign_id = :campaign
"""
CALLS = """
INSERT INTO attempts
  (campaign_id, contact_id, phone, caller_id, state, outcome, is_inbound, is_abandoned, try_number, decision,
   carrier_sequence, notes, message_text, claimed_at, placing_at, rang_at, answered_at, connected_at,
   call_ended_at, closed_at)
SELECT campaign_id, id, phone, :caller_id,
  CASE WHEN n <= 2 THEN 'ringing' ELSE 'closed' END,
  CASE WHEN n <= 2 THEN NULL WHEN n % 3 = 0 THEN 'answered' ELSE 'no_answer' END,
  false, false, 1, '{}', 0, '', '', at, at, at + interval '2 seconds',
  CASE WHEN n > 2 AND n % 3 = 0 THEN at + interval '9 seconds' END,
  CASE WHEN n > 2 AND n % 3 = 0 THEN at + interval '10 seconds' END,
  CASE WHEN n > 2 THEN at + interval '25 seconds' END,
  CASE WHEN n > 2 THEN at + interval '30 seconds' END
FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM contacts WHERE campaign_id = :campaign) AS one,
  LATERAL (SELECT :now - n * interval '30 seconds') AS begun (at)
WHERE n <= :past
"""
HELD = """
UPDATE contacts SET state = 'held', attempts_made = 1
WHERE campaign_id = :campaign AND id IN (SELECT contact_id FROM attempts)
"""


def sow(session: Session, home: Path, now: datetime) -> None:
    people = seed.agents(session, home, CAMPAIGNS * AGENTS_EACH, now)
    for number in range(CAMPAIGNS):
        made = seed.campaign(session, f"bench-{number}", DialMode.PREDICTIVE, now)
        made.state, made.started_at = CampaignState.RUNNING, now - timedelta(hours=2)
        session.flush()
        seed.contacts(session, made.id, number * CONTACTS_EACH, CONTACTS_EACH, now)
        values = {
            "campaign": made.id,
            "now": now,
            "users": people[number * AGENTS_EACH : (number + 1) * AGENTS_EACH],
            "past": PAST_EACH,
            "caller_id": made.caller_id,
        }
        for statement in (AGENTS, WORKS, SPANS, CALLS, HELD):
            session.connection().execute(text(statement), values)


def measure(home: Path) -> Row:
    with services(home) as (urls, pids):
        clock = opened()
        adopt(environment := urls | SETTINGS | clock_settings(clock))
        engine = make_engine(urls["DATABASE_URL"], 2)
        with transaction(engine) as session:
            sow(session, home, clock.now())
        seed.analyze(engine)
        engine.dispose()
        command = [sys.executable, "-m", "bench.speed.counted", str(told := home / "pacer.json")]
        with ProcessGroup([Program("pacer", command, environment)], home / "logs") as group:
            pids["pacer"] = group.pid("pacer")
            wait_for_rounds(told, group, 0)
            began = time.monotonic()
            wait_for_rounds(told, group, 1)
            first = time.monotonic() - began
            wait_for_rounds(told, group, FIRST_ROUNDS)
            before, at_first = usage.of_all(pids), counted(told)
            time.sleep(SECONDS)
            after, at_last = usage.of_all(pids), counted(told)
    spent = {name: (one.cpu_seconds - before[name].cpu_seconds) / SECONDS for name, one in after.items()}
    rounds, decisions = ((at_last[name] - at_first[name]) / SECONDS for name in ("rounds", "decisions"))
    return Row(
        6,
        f"pacer, {CAMPAIGNS} running campaigns",
        f"{spent['pacer']:.0%} of a core at {decisions:.0f} decisions a second ({rounds:.1f} rounds); "
        f"the first round, in which it reads the past, took {first:.1f} s",
        "under 50 % at 400 decisions a second",
        f"PostgreSQL for it {spent['postgresql']:.0%}, Valkey {spent['valkey']:.0%}",
        f"{AGENTS_EACH} agents and {PAST_EACH} calls of the past each, two calls that ring; predictive",
    )


def wait_for_rounds(told: Path, group: ProcessGroup, rounds: int) -> None:
    """The first ones are not like the others: it reads the past."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not told.exists() or counted(told)["rounds"] < rounds:
        has_ended = any(program.process and program.process.poll() is not None for program in group.programs)
        if has_ended or time.monotonic() > deadline:
            raise ChildProcessError(f"the pacer did not begin; see {told.parent / 'logs'}")
        time.sleep(0.1)


def counted(told: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads(told.read_text())
    return found
