"""The case store: what was read, by which model, what people said of it, and who did what."""

from arncnn.store.roles import LOCAL_USER, RETENTION, Actor, Role
from arncnn.store.store import Store

__all__ = ["LOCAL_USER", "RETENTION", "Actor", "Role", "Store"]
