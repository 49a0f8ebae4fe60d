"""What people decided on headers that disagree with their pixels."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "header_decisions",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=256), nullable=False),
        sa.Column("decided_at", sa.Double(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "decision IN ('confirmed', 'rejected')", name=op.f("ck_header_decisions_decision")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_header_decisions_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_header_decisions")),
    )


def downgrade() -> None:
    op.drop_table("header_decisions")
