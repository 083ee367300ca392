"""call control: caller-id pools, legs, recordings; every campaign's caller id begins its pool"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d165c5ec6758"
down_revision: str | None = "b3fef5196aed"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


NEW_AND_FILLED = {
    "agent_sessions": ["is_muted"],
    "attempts": ["is_inbound"],
    "campaigns": [
        "local_presence",
        "caller_id_calls_per_day",
        "machine_detection",
        "voicemail_message",
        "verdict_review_percent",
        "recording",
    ],
    "users": ["line"],
}
"""Columns whose rows of before get a value here; the code gives the new ones theirs."""


def upgrade() -> None:
    op.create_table(
        "account_numbers",
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("number_sid", sa.String(length=34), nullable=False),
        sa.Column("voice_url", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_account_numbers")),
    )
    op.create_table(
        "caller_ids",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rest_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_caller_ids_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_ids")),
        sa.UniqueConstraint("campaign_id", "phone", name=op.f("uq_caller_ids_campaign_id_phone")),
    )
    op.create_table(
        "legs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "listen",
                "whisper",
                "barge",
                "consult",
                "hand_on",
                name="legpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "calling",
                "joined",
                "ended",
                name="legstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("agent_session_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("call_sid", sa.String(length=34), nullable=True),
        sa.Column("carrier_error", sa.String(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_session_id"], ["agent_sessions.id"], name=op.f("fk_legs_agent_session_id")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_legs_asked_by_id")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_legs_attempt_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_legs_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legs")),
        sa.UniqueConstraint("call_sid", name=op.f("uq_legs_call_sid")),
    )
    op.create_index(op.f("ix_legs_attempt_id"), "legs", ["attempt_id"], unique=False)
    op.create_index(
        "ix_legs_open_session",
        "legs",
        ["agent_session_id"],
        unique=False,
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_table(
        "recordings",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "call",
                "verdict",
                name="recordingpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "in_progress",
                "paused",
                "completed",
                "stored",
                "absent",
                "deleted",
                name="recordingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("recording_sid", sa.String(length=34), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("object_key", sa.String(length=200), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "review",
            sa.Enum(
                "human",
                "machine",
                "unclear",
                name="verdictreview",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_recordings_attempt_id")),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["users.id"], name=op.f("fk_recordings_reviewed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("recording_sid", name=op.f("uq_recordings_recording_sid")),
    )
    op.create_index(op.f("ix_recordings_attempt_id"), "recordings", ["attempt_id"], unique=False)
    op.create_index(
        "ix_recordings_stored",
        "recordings",
        ["stored_at"],
        unique=False,
        postgresql_where=sa.text("state = 'stored'"),
    )
    op.create_index(
        "ix_recordings_to_fetch",
        "recordings",
        ["completed_at"],
        unique=False,
        postgresql_where=sa.text("state = 'completed'"),
    )
    op.add_column("agent_sessions", sa.Column("room_sid", sa.String(length=34), nullable=True))
    op.add_column(
        "agent_sessions", sa.Column("is_muted", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column("attempts", sa.Column("is_inbound", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("attempts", sa.Column("answered_by", sa.String(length=32), nullable=True))
    op.add_column("attempts", sa.Column("recording_announced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attempts", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attempts", sa.Column("voicemail_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attempts", sa.Column("handed_on_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "campaigns", sa.Column("local_presence", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column(
        "campaigns", sa.Column("caller_id_calls_per_day", sa.Integer(), nullable=False, server_default="500")
    )
    op.add_column(
        "campaigns",
        sa.Column(
            "machine_detection",
            sa.Enum(
                "off",
                "before_connecting",
                "while_connecting",
                name="machinedetection",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
            server_default="off",
        ),
    )
    op.add_column("campaigns", sa.Column("voicemail_message", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "campaigns", sa.Column("verdict_review_percent", sa.Integer(), nullable=False, server_default="5")
    )
    op.add_column(
        "campaigns",
        sa.Column(
            "recording",
            sa.Enum(
                "off",
                "always",
                "on_consent",
                name="recordingmode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
            server_default="off",
        ),
    )
    op.add_column(
        "users",
        sa.Column(
            "line",
            sa.Enum(
                "browser", "phone", name="agentline", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
            server_default="browser",
        ),
    )
    op.add_column("users", sa.Column("phone", sa.String(length=120), nullable=True))
    op.create_index("ix_attempts_caller_id_claimed", "attempts", ["caller_id", "claimed_at"])
    op.create_index(op.f("ix_audit_entries_subject"), "audit_entries", ["subject"])
    op.create_index(
        "ix_recordings_running",
        "recordings",
        ["attempt_id"],
        postgresql_where=sa.text("state IN ('in_progress', 'paused')"),
    )
    op.create_index(
        "ix_attempts_phone_on_the_line",
        "attempts",
        ["phone"],
        postgresql_where=sa.text("call_sid IS NOT NULL AND call_ended_at IS NULL"),
    )
    for table, columns in NEW_AND_FILLED.items():
        for column in columns:
            op.alter_column(table, column, server_default=None)
    op.execute(
        "INSERT INTO caller_ids (campaign_id, phone, added_at, rest_reason)"
        " SELECT id, caller_id, created_at, '' FROM campaigns"
    )
