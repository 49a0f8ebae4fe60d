"""Plan: what would be trained, on which device, for about how long; shown before it is queued."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from arncnn import data
from arncnn.data import registry
from arncnn.data.adding import FEW_IMAGES
from arncnn.data.approved_corrections import NEW_CLASS_LEAST
from arncnn.formatting import counted
from arncnn.jobs import devices, inputs
from arncnn.jobs.suitable_recipes import check_classes
from arncnn.jobs.training_spec import FROM_SCRATCH, FROM_SERVICE, TrainingSpec
from arncnn.labels import title
from arncnn.models.bundle import ModelBundle
from arncnn.store import Store, roles, training_examples
from arncnn.store.job import Job, State
from arncnn.store.roles import Actor

COMPARISON = "compare"
_MEDICAL_MNIST_TRAINING = 53_058
_TRAINING_SHARE = 0.9  # of the paper's split
_PASSES_AFTERWARDS = 45_000  # images read to calibrate, seal and judge a candidate
_NAMED = 12  # classes that a sentence names
_STARTING_S = 30.0  # loading the network, the first compiled step
_BEFORE_IT_STARTS = {
    "unread": "The data set is imported first, once; Medical MNIST takes less than a minute.",
    "remote": "The data set is not on this machine yet: the training fetches it first (59 "
    "MB), unless ARNCNN_DATA specifies a copy.",
    "missing": "There is no data set where ARNCNN_DATA or --from points: a training on "
    "this machine would fail. Put it there, or specify another.",
}


@dataclass(frozen=True)
class Plan:
    """A training before it is queued.

    Attributes:
        spec: what the job would be.
        device: "any", a kind or a name.
        device_sentence: the device it would run on, in words.
        images: of the data set, trained on in an epoch.
        epochs: at most.
        corrections: approved scans that are trained on beside them.
        held_out: approved scans that measure the candidate instead.
        corrections_since: approved since the last training was queued.
        new_classes: classes that only corrections name, with how many scans each.
        out_of_distribution: approved scans of "none of these", for the refusal.
        availability: where the data set stands on this machine.
        estimate_s: seconds it should take; None while the device is not measured.
        data_set: its name, where it has one.
        classes: of the data set, where it is on this machine.
        lost_classes: that the model in service knows and the candidate would not.
        few_images: classes of the data set with too few images to be tested.
    """

    spec: TrainingSpec
    device: str
    device_sentence: str
    images: int
    epochs: int
    corrections: int
    held_out: int
    corrections_since: int
    new_classes: tuple[tuple[str, int], ...]
    out_of_distribution: int
    availability: data.DataAvailability
    estimate_s: float | None
    data_set: str = ""
    classes: tuple[str, ...] = ()
    lost_classes: tuple[str, ...] = ()
    few_images: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        found = {**asdict(self), "spec": self.spec.to_json()}
        for key, field in (("standing", "availability"), ("strangers", "out_of_distribution")):
            found[key] = found.pop(field)  # the keys that scripts know
        return found

    def sentences(self) -> tuple[str, ...]:
        """The plan in words, for the person who is asked to confirm it."""
        how = "from scratch"
        if self.spec.start == FROM_SERVICE:
            how = "continuing from the model in service"
        if self.spec.own_recipe().is_transfer:
            how += ", with a new last layer"
        lines = [
            f"Train with the recipe {self.spec.recipe}, {how}: at most "
            f"{counted(self.epochs, 'epoch')} of {counted(self.images, 'image')}, "
            f"seed {self.spec.seed}.",
            f"{counted(self.corrections, 'corrected scan')} used in addition "
            f"({self.corrections_since} approved since the last training), {self.held_out} "
            "held out to measure the result."
            if self.corrections or self.held_out
            else "No corrected scans are used in addition.",
            self.device_sentence,
        ]
        lines += self._of_classes()
        if self.estimate_s is not None:
            lines.append(f"It is expected to take about {duration(self.estimate_s)}.")
        if self.availability in _BEFORE_IT_STARTS:
            lines.append(_BEFORE_IT_STARTS[self.availability])
        lines += [_of_new_class(title(label), scans) for label, scans in self.new_classes]
        if self.out_of_distribution:
            lines.append(
                f"{counted(self.out_of_distribution, 'scan')} of none of these classes to "
                "learn what to refuse."
            )
        return tuple(lines)

    def _of_classes(self) -> list[str]:
        """What another data set changes."""
        lines = []
        if self.data_set:
            named = ", ".join(map(title, self.classes[:_NAMED]))
            more = len(self.classes) - _NAMED
            named += f" and {more} more" if more > 0 else ""
            lines.append(f"Data set “{self.data_set}”, {len(self.classes)} classes: {named}.")
        if self.lost_classes:
            lost = ", ".join(map(title, self.lost_classes[:_NAMED]))
            lines.append(
                "The candidate does not know these classes of the model in service: "
                f"{lost}. Their figures cannot be compared, and corrections to these "
                "classes are not used."
            )
        if self.few_images:
            few = ", ".join(map(title, self.few_images[:_NAMED]))
            lines.append(f"Too few images (under {FEW_IMAGES}) to test how well it reads {few}.")
        return lines


def make_plan(store: Store, actor: Actor, spec: TrainingSpec, device: str = "any") -> Plan:
    """Say what a training would be; nothing is queued and nothing takes long.

    Args:
        store: of the queue.
        actor: who would queue it.
        spec: what is asked for; without a model to go on from it becomes one from scratch.
        device: "any", a kind or a name.

    Raises:
        PermissionDenied: the role is missing.
        UsageError: the recipe is unknown, or does not suit the data set's classes.
        DataError: there is no data set of that name any more.
        JobError: there is no model to go on from.
        StoreError: kept pixels of a correction are missing or altered.
    """
    roles.check(actor, "job.submit")
    recipe = spec.own_recipe()
    serving = inputs.serving_folder(store)
    if serving is None:
        spec = replace(spec, start=FROM_SCRATCH, use_corrections=False)
    labels = ModelBundle.open(serving).labels if serving is not None else ()
    dataset = data.prepared(spec.source)
    classes = () if dataset is None else dataset.labels
    check_classes(recipe, classes, labels)
    lost: tuple[str, ...] = ()
    if classes and (spec.start == FROM_SCRATCH or recipe.is_transfer):
        lost = tuple(name for name in labels if name not in classes)
    if lost and len(lost) == len(labels):
        spec = replace(spec, use_corrections=False)  # they speak of those
    learned = training_examples.collect(store, actor, part="train")
    measured = training_examples.collect(store, actor, part="held-out")
    images = _MEDICAL_MNIST_TRAINING if dataset is None else int(_TRAINING_SHARE * len(dataset))
    images = min(images, spec.subset or images, recipe.replay or images)
    machine = devices.known()
    fitting = machine.fitting(device) if machine else None
    named = [row for row, answer in enumerate(learned.answers) if answer is not None]
    shown = int(learned.times_shown()[named].sum()) if spec.use_corrections else 0
    estimate_s = None
    if fitting and fitting.training_images_per_second and fitting.reading_images_per_second:
        estimate_s = (
            _STARTING_S
            + recipe.epochs * (images + shown) / fitting.training_images_per_second
            + _PASSES_AFTERWARDS / fitting.reading_images_per_second
        )
    return Plan(
        spec=replace(spec, estimate_s=estimate_s),
        device=device,
        device_sentence=_device_sentence(machine, fitting, device),
        images=images,
        epochs=recipe.epochs,
        corrections=len(set(learned.case_ids)) if spec.use_corrections else 0,
        held_out=len(set(measured.case_ids)) if spec.use_corrections else 0,
        corrections_since=_since_last(store, actor),
        new_classes=tuple(learned.new_classes(labels).items()) if spec.use_corrections else (),
        out_of_distribution=learned.scans_by_answer().get(None, 0) if spec.use_corrections else 0,
        availability=data.availability(spec.source),
        estimate_s=estimate_s,
        data_set=_name(spec.source),
        classes=classes,
        lost_classes=lost,
        few_images=() if dataset is None else _few(dataset),
    )


def submit(store: Store, actor: Actor, plan: Plan) -> Job:
    """Queue a plan.

    Raises:
        PermissionDenied: the role is missing.
    """
    return store.jobs.submit(actor, plan.spec.to_json(), device=plan.device)


def _name(source: str | None) -> str:
    entry = None if source is None else registry.find(source)
    return "" if entry is None else entry.name


def _few(dataset: data.Dataset) -> tuple[str, ...]:
    return tuple(name for name, images in dataset.counts().items() if images < FEW_IMAGES)


def compare_again(store: Store, actor: Actor, sha256: str) -> Job:
    """Queue the comparison of a registered model with the model that is in service now.

    Raises:
        PermissionDenied: the role is missing.
        StoreError: there is no such model.
    """
    model = store.models.get(actor, sha256)
    trained = store.jobs.get(actor, model.job_id).spec if model.job_id else {}
    spec = TrainingSpec(
        recipe=model.description["recipe"]["name"],
        source=trained.get("source"),
        candidate=sha256,
    )
    return store.jobs.submit(actor, spec.to_json(), kind=COMPARISON)


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(45), duration(170), duration(7260)
    ('45 s', '3 min', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _of_new_class(name: str, scans: int) -> str:
    if scans >= NEW_CLASS_LEAST:
        return (
            f"{name} is a new class: the model learns it from {scans} corrected scans. "
            "Prediction sets guarantee nothing for it."
        )
    return (
        f"{name} is a class the model does not know: it is learned once {NEW_CLASS_LEAST} "
        f"corrected scans show it; so far, {scans} do."
    )


def _since_last(store: Store, actor: Actor) -> int:
    """Corrections approved after the last training that learned, or will learn, from them."""
    queued = (job.created_at for job in store.jobs.list(actor, limit=1000).jobs if _learns(job))
    since = max(queued, default=0.0)
    on_cases, _ = store.corrections.queue(actor, state="approved", limit=100_000)
    new = {
        review.correction_id
        for on_case in on_cases
        for review in on_case.reviews
        if review.decision == "approved" and review.created_at > since
    }
    approved = (each for on_case in on_cases for each in on_case.corrections)
    return sum(each.state == "approved" and each.id in new for each in approved)


def _learns(job: Job) -> bool:
    is_over = job.state in (State.FAILED, State.CANCELLED)
    return job.kind != COMPARISON and not is_over and bool(job.spec.get("use_corrections", True))


def _device_sentence(
    machine: devices.Survey | None, fitting: devices.Device | None, wanted: str
) -> str:
    if machine is None:
        return "This machine has not been measured yet, so the duration is unknown."
    if fitting is None:
        return f"No device here is '{wanted}': the training waits until a worker offers one."
    return " ".join((fitting.sentence, *machine.notes))
