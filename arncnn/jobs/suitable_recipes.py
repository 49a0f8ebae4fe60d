"""Suitable recipes: which trainings make sense of a data set's classes and the model in service."""

from arncnn import data
from arncnn.errors import UsageError
from arncnn.jobs import inputs
from arncnn.models.bundle import ModelBundle
from arncnn.models.recipe import Recipe
from arncnn.store import Store

RECIPES = ("fine-tune", "transfer", "robust", "paper")


def suitable(store: Store, source: str | None) -> tuple[str, ...]:
    """The recipes that suit a data set and the model in service, the first to be proposed first.

    Raises:
        DataError: there is no data set of that name any more.
        ModelError: the model in service was altered.
    """
    serving, dataset = inputs.serving_folder(store), data.prepared(source)
    if serving is None:
        return ("robust", "paper")
    if dataset is None:
        return tuple(name for name in RECIPES if name != "transfer")
    known, classes = set(ModelBundle.open(serving).labels), set(dataset.labels)
    if not known & classes:
        return tuple(name for name in RECIPES if name != "fine-tune")
    return RECIPES if known != classes else tuple(name for name in RECIPES if name != "transfer")


def check_classes(recipe: Recipe, classes: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Pass when the recipe can take a model of the known classes to those of the data set."""
    if recipe.is_transfer and not known:
        raise UsageError("There is no model in service from which layers could be transferred.")
    if recipe.replay is not None and classes and known and not set(classes) & set(known):
        raise UsageError(
            "The data set shares no class with the model in service, so there is nothing "
            "to fine-tune. Choose the recipe transfer: it keeps the model's image features "
            "and learns the data set's own classes."
        )
