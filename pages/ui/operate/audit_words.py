"""The audit in a reader's words; the machine's own stand beside them."""

_DONE = {
    "case.add": "Read a scan",
    "case.open": "Opened a case",
    "case.delete": "Deleted a case",
    "case.download": "Downloaded a report or image",
    "case.export": "Exported cases",
    "case.expire": "Removed expired cases",
    "case.retention": "Changed how long cases are kept",
    "correction.add": "Confirmed or corrected a reading",
    "correction.withdraw": "Withdrew a correction",
    "correction.review": "Decided on a correction",
    "correction.export": "Exported corrections",
    "header.decide": "Decided on a header",
    "data.add": "Added a data set",
    "data.remove": "Removed a data set",
    "job.submit": "Queued a training",
    "job.claim": "Started a training",
    "job.stop": "Stopped a training",
    "job.retry": "Retried a training",
    "job.finish": "Finished a training",
    "job.lost": "Lost contact with a training",
    "job.set_aside": "Set a training aside",
    "run.record": "Recorded a training run",
    "model.register": "Registered a candidate",
    "model.gate": "Compared a candidate with the model in service",
    "model.promote": "Promoted a model",
    "model.rollback": "Rolled back to the earlier model",
    "user.create": "Created an account",
    "user.first_admin": "Made the first administrator",
    "user.change": "Changed an account",
    "user.sign_in": "Signed in",
    "user.sign_out": "Signed out",
    "store.backup": "Made a backup",
    "store.restore": "Restored a backup",
    "store.upgrade": "Upgraded the database",
    "store.verify": "Verified the audit",
}
_OF = {
    "cases": "Case",
    "corrections": "Correction",
    "jobs": "Training",
    "runs": "Training run",
    "models": "Model",
    "users": "Account",
    "data_sets": "Data set",
}
_SHORT = 6  # as cases and trainings are named on the pages


def action(word: str) -> str:
    """What was done.

    >>> action("model.promote"), action("job.new_word")
    ('Promoted a model', 'Job: new word')
    """
    plain = word.replace(".", ": ").replace("_", " ")
    return _DONE.get(word, plain[:1].upper() + plain[1:])


def subject(name: str) -> str:
    """What it was done to.

    >>> subject("cases:1f0c2ab94d"), subject("store")
    ('Case 1f0c2a', 'store')
    """
    table, _, identity = name.partition(":")
    return f"{_OF[table]} {identity[:_SHORT]}" if table in _OF and identity else name


def machines(word: str) -> str:
    """The audit's own word for what a person typed: theirs, or one of the above.

    >>> machines("Promoted a model"), machines("model.promote")
    ('model.promote', 'model.promote')
    """
    asked = word.strip().casefold()
    return next((own for own, said in _DONE.items() if said.casefold() == asked), word)
