import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from videos import write_video

from dtfviz.core.errors import DeviceError, InputError, ModelError, OptionError, Use
from dtfviz.core.learning import evaluate as module
from dtfviz.core.learning.datasets import MotionSet, read_list
from dtfviz.core.learning.evaluate import Views, collect, conclude, evaluate, groups_of, make_exam, match_classes
from dtfviz.core.learning.feed import Share
from dtfviz.core.media.clip import reorder
from dtfviz.core.media.motion import CLASSES
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.models.card import Card, Layer
from dtfviz.core.models.inputs import as_input
from dtfviz.core.results.evaluation import Protocol

SIX = tuple("abcdef")


class Fake(nn.Module):
    """Logits of six classes that depend on the pixels; where `constant` says so, class 3 whatever it sees."""

    def __init__(self, *, constant=False, classes=SIX):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = nn.Parameter(torch.randn(3 * 4 * 16, len(classes), generator=generator))
        self.bias = nn.Parameter(100.0 * nn.functional.one_hot(torch.tensor(3), len(classes)))
        self.constant = constant
        self.card = Card(
            "fake", "any", 4, 16, len(classes), (Layer("l", "BCTHW", 4),), "l", "", "", classes=classes, trained=True
        )

    def forward(self, x):
        return x.mean(3).flatten(1) @ self.weight * (not self.constant) + self.constant * self.bias


@pytest.fixture
def videos(tmp_path):
    """Seven videos of six classes, the fourth of which is none."""
    for number in range(7):
        write_video(tmp_path / f"{number}.mp4", 10 + number)
    (tmp_path / "3.mp4").write_bytes(b"no video at all")
    (tmp_path / "list.txt").write_text("".join(f"{number}.mp4 10 {number % 6}\n" for number in range(7)))
    return read_list(tmp_path / "list.txt", num_classes=6)


def run(model, exam, folder, *, batch=4, workers=0, share=Share(), on_item=lambda done, total: None):  # noqa: B008
    evaluate(model, exam, folder, batch=batch, workers=workers, share=share, on_item=on_item)
    return collect(folder.glob("*.jsonl"))


def test_a_model_that_always_answers_class_3_is_right_where_that_is_the_class(tmp_path, videos):
    model, data = (
        Fake(constant=True),
        replace(videos, items=tuple(replace(item, label=item.label % 4) for item in videos.items)),
    )
    exam = make_exam(data, Protocol(), model.card)
    found = conclude(exam, model.card, run(model, exam, tmp_path / "logs"))
    assert found.answers.tolist() == [3] * 6
    assert found.labels.tolist() == [0, 1, 2, 0, 1, 0]  # the fourth video is the only one of class 3
    assert found.top1.value == 0
    assert found.failed[0][0].endswith("3.mp4")
    data = replace(data, items=tuple(replace(item, label=3) for item in data.items))
    exam = make_exam(data, Protocol(), model.card)
    assert conclude(exam, model.card, run(model, exam, tmp_path / "again")).top1.value == 1


def test_scores_are_the_mean_over_views_of_their_softmax(tmp_path, videos):
    model, views = Fake(), [(part, crop) for part in (1, 2) for crop in ("left", "right")]
    exam = make_exam(videos, Protocol(2, ("left", "right"), "reversed"), model.card)
    lines = run(model, exam, tmp_path / "logs", batch=3)
    clips = [
        reorder(read_clip(videos.path(5), Sampling(4, part=(part, 2)), 16, crop=crop), "reversed")
        for part, crop in views
    ]
    expected = torch.stack([torch.softmax(model(as_input(clip, model.card))[0].detach(), 0) for clip in clips]).mean(0)
    assert lines[5]["scores"] == pytest.approx(expected.tolist(), rel=1e-5)
    assert all(sum(line["scores"]) == pytest.approx(1, rel=1e-6) for line in lines if "scores" in line)


def test_a_line_gives_back_the_very_float32_that_was_computed():
    model = Fake()
    exam = make_exam(MotionSet(28, frames=4, size=16, classes=SIX), Protocol(), model.card)
    reading = Views(exam, model.card)[4]
    (line,) = module.answer(model, exam, [reading], 1)
    one = module.score(model, torch.from_numpy(reading.views), Protocol())[0].detach().numpy()
    assert np.array_equal(np.array(json.loads(json.dumps(line))["scores"], np.float32), one)


def test_groups_fill_a_batch_with_the_views_of_whole_items(videos):
    def groups(batch, **asked):
        return groups_of(make_exam(videos, Protocol(**asked), Fake().card), batch)

    assert groups(3) == [[0, 1, 2], [3, 4, 5], [6]]
    assert groups(6, clips=3) == [[0, 1], [2, 3], [4, 5], [6]]
    assert groups(2, clips=3) == [[number] for number in range(7)]


@pytest.mark.parametrize("ranks", [2, 3])
def test_processes_share_the_groups_and_come_to_the_very_numbers_of_one(tmp_path, videos, ranks):
    model, seen = Fake(), []
    exam = make_exam(videos, Protocol(order="shuffled", seed=5), model.card)
    alone = run(model, exam, tmp_path / "one", batch=2)
    for rank in range(ranks):
        shared = run(
            model, exam, tmp_path / "many", batch=2, share=Share(rank, ranks), on_item=lambda *told: seen.append(told)
        )
    assert shared == alone
    assert [line["item"] for line in alone] == list(range(7))
    assert sum(total for done, total in seen if done == total) == 7


def test_workers_change_nothing(tmp_path, videos):
    model = Fake()
    exam = make_exam(videos, Protocol(2, order="shuffled"), model.card)
    assert run(model, exam, tmp_path / "here") == run(model, exam, tmp_path / "there", workers=2)


@pytest.mark.parametrize("after", [1, 3, 5])
def test_an_evaluation_that_was_killed_goes_on_with_what_is_missing_and_ends_the_same(
    tmp_path, videos, monkeypatch, after
):
    model, shown, written = Fake(), [], []
    exam = make_exam(videos, Protocol(2), model.card)
    whole = run(model, exam, tmp_path / "whole")
    real = module.add_line

    def killed(path, line):
        if len(written) == after:
            path.write_text(path.read_text() + json.dumps(line)[:-9])  # half a line, no end of line
            raise KeyboardInterrupt
        written.append(line["item"])
        real(path, line)

    monkeypatch.setattr(module, "add_line", killed)
    with pytest.raises(KeyboardInterrupt):
        run(model, exam, tmp_path / "logs")
    monkeypatch.setattr(module, "add_line", real)
    read = Views.__getitem__
    monkeypatch.setattr(Views, "__getitem__", lambda self, item: shown.append(item) or read(self, item))
    assert run(model, exam, tmp_path / "logs") == whole
    assert not set(shown) & set(written[: after // 2 * 2]) - {
        2,
        3,
    }  # groups of two; the one with the broken video is tried again
    shown.clear()
    assert run(model, exam, tmp_path / "logs") == whole
    assert shown == [2, 3]


def test_a_video_that_can_be_read_after_all_counts(tmp_path, videos):
    model = Fake()
    exam = make_exam(videos, Protocol(), model.card)
    assert "cannot be read as a video" in run(model, exam, tmp_path / "logs")[3]["failed"]
    write_video(videos.path(3), 10)
    lines = run(model, exam, tmp_path / "logs")
    assert len(lines) == 7
    assert all("scores" in line for line in lines)


def test_videos_that_are_too_short_are_not_read_unless_they_begin_again(tmp_path, videos):
    model = Fake()
    exam = make_exam(videos, Protocol(stride=4), model.card)  # 13 frames
    lines = run(model, exam, tmp_path / "logs")
    assert ["failed" in line for line in lines] == [True, True, True, True, False, False, False]
    exam = make_exam(videos, Protocol(stride=4, loop=True), model.card)
    assert sum("failed" in line for line in run(model, exam, tmp_path / "loop")) == 1


def test_nothing_can_be_concluded_from_videos_of_which_none_can_be_read(tmp_path, videos):
    exam = make_exam(replace(videos, items=videos.items[3:4] * 2), Protocol(), Fake().card)
    with pytest.raises(InputError, match="none of the videos can be read"):
        conclude(exam, Fake().card, run(Fake(), exam, tmp_path / "logs"))


def test_scores_that_are_not_finite_end_it_and_keep_what_was_there(tmp_path, videos):
    model = Fake()
    exam = make_exam(videos, Protocol(), model.card)
    real, calls = model.forward, []
    model.forward = lambda x: calls.append(x) or real(x) * (torch.nan if len(calls) > 1 else 1)
    with pytest.raises(ModelError, match="not finite"):
        run(model, exam, tmp_path / "logs")
    assert [line["item"] for line in collect((tmp_path / "logs").glob("*"))] == [0, 1, 2, 3]


@pytest.mark.parametrize(("batch", "hint"), [(3, Use("batch", 1)), (1, Use("device", "cpu"))])
def test_too_little_memory_is_said_with_a_smaller_batch(tmp_path, videos, batch, hint):
    def full(x):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.\nAnd more")

    model = Fake()
    model.forward = full
    with pytest.raises(DeviceError, match=f"{batch} views at a time are too many") as caught:
        run(model, make_exam(videos, Protocol(), model.card), tmp_path / "logs", batch=batch)
    assert (caught.value.fact, caught.value.hint) == ("CUDA out of memory. Tried to allocate 9 GiB.", hint)


def test_shuffles_differ_from_item_to_item_and_view_to_view_and_come_again(videos):
    card = Fake().card

    def orders(seed):
        views = Views(make_exam(videos, Protocol(2, order="shuffled", seed=seed, stride=2), card), card)
        plain = Views(make_exam(videos, Protocol(2, stride=2), card), card)
        return [
            [int(np.flatnonzero((view == frame).all((1, 2, 3)))[0]) for frame in shown]
            for item in (4, 5, 6)
            for view, shown in zip(plain[item].views, views[item].views, strict=True)
        ]

    assert orders(0) == orders(0)
    assert len(set(map(tuple, orders(0)))) > 3
    assert orders(0) != orders(1)
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders(0))


def test_a_frozen_clip_shows_its_first_frame(videos):
    card = Fake().card
    frozen = Views(make_exam(videos, Protocol(order="frozen"), card), card)[4].views[0]
    assert np.array_equal(
        frozen, np.repeat(Views(make_exam(videos, Protocol(), card), card)[4].views[0][:1], 4, axis=0)
    )


# --- classes ----------------------------------------------------------------------------------------------------------
def test_classes_go_by_their_names_where_both_have_some():
    card = Fake(classes=("zoom-in", *CLASSES[:7], *CLASSES[8:])).card
    assert match_classes(MotionSet(), card)[:2] == [1, 2]
    assert match_classes(MotionSet(), card)[7] == 0
    data = MotionSet(4, classes=("b", "e"), frames=4, size=16)
    exam = make_exam(data, Protocol(), Fake().card)
    assert exam.labels == (1, 4, 1, 4)


def test_classes_without_names_must_be_as_many():
    card = replace(Fake().card, classes=None)
    assert list(match_classes(MotionSet(classes=SIX), card)) == list(range(6))
    with pytest.raises(OptionError, match="has 14 classes, fake has 6"):
        match_classes(MotionSet(), card)


def test_a_class_that_the_model_does_not_know_is_named():
    with pytest.raises(OptionError, match="fake has no class called 'static'") as caught:
        match_classes(MotionSet(), Fake().card)
    assert caught.value.fact == "14 of the 14 classes are none of the model's 6"


@pytest.mark.parametrize("asked", [{"clips": 2}, {"crops": ("left", "right")}, {"stride": 2}, {"loop": True}])
def test_a_generated_clip_has_one_view(asked):
    with pytest.raises(OptionError, match="one view"):
        make_exam(MotionSet(), Protocol(**asked), Fake().card)
