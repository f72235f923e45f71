import json
from pathlib import Path

import numpy as np
import pytest
from videos import write_video

from dtfviz.commands import filters as command
from dtfviz.core import choices
from dtfviz.core.analysis.filters.activity import MEASURES
from dtfviz.core.choices import DEFAULT_MEASURE
from dtfviz.core.jobs import fulfil
from dtfviz.core.models.loading.load import record_of
from dtfviz.core.models.loading.model import load_model
from dtfviz.core.results.filters import Cell, Share
from dtfviz.core.store.checkpoint import write_checkpoint

SMALL = ("--model", "dtf_net_motion", "--stride", "1", "--dpi", "60")


@pytest.fixture
def video(tmp_path, monkeypatch):
    """96 x 64, of which the crop takes the columns 16 to 79."""
    monkeypatch.chdir(tmp_path)
    return str(write_video(tmp_path / "walk.mp4", 20, size=(96, 64)))


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures take seconds; what is in them has tests of its own."""
    monkeypatch.setattr(fulfil, "draw", lambda *_: [])


def listed(folder):
    return sorted(path.name for path in Path(folder).iterdir() if path.is_file())


def test_the_commands_measures_are_the_analyses():
    assert set(choices.MEASURES) == set(MEASURES)
    assert next(option.default for option in command.filters.params if option.name == "measure") == DEFAULT_MEASURE


def test_positions_are_pixels_percent_or_cells():
    assert [command.position_of(text) for text in ("120,80", "50%,40.5%", "auto")] == [
        (120, 80),
        Share(0.5, 0.405),
        "auto",
    ]
    assert command.cell_of("3,2") == Cell(row=2, col=3)


def test_one_command_gives_two_pictures_arrays_and_a_manifest(inside, video):
    done = inside("filters", video, *SMALL)
    assert done.returncode == 0
    assert "layer3 of dtf_net_motion, 16 steps, 0 to 12.5 Hz" in done.stdout
    folder = Path("dtfviz-out/walk/filters")
    assert listed(folder) == ["activity.png", "filters.npz", "filters.png", "manifest.json"]
    (found,) = json.loads((folder / "manifest.json").read_text())["filters"]
    assert (found["layer"], found["grid"], found["filter_layout"], len(found["positions"])) == (
        "layer3",
        [8, 8],
        "paper",
        2,
    )
    arrays = np.load(folder / "filters.npz")
    assert np.allclose(
        arrays["kernels"], np.fft.irfft(arrays["filters"]), rtol=0, atol=1e-6 * np.abs(arrays["kernels"]).max()
    )
    for index, at in enumerate(found["positions"]):
        assert [arrays["cell_column"][index], arrays["cell_row"][index]] == at["cell"]
        assert at["activity"]["raw"] == pytest.approx((np.abs(arrays["filters"][index]) ** 2).sum(), rel=1e-5)
        assert at["activity"]["kernel"] == pytest.approx(16 * (arrays["kernels"][index] ** 2).sum(), rel=1e-5)
    assert inside("filters", video, *SMALL).stdout.splitlines()[-1] == f"{folder}: up to date"


def test_positions_are_told_in_pixels_and_cells(inside, video):
    given = (
        "--pos",
        "20,5",
        "--pos",
        "50%,100%",
        "--cell",
        "7,0",
        "--view",
        "raw",
        "--channels",
        "mean",
        "--format",
        "svg",
        "--out",
        "here",
    )
    document = json.loads(inside("filters", video, *SMALL, *given, "--json").stdout)
    assert (document["folder"], document["state"]) == ("here", "written")
    (found,) = document["manifest"]["filters"]
    assert [at["cell"] for at in found["positions"]] == [[0, 0], [3, 7], [7, 0]]
    assert [at["pixel"] for at in found["positions"]] == [[20, 5], [47, 63], [76, 4]]
    assert listed("here") == ["activity.svg", "filters.npz", "filters.svg", "manifest.json"]


def test_every_stage_and_two_layers_side_by_side(inside, video, undrawn):
    every = json.loads(inside("filters", video, *SMALL, "--layer", "all", "--pos", "40,40", "--json").stdout)
    assert [found["title"] for found in every["manifest"]["filters"]] == ["layer1", "layer2", "layer3", "layer4"]
    two = json.loads(
        inside(
            "filters", video, *SMALL, "--compare", "layer1", "layer4", "--pos", "40,40", "--out", "two", "--json"
        ).stdout
    )
    assert [found["grid"] for found in two["manifest"]["filters"]] == [[16, 16], [8, 8]]
    assert listed("two") == ["1-layer1.npz", "2-layer4.npz", "manifest.json"]


def test_two_clips_and_two_checkpoints_side_by_side(inside, video, undrawn):
    other = str(write_video(Path("other.mp4"), 20, size=(64, 64), fps=50))
    clips = json.loads(inside("filters", "--compare", video, other, *SMALL, "--pos", "40,40", "--json").stdout)
    assert [found["title"] for found in clips["manifest"]["filters"]] == ["walk.mp4", "other.mp4"]
    assert [found["frequencies_hz"][-1] for found in clips["manifest"]["filters"]] == pytest.approx([12.5, 25])
    for name in ("a.safetensors", "b.safetensors"):
        model = load_model("dtf_net_motion")
        write_checkpoint(name, model.state_dict(), record_of(model, {}))
    weights = inside(
        "filters", video, "--compare", "a.safetensors", "b.safetensors", "--pos", "40,40", "--json", *SMALL[2:]
    )
    one, two = json.loads(weights.stdout)["manifest"]["filters"]
    assert (one["title"], two["title"]) == ("a.safetensors", "b.safetensors")
    assert one["positions"][0]["activity"] == two["positions"][0]["activity"]


def test_the_papers_figure_shows_four_generated_clips_with_two_positions_each(inside, video, undrawn):
    document = json.loads(inside("filters", "--figure", *SMALL, "--json").stdout)
    found = document["manifest"]["filters"]
    assert [one["title"].rpartition("-")[0] for one in found] == ["move-left", "rotate-cw", "zoom-in", "swing-fast"]
    assert all(len(one["positions"]) == 2 and one["grid"] == [8, 8] for one in found)
    named = json.loads(inside("filters", video, video, "--figure", *SMALL, "--json").stdout)
    assert [one["title"] for one in named["manifest"]["filters"]] == ["walk.mp4"] * 2


def test_a_convolution_over_steps_is_the_same_everywhere(inside, video):
    done = inside(
        "filters", video, "--model", "torchvision.models.video:r3d_18", "--size", "32", "--frames", "8", "--dpi", "60"
    )
    assert "the same at every position and for every clip" in done.stdout
    assert listed("dtfviz-out/walk/filters") == ["filters.npz", "filters.png", "manifest.json"]


def test_frames_that_have_no_order_have_no_hertz(inside, video, undrawn):
    Path("still.mp4").symlink_to(write_video(Path("short.mp4"), 1))
    done = inside("filters", "still.mp4", "--loop", *SMALL, "--pos", "30,20", "--json")
    (found,) = json.loads(done.stdout)["manifest"]["filters"]
    assert (found["spacing_s"], found["frequencies_hz"]) == (None, None)
    assert any("no Hz" in remark for remark in found["remarks"])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ["walk.mp4", "--pos", "96,10"],
            2,
            "outside the frame\n       positions are x from 16 to 79 and y from 0 to 63",
        ),
        (
            ["walk.mp4", "--pos", "5,5"],
            2,
            "outside the center crop, which is all that the model sees\n       positions are x from 16 to 79",
        ),
        (["walk.mp4", "--pos", "a,b"], 2, "neither pixels such as"),
        (["walk.mp4", "--pos", "-5,3"], 2, "-5,3 lies outside the frame"),
        (["walk.mp4", "--pos", "99999999,3"], 2, "lies outside the frame"),
        (["walk.mp4", "--pos", "150%,3%"], 2, "lies outside the frame"),
        (["walk.mp4", "--cell", "8,0"], 2, "columns 0 to 7"),
        (["walk.mp4", "--cell", "1"], 2, "not a column and a row"),
        (["walk.mp4", "--layer", "layr3"], 2, "no layer called 'layr3'"),
        (["walk.mp4", "--channels", "best"], 2, "no channels are called"),
        (["walk.mp4", "--channels", "32"], 2, "channels are 0 to 31"),
        (["walk.mp4", *["--pos", "40,40"] * 7], 2, "do not fit beside each other"),
        (["walk.mp4", "--compare", "layer1", "walk.mp4"], 2, "cannot be compared"),
        (["--compare", "walk.mp4", "gone.mp4"], 3, "gone.mp4: cannot be opened"),
        (["--compare", "walk.mp4", "x" * 300], 2, "cannot be compared"),
        (["walk.mp4", "--compare", "layer1", "layer9"], 2, "no layer called 'layer9'"),
        (["walk.mp4", "--compare", "layer1", "layer2", "--figure"], 2, "two pictures"),
        (["walk.mp4", "--model", "c2d_r50"], 4, "has no temporal filter"),
    ],
)
def test_errors_come_before_anything_is_written(inside, video, arguments, code, words):
    done = inside("filters", *SMALL, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert not list(Path().glob("dtfviz-out/*/*"))
