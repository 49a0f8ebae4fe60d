"""Who is at the screen."""

from arncnn.store import LOCAL_USER, Actor


def actor() -> Actor:
    """The person to act for: the local user where no accounts are configured."""
    return LOCAL_USER
