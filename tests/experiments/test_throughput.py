"""Many drawn files through the whole path, and what is measured of it."""

import pytest

from arncnn.experiments import batch_reading, throughput


def test_every_drawn_form_is_read_and_the_shares_are_shares() -> None:
    found = throughput.read_drawn_files(12)
    assert found["files"] == 12
    assert found["unread"] == 0
    assert 0 < found["decode_share"] < 1
    assert found["files_per_second"] > 0
    assert 12 / found["seconds"] < found["images_per_second"]  # a CT is read through windows
    assert set(found["bare_network"]) == {"one_at_a_time", "in_batches_of_64"}
    assert all(rate > 0 for rate in found["bare_network"].values())
    assert found["peak_mb"] > found["decoder_peak_mb"] > 0


def test_batches_are_set_against_the_bare_network_with_what_each_part_costs() -> None:
    found = batch_reading.batch_reading(16)
    assert found["jpeg_64"]["inputs"] == 16 and found["dicom_512"]["inputs"] == 32
    for kind in batch_reading.TARGETS:
        measured = found[kind]
        assert sorted(measured["rounds"])[1] == measured["ratio"] > 0
        parts = measured["core_milliseconds"]
        whole = sum(parts.values()) - parts["all"] - parts["bare_network"]
        assert whole == pytest.approx(parts["all"])
        assert parts["decoders"] > 0 and parts["network"] > 0
    assert found["load"] > 0
