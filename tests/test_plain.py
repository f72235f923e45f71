"""The plain form that the fast ones are measured against computes the same."""

import importlib.util
from pathlib import Path

import pytest
import torch
from lively import lively_net, lively_transformer

spec = importlib.util.spec_from_file_location("plain", Path(__file__).parents[1] / "benchmarks" / "plain.py")
plain = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plain)


@pytest.mark.parametrize("model", [lively_net(), lively_transformer()], ids=["net", "transformer"])
def test_the_plain_form_computes_the_same(model):
    card = model.card
    clip = torch.randn(2, 3, card.frames, card.size, card.size, dtype=torch.float64)
    with torch.no_grad():
        exact, ours = model(clip), plain.plain(model)(clip)
    assert (ours - exact).abs().max() < 1e-10 * exact.abs().max()
