"""Rooms: the public half of each room's group, by which commits are checked."""

import sqlalchemy as sa
from alembic import op

revision = "0003_groups"
down_revision = "0002_rooms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. Rooms from before have no row, and can have no further commits."""
    room = sa.ForeignKey("room.id", ondelete="CASCADE")
    op.create_table(
        "room_group",
        sa.Column("room_id", sa.String(22), room, primary_key=True, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
    )
