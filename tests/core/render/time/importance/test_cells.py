import json
from dataclasses import replace

import numpy as np
import pytest
from pictures import assert_legible
from terminal import printed

from dtfviz.core.render.time.importance.cells import heated
from dtfviz.core.render.time.importance.document import importance_document
from dtfviz.core.render.time.importance.files import keep
from dtfviz.core.render.time.importance.sheet import importance_sheet
from dtfviz.core.render.time.importance.table import importance_table
from dtfviz.core.results.occlusion import Occlusion


@pytest.fixture
def cut(result):
    drops = np.zeros((2, 2, 2))
    drops[1, 0, 1], drops[0, 1, 0] = 2.0, -1.0
    return replace(result, occlusion=Occlusion((16, 8, 8), drops))


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_cells_lie_over_the_same_frames_on_the_same_axis(cut, width):
    figure = importance_sheet(cut, width=width)
    assert_legible(figure)
    film, cells, drops, energy, bar = figure.axes
    assert len(cells.images) == len(film.images)
    assert film.get_xlim() == cells.get_xlim() == drops.get_xlim() == energy.get_xlim()
    assert film.get_position().x0 == cells.get_position().x0 == drops.get_position().x0
    assert "nats" in bar.get_xlabel()
    assert "2 x 2 x 2 cells" in " ".join(figure._supxlabel.get_text().split())


def test_what_speaks_for_the_class_is_red_and_what_speaks_against_it_blue(cut):
    frames = heated(cut.occlusion, np.full((16, 8, 8, 3), 100, np.uint8))
    first, last = frames[0].astype(int), frames[15].astype(int)
    assert (last[:4, 4:, 0] > last[:4, 4:, 2] + 50).all()
    assert (first[4:, :4, 2] > first[4:, :4, 0] + 20).all()
    assert (first[:4] == 100).all()


def test_numbers_are_kept_and_the_cell_that_counts_most_is_named(cut, result, tmp_path):
    assert keep(cut, tmp_path) == ["frame_importance.json", "occlusion.npz"]
    assert keep(result, tmp_path) == ["frame_importance.json"]
    arrays = np.load(tmp_path / "occlusion.npz")
    assert np.array_equal(arrays["drops"], cut.occlusion.drops)
    assert arrays["over_clip"].shape == (16, 8, 8)
    assert json.loads(json.dumps(importance_document(cut)["occlusion"])) == cut.occlusion.drops.tolist()
    said = " ".join(printed(importance_table(cut, 80)).split())
    assert "most counts 2 nats: frames 8 to 15 of the clip, rows 0 to 3, columns 4 to 7" in said
