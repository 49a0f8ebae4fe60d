"""The README's figures, put in from ``assets/measured`` by ``make readme``, never typed.

Between ``<!-- measured:NAME -->`` and ``<!-- end -->`` the README holds what the function
of that name writes from the stored results of the command above it. The file is past 300 lines
since every section of the README is one short function here.
"""

import json
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

from arncnn.data import outlier_kinds
from arncnn.evaluation.intervals import share
from arncnn.formatting import counted
from arncnn.labels import title as class_title

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
MEASURED = ROOT / "assets" / "measured"
Lines = list[str]
_NOT_MEASURED: Lines = ["Not measured."]


def stored(name: str) -> dict[str, Any] | None:
    """A stored result, or None when it has not been measured."""
    file = MEASURED / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def of(name: str) -> Callable[[Callable[[dict[str, Any]], Lines]], Callable[[], Lines]]:
    """Makes a section of one stored result; it says so when that has not been measured."""

    def made(write: Callable[[dict[str, Any]], Lines]) -> Callable[[], Lines]:
        @wraps(write)
        def section() -> Lines:
            found = stored(name)
            return write(found) if found else _NOT_MEASURED

        return section

    return made


def percent(value: float | None, digits: int = 1) -> str:
    """A share as a percentage; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.{digits}f}%"


def interval(values: list[float], digits: int = 1) -> str:
    """An interval as percentages."""
    return f"{100 * values[0]:.{digits}f} to {100 * values[1]:.{digits}f}%"


def home() -> Lines:
    """Medical MNIST's test part, for every bundled model."""
    lines = [
        "| Model | Errors | Accuracy (95%) | Log loss | Sent to review or refused |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in ("robust", "paper"):
        found = stored(f"paper-test-{name}")
        if found:
            away = percent(found.get("not_accepted_share"))
            lines.append(
                f"| {name} | {found['errors']} in {found['n']:,} | {percent(found['accuracy'], 2)} "
                f"({interval(found['accuracy_interval'], 2)}) | {found['log_loss']:.4f} | {away} |"
            )
    apart = stored("no-twins-robust")
    if apart:
        both = apart["both"]
        lines += ["", "On images without a near-duplicate in training (robust; test and validation "
                  f"images): {counted(both['errors'], 'error')} in {both['n']:,}, at most "
                  f"{1e4 * both['interval'][1]:.0f} in 10,000 (95%)."]  # fmt: skip
    sets = (stored("paper-test-robust") or {}).get("prediction_sets")
    if sets:
        lines += ["", f"Prediction sets promise {percent(sets['promised_coverage'], 0)} and cover "
                  f"{percent(sets['coverage'], 2)} ({interval(sets['coverage_interval'], 2)}), "
                  f"mean size {sets['mean_size']:.3f}."]  # fmt: skip
    return lines


def folds() -> Lines:
    """Grouped folds: every image answered by the one training that saw no near-twin of it."""
    reports = [found for name in ("folds", "folds-paper") if (found := stored(name))]
    if not reports:
        return _NOT_MEASURED
    names = [found["recipe"]["name"] for found in reports]
    rows = zip(*(found["folds"] for found in reports), strict=True)
    lines = [
        "| Fold |" + "".join(f" {name}: errors | Accuracy (95%) |" for name in names),
        "| --- |" + " --- | --- |" * len(names),
    ]
    for number, row in enumerate((*rows, tuple(reports))):
        name = "all" if row == tuple(reports) else str(number)
        lines.append(f"| {name} |" + "".join(
            f" {each['errors']} in {each['n']:,} | {percent(each['accuracy'], 2)} "
            f"({interval(each['accuracy_interval'], 2)}) |"
            for each in row
        ))  # fmt: skip
    for found in reports:
        budget = found["folds"][0]
        lines += [
            "",
            f"Recipe {found['recipe']['name']}, from random weights: {budget['train_images']:,} "
            f"images × {budget['epochs']} epochs, seed {budget['seed']}; log loss "
            f"{found['log_loss']:.4f}; {found['accepted']:,} accepted, "
            f"{found['accepted_wrong']} of them wrong.",
        ]
    return lines


def table_6() -> Lines:
    """The paper's Table 6 at full budget: the rows that were reached, the others by name."""
    found = json.loads((ROOT / "assets" / "comparison-full.json").read_text(encoding="utf-8"))
    titles = {
        "arn_cnn": "ARN-CNN", "residual_only": "residual block only",
        "attention_only": "attention only", "mqcnn": "MQCNN, our interpretation",
        "resnet50": "ResNet50",
    }  # fmt: skip
    runs = [run for run in found["runs"] if run["key"] in titles and not run["failed"]]
    lines = [
        "| Network | Errors | Log loss | Epochs | Core-minutes | Parameters | Corrupted "
        "| External |",
        "| --- |" + " --- |" * 7,
    ]
    for run in sorted(runs, key=lambda run: list(titles).index(run["key"])):
        lines.append(
            f"| {titles[run['key']]} | {run['errors']} in {run['n']:,} | {run['log_loss']:.4f} "
            f"| {len(run['losses'])} | {run['training_core_s'] / 60:,.0f} | {run['parameters']:,} "
            f"| {percent(run['corruption_accuracy'])} | {percent(run['external_accuracy'])} |"
        )
    left = [title for key, title in titles.items() if key not in {run["key"] for run in runs}]
    budget = found["budget"]
    missing = f" Not reached: {', '.join(left)}." if left else ""
    return [
        *lines, "",
        f"At most {budget['epochs']} epochs of {budget['images']:,} images, "
        f"{budget['seeds']} seed per row; corrupted: {budget['corruption_images']} test images; "
        f"external: {found['external_images']} scans, mean over the classes.{missing}",
    ]  # fmt: skip


def outside() -> Lines:
    """External scans, for every bundled model."""
    lines = ["| | robust | paper |", "| --- | --- | --- |"]
    both = [stored("external-robust"), stored("external-paper")]
    if None in both:
        return _NOT_MEASURED
    rows: dict[str, Callable[[dict[str, Any]], str]] = {
        "Scans (model's classes / others)": lambda r: f"{r['n']['in']} / {r['n']['ood']}",
        "Right, mean over classes, by pixels alone": lambda r: _with_interval(r, "macro_accuracy"),
        "Accepted of the model's classes": lambda r: _with_interval(r, "accepted_share"),
        "Wrong among the accepted": lambda r: f"{r['accepted_wrong']} of {r['n']['accepted']}",
        "Wrong, over 0.9 and accepted": lambda r: str(r["accepted_wrong_over_090"]),
        "Others not accepted": lambda r: _with_interval(r, "ood_not_accepted_share"),
    }
    for title, cell in rows.items():
        lines.append(f"| {title} | " + " | ".join(cell(found) for found in both if found) + " |")
    for label in both[0]["per_class"] if both[0] else ():
        cells = [
            f"{percent(row['accuracy'], 0)} of {row['n']}"
            for row in (found["per_class"][label] for found in both if found)
        ]
        lines.append(f"| {label} right | " + " | ".join(cells) + " |")
    return lines


def _with_interval(found: dict[str, Any], key: str) -> str:
    return f"{percent(found[key])} ({interval(found[f'{key}_interval'])})"


def corrupted() -> Lines:
    """The corruption suite."""
    lines = ["| Model | All families | Families never trained on |", "| --- | --- | --- |"]
    for name in ("robust", "paper"):
        found = stored(f"corruptions-{name}")
        if found:
            lines.append(
                f"| {name} (n = {found['n']}) | {percent(found['mean_accuracy'])} "
                f"| {percent(found['mean_accuracy_unseen'])} |"
            )
    return lines


@of("bench")
def speed(found: dict[str, Any]) -> Lines:
    """The bench."""
    lines = ["| Figure | Measured |", "| --- | --- |"]
    aimed = {row["key"] for row in ((stored("targets") or {}).get("bench") or {"rows": []})["rows"]}
    for key, value in found.items():
        if isinstance(value, (int, float)) and key not in aimed:
            lines.append(
                f"| `{key}` | {value:,.3g} |" if value < 1000 else f"| `{key}` | {value:,.0f} |"
            )
    return [*lines, *_batches(found.get("batches", {})), *_many_files(found.get("read", {}))]


def _batches(measured: dict[str, Any]) -> Lines:
    """Files read in batches beside the bare network in batches, by the clock and by part."""
    if not measured:
        return []
    titles = {"jpeg_64": "64-pixel JPEGs", "dicom_512": "512 × 512 CT slices, two inputs each"}
    kinds = [measured[kind] for kind in titles if kind in measured]
    busy = f"load {measured['load']:.1f} on {measured['processors']} processors"

    def row(name: str, cells: list[str]) -> str:
        return f"| {' | '.join([name, *cells])} |"

    aims = [f"{kind['ratio']:.2f} (target {kind['target']})" for kind in kinds]
    return [
        "",
        row(f"Read in batches, {busy}", list(titles.values())),
        row("---", ["---"] * len(kinds)),
        row("files per second", [f"{kind['files_per_second']:,.0f}" for kind in kinds]),
        row(
            "the bare network's inputs per second, alternating with the files",
            [f"{kind['bare_inputs_per_second']:,.0f}" for kind in kinds],
        ),
        row("inputs per second over the bare network's", aims),
        *(
            row(
                f"core milliseconds per file: {part.replace('_', ' ')}",
                [f"{kind['core_milliseconds'][part]:.2f}" for kind in kinds],
            )
            for part in kinds[0]["core_milliseconds"]
        ),
    ]


def _many_files(read: dict[str, Any]) -> Lines:
    """A folder of files beside the bare network, measured in one run."""
    if "bare_network" not in read:
        return []
    bare = read["bare_network"]
    return [
        "", "| Images per second | Measured |", "| --- | --- |",
        f"| {read['files']:,} files decoded and read, {read['files_per_second']:.0f} per second "
        f"| {read['images_per_second']:.0f} |",
        f"| the bare network, one image at a time | {bare['one_at_a_time']:.0f} |",
        f"| the bare network, in batches of 64 | {bare['in_batches_of_64']:.0f} |",
    ]  # fmt: skip


@of("targets")
def targets(found: dict[str, Any]) -> Lines:
    """Every target beside what was measured; a ratio of 1 or more meets it, whatever is better."""
    lines = ["| What | Target | Measured | Ratio |", "| --- | --- | --- | --- |"]
    machines: Lines = []
    for source, section in found.items():
        machines.append(f"`make {source}`: {_machine(section['machine'])}")
        lines += [_aimed(row) for row in section["rows"]]
    met = [row["ratio"] >= 1 for section in found.values() for row in section["rows"]]
    return [*lines, "", f"{sum(met)} of {len(met)} targets are met. {'; '.join(machines)}."]


def _aimed(row: dict[str, Any]) -> str:
    unit = f" {row['unit']}" if row["unit"] else ""
    limit = f"at {'most' if row['is_at_most'] else 'least'} {row['limit']:g}{unit}"
    n = f", n = {row['n']:,}" if row["n"] else ""
    ratio = "–" if not row["limit"] else f"{row['ratio']:.2f}"
    if row["ratio"] < 1:
        ratio = f"**{ratio}**, missed"
    return f"| {row['title']}{n} | {limit} | {row['measured']:.3g}{unit} | {ratio} |"


def _machine(found: dict[str, Any]) -> str:
    """The machine in words, as far as the result names it."""
    if "processor" not in found:
        return f"{found['cores']} cores, not described further"
    return (
        f"{found['processor']}, {found['cores']} cores, {found['memory_gib']:g} GiB, "
        f"{found['system']}, Python {found['python']}, load {found['load']:g} before the "
        "run began"
    )


@of("load")
def load(found: dict[str, Any]) -> Lines:
    """What people wait for, and memory, beyond the targets; what was not measured is absent."""
    rows = ["| What | Measured |", "| --- | --- |"]
    titles = {"png": "PNG", "dicom_512": "512 × 512 DICOM"}
    for kind, row in found.get("upload_to_result", {}).items():
        rows.append(f"| {titles[kind]} from upload to result, median | {row['median_s']:.2f} s |")
    if acting := found.get("acting"):
        again, new = acting["reruns"], acting["new_readings"]
        who = f"{acting['sessions']} sessions acting every 10 s"
        rows.append(f"| {who}: a page anew, median | {again['median_s']:.2f} s |")
        rows.append(
            f"| {who}: a new reading, n = {new['n']} | median {new['median_s']:.2f} s, p95 "
            f"{new['p95_s']:.2f} s |"
        )
    if pages := found.get("pages"):
        rows += _pages(pages)
    if memory := found.get("memory"):
        seen = memory["resident_mb"]
        count = memory["uploads"]
        rows.append(
            f"| Memory after the first reading, after {count} uploads "
            f"| {seen['after_first_reading']:,.0f} MB, {seen[f'after_{count}']:,.0f} MB |"
        )
    return [*rows, *_training(found)]


def _pages(pages: dict[str, dict[str, float]]) -> Lines:
    """What is worst over all pages, opened by their links once the model is loaded."""
    slowest = max(pages, key=lambda name: pages[name]["content_s"])
    first = max(pages, key=lambda name: pages[name]["first_content_s"])
    runs = max(pages, key=lambda name: pages[name]["runs"])
    first_s = pages[first]["first_content_s"]
    return [
        f"| The slowest of {len(pages)} pages to its content | {slowest} |",
        f"| The slowest for its first visitor ({first}) | {first_s:.2f} s |",
        f"| Most runs of a script to open a page ({runs}) | {pages[runs]['runs']:.0f} |",
    ]


def _training(found: dict[str, Any]) -> Lines:
    trained = found.get("training")
    if not trained:
        return []
    lines = ["", "| Training, in alternation | Images per second |", "| --- | --- |"]
    names = {
        "model_fit_on_files": "plain `model.fit` on image files, float32, batch 40",
        "pytorch_float32": "the same network in PyTorch, float32, batch 40",
        "ours_paper_recipe": f"ours, recipe paper, {trained['our_precision']}, batch 40",
        "ours_robust_recipe": f"ours, recipe robust, {trained['our_precision']}, batch 64",
    }
    rates = trained["images_per_second"]
    for way, name in names.items():
        lines.append(f"| {name} | {f'{rates[way]:,.0f}' if way in rates else 'not measured'} |")
    return lines


@of("explanations")
def maps(found: dict[str, Any]) -> Lines:
    """Deletion and insertion of every explanation method."""
    lines = [
        "| Method | Insertion AUC minus random | Random AUC minus deletion |",
        "| --- | --- | --- |",
    ]
    for name, row in found["methods"].items():
        gains = (_gain(row["insertion_gain"]), _gain(row["deletion_gain"]))
        lines.append(f"| {name} | {gains[0]} | {gains[1]} |")
    return [*lines, "", f"{found['images']:,} test images, 95% intervals."]


def _gain(found: dict[str, Any]) -> str:
    low, high = found["interval"]
    return f"{found['mean']:+.3f} ({low:+.3f} to {high:+.3f})"


@of("left-out")
def left_out(found: dict[str, Any]) -> Lines:
    """The refusal against a class that training never saw."""
    budget = found["budget"]
    lines = ["| Left out | AUROC | FPR at 95% TPR |", "| --- | --- | --- |"]
    for label, row in found["per_class"].items():
        lines.append(f"| {label} | {row['auroc']:.3f} | {percent(row['fpr_at_95_tpr'])} |")
    mean = f"| mean | {found['mean_auroc']:.3f} | {percent(found['mean_fpr_at_95_tpr'])} |"
    return [
        *lines, mean, "| target | 0.980 | 5.0% |", "",
        f"One network per row, from random weights: {budget['train_images']:,} images × "
        f"{budget['epochs']} epochs, seed {budget['seed']}.",
        *_left_out_with_outliers(),
    ]  # fmt: skip


@of("looks")
def looks(found: dict[str, Any]) -> Lines:
    """What each look of a class leaves of the distance to outliers never trained on."""
    about = found["kinds"]
    titles = [
        f"{outlier_kinds.title(kind)} (n = {row['n']}) from {class_title(row['read_as'])} "
        f"({row['of_class']})"
        for kind, row in about.items()
    ]
    lines = [f"| Look of the class | {' | '.join(titles)} |", "| --- |" + " --- |" * len(about)]
    for look, row in found["looks"].items():
        cells = [_auroc(row[kind]) for kind in about]
        lines.append(f"| {look.replace('_', ' ')} | {' | '.join(cells)} |")
    return lines


def _auroc(found: dict[str, Any]) -> str:
    """With its interval, where it has one."""
    if "auroc_interval" not in found:
        return f"{found['auroc']:.3f}"
    low, high = found["auroc_interval"]
    return f"{found['auroc']:.3f} ({low:.3f} to {high:.3f})"


def _left_out_with_outliers() -> Lines:
    """The same for trainings with outliers: all scores, and those without "known"."""
    found = stored("left-out-outliers")
    if not found:
        return []
    budget, rest = found["budget"], found["without_known"]
    lines = [
        "",
        "| Left out, recipe outliers | AUROC | FPR at 95% TPR | AUROC without *known* "
        "| FPR without it |",
        "| --- | --- | --- | --- | --- |",
    ]
    means = [
        {"auroc": one["mean_auroc"], "fpr_at_95_tpr": one["mean_fpr_at_95_tpr"]}
        for one in (found, rest)
    ]
    rows = {label: (row, rest["per_class"][label]) for label, row in found["per_class"].items()}
    for label, pair in {**rows, "mean": means}.items():
        cells = [f"{_auroc(one)} | {percent(one['fpr_at_95_tpr'])}" for one in pair]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return [
        *lines,
        "",
        f"One network per row, from random weights: {budget['images_an_epoch']:,} images × "
        f"{budget['epochs']} epochs, drawn from {_drawn_from(budget)}, seed {budget['seed']}, "
        f"beside {sum(found['outliers']['kinds'].values()):,} images of "
        f"{len(found['outliers']['kinds'])} kinds.",
    ]


def _drawn_from(budget: dict[str, Any]) -> str:
    images = budget["train_images"]
    return f"{images:,}" if images else "all training images"


_OF_OTHER_SOURCES = {
    "brainmri": "brain MR",
    "ultrasound": "ultrasound",
    "xray_other": "radiographs of other parts",
}


@of("outliers")
def outliers(found: dict[str, Any]) -> Lines:
    """What training with outliers does to kinds of outlier that it never saw."""
    left_out = tuple(found["left_out"])
    rest = tuple(kind for kind in found["before"]["outliers"] if kind not in left_out)
    runs = [found[name] for name in ("before", "without_kinds_none_drawn", "without_kinds")]
    lines = [
        "| Not accepted | trained on no outliers | without these kinds | without these kinds, CTs "
        "drawn as MR |",
        "| --- | --- | --- | --- |",
    ]

    def row(title: str, cells: Iterable[str]) -> str:
        return f"| {title} | {' | '.join(cells)} |"

    kinds = [(outlier_kinds.title(kind), (kind,)) for kind in left_out]
    for title, names in (*kinds, ("all of them", left_out), ("kinds it was trained on", rest)):
        lines.append(row(title, (_not_accepted(run["outliers"], names) for run in runs)))
    scans = [run["scans"] for run in runs]
    lines += [
        row(
            "scans of the model's classes accepted",
            (_with_interval(each, "accepted_share") for each in scans),
        ),
        row("wrong among them", (str(each["accepted_wrong"]) for each in scans)),
        "",
        "| Trained | scans of the model's classes "
        "accepted | external images of other kinds not accepted | errors on the test set "
        "| log loss | not accepted on it |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            _outlier_seed(name, run)
            for name, run in (
                ("on no outliers", found["before"]),
                ("on all kinds, no CT drawn as MR", found["all_kinds_none_drawn"]),
                *((f"on all kinds, seed {run['seed']}", run) for run in found["all_kinds"]),
                ("without the eleven kinds: bundled", found["without_kinds"]),
            )
        ),
    ]
    return [*lines, "", *_sources(found)]


def _sources(found: dict[str, Any]) -> Lines:
    """Sources never trained on, of kinds that another source had taught."""
    parts = found["sources"]
    lines = [
        "| Source | trained on no outliers | its kind from another source, no CT drawn as MR "
        "| without its kind: bundled |",
        "| --- | --- | --- | --- |",
    ]
    rows = [row for part in parts for row in part["left_out"].values()]

    def line(title: str, of: list[dict[str, Any]]) -> str:
        cells = []
        for by in ("accepted_before", "accepted", "accepted_without_kind"):
            kinds = {str(n): {"n": row["n"], "accepted": row[by]} for n, row in enumerate(of)}
            cells.append(_not_accepted(kinds, kinds))
        return f"| {title} | {' | '.join(cells)} |"

    lines += [line(f"{row['title']}, {row['source']}", [row]) for row in rows]
    external = []
    served = found["without_kinds"]["outliers_of_other_sources"]
    for kind, title in _OF_OTHER_SOURCES.items():
        first = _not_accepted(found["before"]["outliers_of_other_sources"], (kind,))
        external.append(f"| {title}, external | {first} | | {_not_accepted(served, (kind,))} |")
    accepted = ", ".join(_with_interval(part["scans"], "accepted_share") for part in parts)
    wrong = sum(part["scans"]["accepted_wrong"] for part in parts)
    return [
        *lines,
        line("all of them", rows),
        *external,
        "",
        f"Third column: {counted(len(parts), 'training')} of {parts[0]['epochs']} epochs, seed "
        f"{parts[0]['seed']}; accepted of the scans of the model's classes: {accepted}, {wrong} of "
        "them wrong.",
    ]


def _outlier_seed(name: str, run: dict[str, Any]) -> str:
    kinds, home = run["outliers_of_other_sources"], run["paper_test"]
    return (
        f"| {name} | {_with_interval(run['scans'], 'accepted_share')} "
        f"| {_not_accepted(kinds, kinds)} | {home['errors']} in {home['n']:,} "
        f"| {home['log_loss']:.4f} | {percent(home['not_accepted_share'])} |"
    )


def _not_accepted(kinds: dict[str, dict[str, int]], names: Iterable[str]) -> str:
    rows = [kinds[name] for name in names]
    n = sum(row["n"] for row in rows)
    found = share(n - sum(row["accepted"] for row in rows), n)
    return f"{percent(found.value)} of {n} ({interval([found.lower, found.upper])})"


@of("seeds")
def seeds(found: dict[str, Any]) -> Lines:
    """How far trainings of other seeds differ on external scans."""
    rows, spread = found["seeds"], found["spread"]
    head = " | ".join(f"seed {row['seed']}" for row in rows)
    lines = [f"| | {head} | mean |", "| --- |" + " --- |" * (len(rows) + 1)]
    for title, name in (
        ("Macro accuracy", "macro_accuracy"),
        ("Accepted", "accepted_share"),
        ("Out-of-distribution scans not accepted", "ood_not_accepted_share"),
    ):
        cells = [percent(row["outside"][name]) for row in rows]
        lines.append(f"| {title} | {' | '.join(cells)} | {percent(spread[name][1])} |")
    for label, (_, mean, _) in spread["per_class"].items():
        cells = [percent(row["outside"]["per_class"][label]) for row in rows]
        lines.append(f"| {label} right | {' | '.join(cells)} | {percent(mean)} |")
    counts = [str(row["outside"]["accepted_wrong"]) for row in rows]
    lines.append(f"| Accepted and wrong | {' | '.join(counts)} | |")
    errors = [str(row["home"]["errors"]) for row in rows]
    lines.append(
        f"| Errors on the test set, of {rows[0]['home']['n']:,} | {' | '.join(errors)} | |"
    )
    return [
        *lines, "",
        f"Recipe {found['recipe']}, {found['train_images']:,} images × {found['epochs']} epochs "
        f"from random weights; {found['n']['in']} scans of the model's classes, "
        f"{found['n']['ood']} out-of-distribution scans.",
    ]  # fmt: skip


@of("corrections")
def corrected(found: dict[str, Any]) -> Lines:
    """What correcting half of the external scans does for the other half."""
    pooled, halves = found["pooled"], found["halves"]
    slowest = max(half["fine_tune_s"] for half in halves) / 60
    new = ", ".join(str(count) for count in pooled["paper_test_new_errors"])
    return [
        "| | Before | After |", "| --- | --- | --- |",
        f"| Errors on the scans left, n = {pooled['n']} in {len(halves)} halves "
        f"| {pooled['errors_before']} | {pooled['errors_after']} |",
        f"| Right, mean over classes | {percent(pooled['macro_before'])} "
        f"| {percent(pooled['macro_after'])} ({interval(pooled['macro_after_interval'])}) |",
        f"| New errors on the paper's test set, by half | | {new} |", "",
        f"The slowest fine-tune took {slowest:.1f} minutes (at most "
        f"{found['minutes_at_most']:g}).",
    ]  # fmt: skip


@of("transfer")
def transferred(found: dict[str, Any]) -> Lines:
    """What a model's layers gain for other classes of few images."""
    longer = found["longer"]
    lines = [
        "| Set (classes; training images; test images) | transfer | from scratch | from scratch, "
        f"{longer} × as long | gain over scratch | gain over {longer} × as long |",
        "| --- |" + " --- |" * 5,
    ]
    for row in found["sets"]:
        means = [percent(row["accuracy"][arm]["mean"]) for arm in row["accuracy"]]
        gains = [_points(row[name]) for name in ("gain", "gain_over_longer")]
        lines.append(
            f"| {row['name']} ({len(row['classes'])}; {row['train_images']}; "
            f"{row['test_images']}) | {' | '.join(means + gains)} |"
        )
    return [
        *lines, "",
        f"Model {found['model']['id']}, {found['images_per_class']} images per class, "
        f"{found['epochs']} epochs, {found['seeds']} seeds, each with other images; gains in "
        "percentage points with 95% intervals over the seeds (Student's t).",
    ]  # fmt: skip


def _points(found: dict[str, Any]) -> str:
    low, high = found["interval"]
    return f"{100 * found['mean']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


SECTIONS: dict[str, Callable[[], Lines]] = {
    "home": home, "folds": folds, "table_6": table_6, "outside": outside, "corrupted": corrupted,
    "targets": targets, "speed": speed, "load": load, "maps": maps, "left_out": left_out,
    "outliers": outliers, "looks": looks,
    "corrected": corrected, "seeds": seeds, "transfer": transferred,
}  # fmt: skip


def filled(text: str) -> str:
    """The README with every section written anew."""
    for name, write in SECTIONS.items():
        opening = f"<!-- measured:{name} -->\n"
        if opening in text:
            before, rest = text.split(opening, 1)
            _, after = rest.split("<!-- end -->", 1)
            text = before + opening + "\n".join(write()) + "\n<!-- end -->" + after
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write("README.md is up to date.\n")
