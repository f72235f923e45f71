import json
from dataclasses import replace

import pytest
import torch
from recipe import fill_seeded
from released import assert_close, golden
from safetensors import safe_open
from safetensors.torch import save_file
from torchvision.models import resnet50

import dtfviz
from dtfviz.core.errors import CheckpointError, ModelError, OptionError, OutputError, Use
from dtfviz.core.models.answers import ONCE, Answer
from dtfviz.core.models.building import build_model
from dtfviz.core.models.card import give_card
from dtfviz.core.models.catalogue import Wishes
from dtfviz.core.models.dtf.resnet import DTFNet
from dtfviz.core.models.loading.convert import convert_checkpoint
from dtfviz.core.models.loading.load import initialise, record_of
from dtfviz.core.models.loading.model import load_with_report
from dtfviz.core.store.checkpoint import read_checkpoint, write_checkpoint

SMALL = {"depths": (1, 1, 1, 1), "widths": (16, 32, 64, 128), "expansion": 16, "num_classes": 10}


@pytest.fixture
def released_file(tmp_path):
    """The small released net, as its training code saves it."""
    net = fill_seeded(DTFNet(**SMALL), 21)
    path = tmp_path / "current.pth"
    torch.save({"model": {f"module.{name}": value for name, value in net.state_dict().items()}, "epoch": 3}, path)
    return path


def save(tmp_path, tensors):
    path = tmp_path / "file.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    return path


def report_of(path, partial=False, **wishes):
    return load_with_report(Wishes(**wishes), checkpoint=path, partial=partial)


@torch.no_grad()
def test_a_released_training_file_loads_to_the_released_logits(released_file):
    data = golden("small_resnet_io")
    model, report = report_of(released_file)
    assert_close(model(data["x"]), data["logits"])
    assert (report.matched, len(report.renamed)) == (136, 136)
    assert not (report.dead)
    assert not (report.missing)
    assert not (report.unexpected)
    assert not (report.mismatched)
    assert (model.card.trust, model.card.frames, model.card.num_classes) == ("trained", 16, 10)
    assert model.card.weights_sha256 == read_checkpoint(released_file).sha256


def test_correlation_weights_are_honoured_whatever_they_hold(tmp_path):
    net = DTFNet(**SMALL)
    with torch.no_grad():
        net.layer1[0].dtf_blk.weights_cor.mul_(3)
    model, _ = report_of(save(tmp_path, net.state_dict()))
    assert torch.equal(model.layer1[0].dtf_blk.weights_cor, net.layer1[0].dtf_blk.weights_cor)


def test_dead_parameters_of_a_released_transformer_are_known_as_such(tmp_path):
    with torch.device("meta"):
        dead = build_model("dtf_swin_s").dead_parameters()
    model = dtfviz.load_model("dtf_swin_s", num_classes=3)
    path = save(tmp_path, model.state_dict() | {name: torch.zeros(shape) for name, shape in dead.items()})
    loaded, report = report_of(path)
    assert set(report.dead) == set(dead)
    assert "layers.0.blocks.0.conv.weight" in report.dead
    assert not (report.missing)
    assert not (report.unexpected)
    assert not (report.recomputed)
    assert loaded.card.name == "dtf_swin_s"


# --- files that do not fill the model ---------------------------------------------------------------------------------
def test_what_is_missing_is_an_error_that_names_it(tmp_path):
    state = DTFNet(**SMALL).state_dict()
    del state["layer3.0.bn2.weight"]
    with pytest.raises(ModelError, match=r"1 missing \(layer3.0.bn2.weight\)") as caught:
        report_of(save(tmp_path, state | {"extra": torch.zeros(1)}))
    assert "1 are unexpected (extra)" in caught.value.fact
    assert caught.value.hint == Use("partial")


def test_a_partial_load_is_marked_on_the_card(tmp_path):
    state = DTFNet(**SMALL).state_dict()
    del state["layer3.0.bn2.weight"]
    model, report = report_of(save(tmp_path, state), partial=True)
    assert report.missing == model.card.untrained == ("layer3.0.bn2.weight",)
    assert model.card.trust == "PARTLY UNTRAINED (1 tensors)"


def test_missing_counters_and_tables_do_not_matter(tmp_path):
    state = {
        name: value for name, value in DTFNet(**SMALL).state_dict().items() if not name.endswith("num_batches_tracked")
    }
    model, report = report_of(save(tmp_path, state))
    assert not report.missing
    assert model.card.trust == "trained"


def test_a_shape_that_differs_is_explained(tmp_path):
    state = DTFNet(**SMALL).state_dict()
    state["layer3.0.dtf_blk.weights_cor"] = torch.zeros(64, 16, 3, 3)
    with pytest.raises(ModelError, match="made for 64-frame clips"):
        report_of(save(tmp_path, state))
    _, report = report_of(save(tmp_path, state), partial=True)
    odd = report.mismatched[0]
    assert (odd.in_file, odd.in_model) == ((64, 16, 3, 3), (64, 4, 3, 3))


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"frames": 64}, "it was made for 16-frame clips, not 64"),
        ({"name": "dtf_net_r101"}, "depths"),
        ({"name": "dtf_swin_b"}, "holds a dtf_net"),
        ({"num_classes": 400}, "made for 10 classes"),
    ],
)
def test_wishes_are_checked_against_the_file(released_file, wishes, words):
    with pytest.raises(ModelError, match=words):
        report_of(released_file, **wishes)


def test_names_that_collide_are_refused(tmp_path):
    state = DTFNet(**SMALL).state_dict()
    with pytest.raises(CheckpointError, match="same name"):
        report_of(save(tmp_path, state | {"module.fc.bias": torch.zeros(10)}))


def test_no_model_and_no_file_is_the_bundled_one():
    card = dtfviz.load_model().card
    assert (card.name, card.trust, card.num_classes, card.stride) == ("dtf_net_motion", "trained", 14, 3)
    assert dtfviz.load_model("dtf_net_motion").card == card
    assert not dtfviz.load_model("dtf_net_motion", frames=8).card.trained
    with pytest.raises(ModelError, match="its record says 16, not 8"):
        dtfviz.load_model(frames=8)


# --- image models -----------------------------------------------------------------------------------------------------
@torch.no_grad()
def test_an_inflated_resnet_sees_a_still_clip_as_the_image_net_sees_the_picture(tmp_path):
    image_net = resnet50().eval()
    path = tmp_path / "resnet50.pth"
    torch.save(image_net.state_dict(), path)
    model, report = report_of(path, name="c2d_r50")
    picture = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    clip = picture.unsqueeze(2).expand(-1, -1, 16, -1, -1)
    torch.testing.assert_close(
        model.double()(clip.double()), image_net.double()(picture.double()), rtol=1e-12, atol=1e-12
    )
    assert "an image model: its convolutions were inflated in time" in report.remarks
    assert model.card.trust == "trained"


def test_an_image_model_leaves_the_temporal_operators_untrained(tmp_path):
    path = tmp_path / "resnet50.pth"
    torch.save(resnet50().state_dict(), path)
    with pytest.raises(ModelError, match="112 missing"):
        report_of(path)
    model, report = report_of(path, partial=True)
    assert model.card.name == "dtf_net_r50"
    assert all(".dtf_blk." in name for name in report.missing)
    assert model.card.trust == "PARTLY UNTRAINED (112 tensors)"


# --- our own format ---------------------------------------------------------------------------------------------------
def convert(source, out, **options):
    return convert_checkpoint(
        source, out, Wishes(), **({"partial": False, "labels": None, "overwrite": False} | options)
    )


def test_converting_and_loading_again_is_exact(released_file, tmp_path):
    out, labels = tmp_path / "ours.safetensors", tmp_path / "names.txt"
    labels.write_text("\n".join(f"class {n}" for n in range(10)))
    assert convert(released_file, out, labels=str(labels))[1]
    first, (second, report) = dtfviz.load_model(checkpoint=released_file), report_of(out)
    assert report.kind == "dtfviz"
    assert not report.renamed
    for name, value in first.state_dict().items():
        assert torch.equal(second.state_dict()[name], value)
    assert second.card.classes == tuple(f"class {n}" for n in range(10))
    assert dict(second.card.arguments) == json.loads(json.dumps(dict(first.card.arguments)))
    with safe_open(out, framework="pt") as file:
        record = json.loads(file.metadata()["dtfviz"])
    assert record["provenance"] == {"file": "current.pth", "kind": "training file", "sha256": first.card.weights_sha256}


def test_the_kind_of_answer_stays_in_our_format_and_is_checked(tmp_path):
    model, out = build_model("dtf_net_motion"), tmp_path / "ours.safetensors"
    give_card(model, replace(model.card, answer=Answer("classes", "sigmoid")))
    record = record_of(model, {})
    write_checkpoint(out, model.state_dict(), record)
    assert dtfviz.load_model(checkpoint=out).card.answer == Answer("classes", "sigmoid")
    del record["answer"]
    write_checkpoint(out, model.state_dict(), record)
    assert dtfviz.load_model(checkpoint=out).card.answer == ONCE
    write_checkpoint(out, model.state_dict(), record | {"answer": {"kind": "classes", "activation": "tanh"}})
    with pytest.raises(CheckpointError, match="record is incomplete"):
        dtfviz.load_model(checkpoint=out)


def test_what_a_partial_load_left_untrained_stays_so_in_our_format(tmp_path):
    state = DTFNet(**SMALL).state_dict()
    del state["fc.bias"]
    out = tmp_path / "ours.safetensors"
    convert(save(tmp_path, state), out, partial=True)
    assert dtfviz.load_model(checkpoint=out).card.untrained == ("fc.bias",)


def test_the_same_again_is_up_to_date_and_something_else_is_not_overwritten(released_file, tmp_path):
    out = tmp_path / "ours.safetensors"
    assert [convert(released_file, out)[1] for _ in range(2)] == [True, False]
    out.write_bytes(b"something else")
    with pytest.raises(OutputError, match="holds something else"):
        convert(released_file, out)
    assert convert(released_file, out, overwrite=True)[1]
    with pytest.raises(OptionError, match="safetensors"):
        convert(released_file, tmp_path / "ours.pth")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"family": "os:system"}, "record is incomplete"),
        ({"arguments": {"depths": [10**9]}}, "depths: 1000000000 is no count"),
        ({"arguments": {"depths": [300] * 4}}, "more blocks than the file has tensors"),
        ({"arguments": {"nonsense": 1}}, "cannot be built"),
        ({"arguments": {"widths": [10**12] * 4}}, "cannot be built|does not fill"),
        ({"frames": "many"}, "record is incomplete"),
        ({"frames": 0}, "0 is no count"),
        ({"size": True}, "True is no count"),
        ({"stride": 0}, "0 is no count"),
        ({"stride": 1.5}, "1.5 is no count"),
        ({"mean": [0.4, 0.4]}, "not three numbers"),
        ({"std": [0.2, 0, 0.2]}, "not three numbers above 0"),
        ({"mean": [0.4, float("nan"), 0.4]}, "not three numbers"),
        ({"classes": "abc"}, "no list of names"),
        ({"classes": [1, 2]}, "no list of names"),
        ({"classes": ["one"]}, "class names do not fit"),
    ],
)
def test_a_record_that_lies_is_no_more_than_an_error(released_file, tmp_path, change, words):
    out, lie = tmp_path / "ours.safetensors", tmp_path / "lie.safetensors"
    convert(released_file, out)
    checkpoint = read_checkpoint(out)
    record = dict(checkpoint.record) | change
    if "arguments" in change:
        record["arguments"] = checkpoint.record["arguments"] | change["arguments"]
    save_file(dict(checkpoint.tensors), lie, metadata={"dtfviz": json.dumps(record)})
    with pytest.raises((CheckpointError, ModelError), match=words):
        report_of(lie)


def test_a_training_begins_from_whatever_fits_of_a_file(tmp_path):
    image = resnet50(num_classes=10)
    model = build_model("dtf_net_r50", num_classes=7, temporal="dtf_f", temporal_blocks=("layer4",))
    head = model.fc.weight.clone()
    report = initialise(model, read_checkpoint(save(tmp_path, image.state_dict())))
    assert torch.equal(model.layer3[1].conv2.weight[:, :, 0], image.layer3[1].conv2.weight)
    assert torch.equal(model.conv1.weight[:, :, 2], image.conv1.weight)  # in the middle of the stem's four taps
    assert torch.equal(model.fc.weight, head)
    assert set(report.untrained) == {
        name for name in model.state_dict() if "fc." in name or "dtf_blk" in name if "num_batches" not in name
    }


def test_a_file_of_which_nothing_fits_is_nothing_to_begin_from(tmp_path):
    with pytest.raises(ModelError, match="nothing in it fits a dtf_net_motion"):
        initialise(build_model("dtf_net_motion"), read_checkpoint(save(tmp_path, {"head": torch.ones(3)})))


# --- numbers of another kind ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("dtype", "reason"),
    [
        (torch.complex64, "complex numbers, the model real ones"),
        (torch.int8, "whole numbers, the model real ones"),
        (torch.bool, "whole numbers, the model real ones"),
        (torch.float64, ""),
        (torch.bfloat16, ""),
        (torch.float8_e4m3fn, ""),
    ],
)
def test_numbers_of_another_kind_are_no_weights(tmp_path, dtype, reason):
    state = DTFNet(**SMALL).state_dict()
    state["fc.weight"] = state["fc.weight"].to(dtype)
    path = tmp_path / "w.pth"
    torch.save(state, path)
    if not reason:
        assert torch.equal(report_of(path)[0].fc.weight, state["fc.weight"].float())
        return
    with pytest.raises(ModelError, match=f"1 of another shape or kind .fc.weight: it holds {reason}"):
        report_of(path)


def test_a_counter_kept_as_a_real_number_does_not_matter(tmp_path):
    state = DTFNet(**SMALL).state_dict()
    state["bn1.num_batches_tracked"] = torch.tensor(3.0)
    _, report = report_of(save(tmp_path, state))
    assert report.recomputed == ("bn1.num_batches_tracked",)


def test_a_tensor_with_a_long_name_is_refused_in_few_words(tmp_path):
    with pytest.raises(CheckpointError, match="the name of a tensor has 100000 characters") as caught:
        report_of(save(tmp_path, {"w" * 100_000: torch.ones(1)}))
    assert len(str(caught.value)) < 500


# --- wishes that no machine fulfils -----------------------------------------------------------------------------------
def test_a_clip_or_a_model_beyond_any_machine_is_refused_before_it_is_made():
    with pytest.raises(OptionError, match="too many for a clip") as caught:
        dtfviz.load_model("dtf_net_r50", frames=4096, size=4096)
    assert caught.value.hint == Use("size", 128)
    with pytest.raises(ModelError, match=r"this dtf_net_r50 would weigh [\d,]+ GB"):
        dtfviz.load_model("dtf_net_r50", frames=4096, size=64)
    with pytest.raises(ModelError, match="would weigh"):
        dtfviz.load_model("dtf_net_r50", num_classes=10**8)
