import pytest
import torch
from torch import nn

from dtfviz.core.models.building import build_model, sketch
from dtfviz.core.models.catalogue import MODELS
from dtfviz.core.models.seams import SEAMS, offers

MEMBERS = {  # of the seams that our own models do not have
    "uneven sampling in time": ["sampled_at"],
    "aligned streams": ["stream_alignment"],
    "attention": ["attention_weights"],
    "token groups": ["token_groups"],
    "answers over time": ["answered_at"],
    "class names as input": ["name_classes"],
}


def toy(*members: str) -> nn.Module:
    """A module with these methods and no other of its own."""
    return type("Toy", (nn.Module,), {name: lambda self, *given: given for name in members})()


@pytest.mark.parametrize("seam", MEMBERS)
def test_a_module_offers_a_seam_by_having_its_members(seam):
    model = nn.Sequential(nn.Conv3d(3, 4, 1), toy(*MEMBERS[seam]))
    assert offers(model) == {seam: ("1",)}
    assert offers(nn.Sequential(nn.Conv3d(3, 4, 1))) == {}


def test_what_a_dtf_net_offers_is_read_off_its_blocks():
    found = offers(sketch("dtf_net_motion"))
    blocks = tuple(f"layer{n}.0.dtf_blk" for n in range(1, 5))
    assert found == {"spectral filters": blocks, "comparison of frames": blocks}


@pytest.mark.parametrize(
    ("temporal", "offered"),
    [
        ("none", set()),
        ("shift", {"fixed temporal kernels"}),
        ("dtf_1d", {"fixed temporal kernels"}),
        ("dtf_1d+", {"predicted temporal taps"}),
        ("dtf_f", {"spectral filters"}),
        ("dtf_nofa", {"spectral filters"}),
        ("dtf_cor", {"spectral filters", "comparison of frames"}),
    ],
)
def test_every_temporal_operator_offers_what_it_is(temporal, offered):
    assert set(offers(sketch("dtf_net_motion", temporal=temporal))) == offered


def test_every_model_of_ours_has_filters_or_is_plain():
    plain = {name for name in MODELS if name.startswith("c2d")}
    assert {name for name in MODELS if not offers(sketch(name))} == plain


def test_a_protocol_of_the_table_is_met_by_no_plain_module():
    plain = [nn.Linear(2, 2), nn.BatchNorm3d(2), nn.MultiheadAttention(4, 2), nn.Conv3d(3, 3, 3), torch.nn.GRU(2, 2)]
    assert not any(isinstance(module, seam) for module in plain for seam in SEAMS.values())
    assert not offers(build_model("c2d_r50", frames=4))
