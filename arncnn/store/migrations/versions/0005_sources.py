"""Sources of scans, how far each was followed, what came from them and what goes back."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=256), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_table(
        "cursor",
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("value", sa.String(length=512), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_cursor_source_id_source")
        ),
        sa.PrimaryKeyConstraint("source_id", "name", name=op.f("pk_cursor")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("arrived_at", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("sop_class", sa.String(length=64), nullable=False),
        sa.Column("sop_uid", sa.String(length=64), nullable=False),
        sa.Column("series_uid", sa.String(length=64), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("pixels_sha256", sa.String(length=64), nullable=True),
        sa.Column("model_sha256", sa.String(length=64), nullable=True),
        sa.Column("frame", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("read_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_inbox_source_id_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "sop_uid", "model_sha256", "frame", name=op.f("uq_inbox_sop_uid_model_sha256_frame")
        ),
    )
    op.create_index(op.f("ix_inbox_case_id"), "inbox", ["case_id"], unique=False)
    op.create_index(
        op.f("ix_inbox_series_uid_state"), "inbox", ["series_uid", "state"], unique=False
    )
    op.create_index(
        op.f("ix_inbox_source_id_state_arrived_at"),
        "inbox",
        ["source_id", "state", "arrived_at"],
        unique=False,
    )
    op.create_table(
        "outbox",
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("about_uid", sa.String(length=64), nullable=False),
        sa.Column("series_uid", sa.String(length=64), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("sop_class", sa.String(length=64), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("sent_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_outbox_source_id_source")
        ),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_about_uid"), "outbox", ["about_uid"], unique=False)
    op.create_index(
        op.f("ix_outbox_source_id_state_due_at"),
        "outbox",
        ["source_id", "state", "due_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_source_id_state_due_at"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_about_uid"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_inbox_source_id_state_arrived_at"), table_name="inbox")
    op.drop_index(op.f("ix_inbox_series_uid_state"), table_name="inbox")
    op.drop_index(op.f("ix_inbox_case_id"), table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("cursor")
    op.drop_table("source")
