"""Parts of the paper that need more than the network: data, training, test, comparison."""

from arncnn.data import facts as data_facts
from arncnn.models.bundle import ModelBundle
from arncnn.store import Actor
from pages.ui.model import reproduction_figures, reproduction_tables
from pages.ui.model.reproduction_tables import Notes
from pages.ui.shared import data_fetch, stored_results


def show_data(actor: Actor, bundle: ModelBundle, said: Notes) -> None:
    """Draws Figures 5 and 6: the data set, or the button that fetches it."""
    dataset, facts = stored_results.dataset_of(bundle), data_facts.stored()
    if dataset is None:
        reproduction_tables.show_head("Figure 5")
        data_fetch.offer(actor, key="reproduction_fetch")
        reproduction_tables.show_note("Figure 5", said)
    else:
        reproduction_figures.show_samples(dataset, said, key="reproduction_samples")
    if facts is not None:
        reproduction_figures.show_frequencies(facts, said, key="reproduction_frequencies")


def show_training(bundle: ModelBundle, said: Notes) -> None:
    """Draws the table of epochs and Figure 7, the learning curve."""
    history = stored_results.history(bundle.identity.sha256, bundle)
    reproduction_tables.show_epochs(
        history, stored_results.full_comparison(), bundle, said, key="reproduction_epochs"
    )
    reproduction_figures.show_curve(history, said, key="reproduction_curve")


def show_test(actor: Actor, bundle: ModelBundle, said: Notes) -> None:
    """Draws the tables of the test and Figures 8 and 9."""
    measured = stored_results.measured(bundle.identity.sha256, bundle, only_accepted=False)
    reproduction_tables.show_tested(bundle.identity.sha256, measured, said)
    reproduction_figures.show_confusion(measured, said, key="reproduction_confusion")
    dataset = stored_results.dataset_of(bundle)
    if dataset is None:
        reproduction_tables.show_head("Figure 9")
        data_fetch.offer(actor, key="reproduction_fetch")
        reproduction_tables.show_note("Figure 9", said)
    else:
        reproduction_figures.show_grad_cam(bundle, measured.predictions, dataset, said)


def show_comparison(said: Notes) -> None:
    """Draws Table 6 and Figure 10."""
    small = stored_results.comparison()
    reproduction_tables.show_table_6(
        stored_results.full_comparison(), small, said, key="reproduction_table_6"
    )
    if small is not None:
        reproduction_figures.show_losses(small, said, key="reproduction_losses")
