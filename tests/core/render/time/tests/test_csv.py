import csv

import dtfviz


def test_the_table_has_a_row_a_video_and_the_skipped_ones_last(survey, tmp_path):
    with dtfviz.save(survey, tmp_path / "videos.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 41
    assert (float(rows[3]["shuffled_kl"]), float(rows[3]["reversed_flips"]), rows[3]["trust"]) == (
        3.5,
        0.5,
        "UNTRAINED",
    )
    assert (rows[-1]["video"], rows[-1]["error"], rows[-1]["frozen_kl"]) == ("broken.mp4", "cannot be read", "")
