import torch

from dtfviz.core.analysis.cost.cost import beside_published
from dtfviz.core.models.building import build_model
from dtfviz.core.models.catalogue import MODELS
from dtfviz.core.published import Published, explain_difference, published_for, read_published

TABLES = read_published()[1]
ROWS = [row for table in TABLES.values() for row in table.rows]


def test_every_row_names_a_model_that_can_be_built_or_is_published_only():
    assert "ECCV 2022" in read_published()[0]
    assert [len(table.rows) for table in TABLES.values()] == [20, 21, 28]
    for row in ROWS:
        if row.model is not None:
            with torch.device("meta"):
                build_model(row.model, frames=row.frames, size=MODELS[row.model].cost_size, **row.arguments)
        assert not (row.model and row.is_others)


def test_every_row_has_what_a_row_must_have():
    for table in TABLES.values():
        assert {row.part for row in table.rows} == set(table.parts or [""])
        assert table.datasets == (("V1", "V2") if table.number == 3 else ("K400",))
    for row in ROWS:
        assert row.top
        assert all(0 < second <= 100 and first < second for first, second, *_ in (t for t in row.top.values() if t[1:]))
        assert row.is_others or row.gflops


def test_the_paper_does_not_contradict_itself():
    """The same model with the same data has the same numbers wherever it stands."""
    known = {}
    for row in ROWS:
        for dataset, top in row.top.items() if row.model else ():
            key = (row.model, row.frames, str(row.arguments), dataset)
            assert known.setdefault(key, (row.gflops, top)) == (row.gflops, top)


def test_the_numbers_are_those_that_the_text_of_the_paper_repeats():
    best = {dataset: max(ROWS, key=lambda row: row.top.get(dataset, [0])[0]) for dataset in ("K400", "V1", "V2")}
    assert {row.model for row in best.values()} == {"dtf_swin_b"}
    assert [best[dataset].top[dataset][0] for dataset in best] == [83.5, 57.9, 70.1]


def test_the_published_number_of_a_model_is_found_by_its_clip_length():
    assert (published_for("dtf_net_r50", 64).gflops, published_for("dtf_net_r50", 16).views) == (111, 30)
    assert published_for("dtf_swin_b", 64).gflops == 266
    assert published_for("dtf_swin_b", 16) is None


def test_a_difference_is_explained_by_the_first_way_that_fits_or_not_at_all():
    assert explain_difference(38, {"x1": 34.55, "all": 34.76, "x4": 38.37}) == "x4 +1.0%"
    assert explain_difference(25, {"x1": 24.44, "all": 24.61, "x4": 26.85}) == "x1 -2.2%"
    assert explain_difference(111, {"x1": 100.35, "all": 101.18, "x4": 107.60}) == "unexplained"


def test_other_authors_rows_are_published_only():
    row = beside_published(Published("someone else's", is_others=True, gflops=100), build_model)
    assert (row.remark, row.cost) == ("other authors'", None)
    assert beside_published(Published("an operator of theirs"), build_model).remark == "published only"
