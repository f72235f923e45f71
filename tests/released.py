"""What the authors' released code computed, and how close to it we must be."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

GOLDEN = Path(__file__).parent / "golden"

# Relative to the largest value: rounding, and nothing else.
FLOAT64, FLOAT32 = 1e-12, 5e-6


def golden(name: str) -> dict[str, Tensor]:
    return load_file(GOLDEN / f"{name}.safetensors")


def golden_case(name: str, case: int) -> dict[str, Tensor]:
    """The tensors of one numbered case of a file."""
    return {key.split(".")[1]: value for key, value in golden(name).items() if key.startswith(f"case{case}.")}


def golden_facts(name: str) -> dict[str, Any]:
    """The manifest's entry of a file."""
    facts: dict[str, Any] = json.loads((GOLDEN / "manifest.json").read_text())["files"][f"{name}.safetensors"]
    return facts


def assert_close(ours: Tensor, theirs: Tensor) -> None:
    """As close as rounding allows; where the other side is all zero, so are we."""
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    if not theirs.any():
        assert not ours.any()
        return
    error = float((ours.detach() - theirs).abs().max() / theirs.abs().max())
    assert error <= (FLOAT64 if theirs.dtype == torch.float64 else FLOAT32)


def assert_samples(feature: Tensor, facts: dict[str, Any]) -> None:
    """A feature too large to store: its shape, spread and 64 of its values."""
    flat = feature.flatten()
    index = torch.linspace(0, flat.numel() - 1, 64).long()
    assert list(feature.shape) == facts["shape"]
    assert_close(flat[index], torch.tensor(facts["sample_at_linspace64"]))
    assert float(flat.std()) == pytest.approx(facts["std"], rel=FLOAT32)
