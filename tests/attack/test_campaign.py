"""The campaign counts what its parts say, goes on where it was stopped, and fails with them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attack import __main__ as attack
from tests.attack.table import Row, table

ROOT = attack.ROOT
SAYS = "import sys; print({!r}); sys.exit({})"


def part(name: str, printed: str, code: int = 0, *, of: str = "Kills") -> attack.Part:
    return attack.Part(of, name, ("-c", SAYS.format(printed, code)), attack._of_kills)


def test_parts_of_one_attack_are_one_row(tmp_path: Path) -> None:
    parts = [part("a-0", '{"kills": 2, "lost": 0}'), part("a-1", '{"kills": 3, "lost": 0}')]
    (row,) = attack.campaign([*parts], tmp_path)
    assert (row.attack, row.tried, row.broken) == ("Kills", 5, 0)


@pytest.mark.parametrize(
    ("printed", "code", "broken"),
    [('{"kills": 2, "lost": 0}', 1, 1), ('{"kills": 2, "lost": 2}', 0, 2), ("", 0, 1)],
    ids=["it failed", "it says so", "it says nothing"],
)
def test_a_part_that_fails_or_says_nothing_is_broken(
    tmp_path: Path, printed: str, code: int, broken: int
) -> None:
    (row,) = attack.campaign([part("a", printed, code)], tmp_path)
    assert row.broken == broken


def test_what_was_done_before_a_stop_is_not_done_again_and_its_failure_stays(
    tmp_path: Path,
) -> None:
    attack.campaign([part("a", '{"kills": 2, "lost": 1}')], tmp_path)
    (tmp_path / "b.new").write_text("{")  # a stop in the middle of writing
    rows = attack.campaign(
        [part("a", "never run"), part("b", '{"kills": 7, "lost": 0}', of="More")], tmp_path
    )
    assert [(row.tried, row.broken) for row in rows] == [(2, 1), (7, 0)]


@pytest.mark.parametrize(("lost", "code"), [(0, 0), (1, 1)])
def test_a_whole_campaign_prints_its_table_keeps_its_figures_and_ends_with_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, lost: int, code: int
) -> None:
    only = part("a", json.dumps({"kills": 4, "lost": lost}))
    monkeypatch.setattr(attack, "parts", lambda *_, **__: iter([only]))
    out = tmp_path / "figures.json"
    assert attack.main(["--folder", str(tmp_path / "state"), "--out", str(out)]) == code
    assert f"| Kills | 4 | {lost} |" in capsys.readouterr().out
    (figures,) = json.loads(out.read_text())
    assert (figures["tried"], figures["broken"]) == (4, lost)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["last"]  # the next is new


def test_counts_are_cut_into_parts_that_a_stop_does_not_lose() -> None:
    todo = list(attack.parts(Path("state"), mutants=10, kills=45, flips=120, workers=2))
    sizes = {
        part.name: int(part.command[3]) for part in todo if part.name.startswith(("flips", "store"))
    }
    assert sizes == {
        "flips-0": 50,
        "flips-1": 50,
        "flips-2": 20,
        "store-0": 20,
        "store-1": 20,
        "store-2": 5,
    }
    assert len({part.name for part in todo}) == len(todo)


def test_figures_are_read_from_what_the_campaigns_print() -> None:
    assert attack._of_pytest("...\n=== 1 failed, 30 passed, 2 skipped in 9.00s ===\n") == (31, 1)
    assert attack._of_pytest("5 passed, 2 errors in 1.00s") == (7, 2)
    assert attack._of_traps('{"traps": 70, "broken": ["a bomb"]}') == (70, 1)
    assert attack._of_intake('{"files": 9, "broken": ["file 1"]}') == (9, 1)
    assert attack._of_jobs('{"kills": {"trainer": 2, "both": 1}, "problems": []}') == (3, 0)
    assert attack._of_flips('a warning\n{"flips": 9, "missed": ["byte 1"]}') == (9, 1)


def test_figures_take_the_place_of_the_former_ones_in_the_chapter() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    once = attack.into_chapter(text, [Row("Kills", 3, 0, 1.0)])
    again = attack.into_chapter(once, [Row("Kills", 4, 0, 1.0)])
    assert "| Kills | 3 | 0 | 1 |" in once and "| Kills | 3 |" not in again
    assert again == once.replace("| 3 | 0 |", "| 4 | 0 |")
    assert once.partition("<!-- attack -->")[0] == text.partition("<!-- attack -->")[0]
    assert once.endswith(text[-200:])


def test_rows_are_a_table() -> None:
    assert table([Row("Kills", 1200, 0, 61.0)]).splitlines()[-1] == "| Kills | 1,200 | 0 | 61 |"


@pytest.mark.attack
def test_a_bit_of_database_kept_file_and_bundled_model_is_noticed() -> None:
    command = [sys.executable, "-m", "tests.attack.flips", "--flips", "9", "--seed", "3"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["of"] == {"database": 3, "kept": 3, "model": 3}
    assert told["missed"] == []


@pytest.mark.attack
def test_killing_promotions_sign_ins_backups_and_restores_loses_nothing_and_leaves_no_half() -> (
    None
):
    command = [sys.executable, "-m", "tests.attack.kills", "--kills", "4", "--seed", "2"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["kills"] == sum(told["moments"].values()) == 4
    assert told["acknowledged"] >= 4


def test_there_is_a_test_so_marked_for_each_wall() -> None:
    """Each room that an attack comes through has its proofs in the campaign."""
    marked = {
        path.parent.name
        for path in (ROOT / "tests").rglob("test_*.py")
        if "mark.attack" in path.read_text()
    }
    rooms = {"intake", "fuzz", "store", "models", "pages", "operate", "uploads", "jobs", "data"}
    assert rooms <= marked, sorted(rooms - marked)
