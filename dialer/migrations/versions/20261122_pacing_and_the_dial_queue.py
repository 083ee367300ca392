"""pacing and the dial queue: modes, abandonment and its evidence, retries, weights, an agent"s campaigns"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "041c0790c632"
down_revision: str | None = "d165c5ec6758"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


NEW_AND_FILLED = {
    "attempts": ["try_number", "message_text"],
    "call_lists": ["weight"],
    "campaigns": [
        "preview_seconds",
        "lines_per_agent",
        "strict_pacing",
        "abandon_limit",
        "abandon_alarm",
        "priority",
        "weight",
        "contact_filter",
        "learns_hours",
    ],
    "contacts": ["phone_at", "is_left_out"],
    "dispositions": ["retry_at_most", "retry_spread"],
    "users": ["takes_inbound"],
}
"""Columns whose rows of before get a value here; the code gives the new ones theirs."""
DIAL_MODES = ("manual", "preview", "progressive", "power", "predictive")


def upgrade() -> None:
    op.create_table(
        "agent_campaigns",
        sa.Column("agent_session_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_session_id"], ["agent_sessions.id"], name=op.f("fk_agent_campaigns_agent_session_id")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_agent_campaigns_campaign_id")
        ),
        sa.PrimaryKeyConstraint("agent_session_id", "campaign_id", name=op.f("pk_agent_campaigns")),
    )
    op.create_index(op.f("ix_agent_campaigns_campaign_id"), "agent_campaigns", ["campaign_id"], unique=False)
    op.add_column("attempts", sa.Column("try_number", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("attempts", sa.Column("rang_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attempts", sa.Column("local_weekday", sa.Integer(), nullable=True))
    op.add_column("attempts", sa.Column("local_hour", sa.Integer(), nullable=True))
    op.add_column("attempts", sa.Column("hour_was_learned", sa.Boolean(), nullable=True))
    op.add_column("attempts", sa.Column("message_text", sa.String(), nullable=False, server_default=""))
    op.add_column("attempts", sa.Column("message_began_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attempts", sa.Column("message_ended_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_attempts_live",
        "attempts",
        ["campaign_id", "answered_at"],
        unique=False,
        postgresql_where=sa.text("(connected_at IS NOT NULL OR is_abandoned) AND NOT is_inbound"),
    )
    op.add_column("call_lists", sa.Column("weight", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("campaigns", sa.Column("preview_seconds", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("campaigns", sa.Column("lines_per_agent", sa.Float(), nullable=False, server_default="1.5"))
    op.add_column(
        "campaigns",
        sa.Column(
            "strict_pacing",
            sa.Enum(
                "auto", "on", "off", name="strictpacing", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
            server_default="auto",
        ),
    )
    op.add_column("campaigns", sa.Column("abandon_limit", sa.Float(), nullable=False, server_default="0.03"))
    op.add_column("campaigns", sa.Column("abandon_alarm", sa.Float(), nullable=False, server_default="0.025"))
    op.add_column("campaigns", sa.Column("braked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("campaigns", sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("campaigns", sa.Column("priority", sa.Integer(), nullable=False, server_default="5"))
    op.add_column("campaigns", sa.Column("weight", sa.Integer(), nullable=False, server_default="1"))
    op.add_column(
        "campaigns",
        sa.Column(
            "contact_filter", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]"
        ),
    )
    op.add_column("campaigns", sa.Column("learns_hours", sa.Boolean(), nullable=False, server_default="true"))
    op.add_column("contacts", sa.Column("phone_at", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("contacts", sa.Column("is_left_out", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("contacts", sa.Column("abandoned_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(
        op.f("ix_contacts_dialable"), table_name="contacts", postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index(
        "ix_contacts_dialable",
        "contacts",
        ["campaign_id", "call_list_id", "zones", "priority", "next_call_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting' AND NOT is_left_out AND call_back_agent_id IS NULL"),
    )
    op.add_column(
        "dispositions", sa.Column("retry_at_most", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "dispositions", sa.Column("retry_spread", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column("users", sa.Column("takes_inbound", sa.Boolean(), nullable=False, server_default="false"))
    for table, columns in NEW_AND_FILLED.items():
        for column in columns:
            op.alter_column(table, column, server_default=None)
    op.create_index(
        "ix_contacts_own_call_backs",
        "contacts",
        ["call_back_agent_id", "campaign_id", "next_call_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting' AND call_back_agent_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_campaigns_dialmode"), "campaigns", type_="check")
    modes = ", ".join(f"'{mode}'" for mode in DIAL_MODES)
    op.create_check_constraint(op.f("ck_campaigns_dialmode"), "campaigns", f"dial_mode IN ({modes})")
    op.execute(
        "INSERT INTO agent_campaigns (agent_session_id, campaign_id)"
        " SELECT id, campaign_id FROM agent_sessions WHERE state <> 'offline'"
    )
