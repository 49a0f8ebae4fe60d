"""The audit chain tells of the schema, of the store's id, and of where every job stands.

No table changes: ``migrations.upgrade`` writes the audit line after the last revision, and the
store's id is settled when database and folder are opened together. Older versions of the program
do not know these seals, which is what the new number says.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    op.execute("DELETE FROM anchors WHERE name = 'store'")
