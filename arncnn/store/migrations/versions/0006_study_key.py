"""Which study a case belongs to, as a keyed hash; cases of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("study_key", sa.String(length=128), nullable=True))


def downgrade() -> None:
    op.drop_column("cases", "study_key")
