import torch

from dtfviz.core.analysis.cost.cost import beside_published
from dtfviz.core.models.building import build_model
from dtfviz.core.models.catalogue import MODELS
from dtfviz.core.published import Published, explain_difference, published_for, read_published


def test_every_row_names_a_model_that_can_be_built():
    source, titles, rows = read_published()
    assert "ECCV 2022" in source
    assert {row.table for row in rows} == set(titles) == {1, 2, 3}
    for row in rows:
        with torch.device("meta"):
            build_model(row.model, frames=row.frames, size=MODELS[row.model].cost_size, **row.arguments)


def test_the_published_number_of_a_model_is_found_by_its_clip_length():
    assert published_for("dtf_net_r50", 64).gflops == 111
    assert published_for("dtf_swin_b", 64).gflops == 266
    assert published_for("dtf_swin_b", 16) is None


def test_a_difference_is_explained_by_the_first_way_that_fits_or_not_at_all():
    assert explain_difference(38, {"x1": 34.55, "all": 34.76, "x4": 38.37}) == "x4 +1.0%"
    assert explain_difference(25, {"x1": 24.44, "all": 24.61, "x4": 26.85}) == "x1 -2.2%"
    assert explain_difference(111, {"x1": 100.35, "all": 101.18, "x4": 107.60}) == "unexplained"


def test_other_authors_rows_are_published_only():
    row = beside_published(Published(2, "someone else's", gflops=100), build_model)
    assert (row.remark, row.cost) == ("published only", None)
