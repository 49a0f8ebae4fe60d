"""People: who may sign in, with which roles, and when they were last here."""

from pages.ui import caches, frame, sign_in
from pages.ui.operate import account


def show() -> None:
    """Draws the accounts, and the form to change one."""
    actor = sign_in.actor()
    frame.open_page(
        "People",
        "Who may sign in, what each person may do, and who has left. Changes take effect at once.",
    )
    users = caches.store().users.list(actor)
    if not users:
        frame.empty(
            "No one has signed in yet",
            "An account appears when a person first signs in; it has no role until you "
            "give it one. The README describes how accounts are configured.",
            icon=":material/group:",
        )
        return
    account.show_table(users, key="people")
    account.change(actor, users, key="person")


show()
