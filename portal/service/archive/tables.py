"""The archive keeps nothing of its own: it reads what the rooms below have kept."""

INDEXES: tuple[str, ...] = ()
