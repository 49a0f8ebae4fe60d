"""Counts as people read them, the same in plans, cards and on pages."""


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where there is not one.

    >>> counted(1, "epoch"), counted(0, "epoch"), counted(2359, "image")
    ('1 epoch', '0 epochs', '2,359 images')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"
