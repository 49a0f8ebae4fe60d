"""Many drawn files through the whole path, and what is measured of it."""

from arncnn.experiments import throughput


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
