from pathlib import Path
from urllib.error import URLError

import pytest
import torch

from dtfviz.core.errors import ModelError
from dtfviz.core.models.fetching import fetching


def offline(*_, **__):
    raise URLError("Name or service not known")


def test_a_download_that_fails_says_which_file_and_where_it_belongs(monkeypatch, tmp_path):
    """Torch's own function fetches, as torchvision's weights do; only the wire is cut."""
    monkeypatch.setattr("torch.hub.urlopen", offline)
    with (
        pytest.raises(ModelError, match=r"r3d\.pth could not be fetched") as caught,
        fetching("video:r3d_18"),
    ):
        torch.hub.load_state_dict_from_url("https://example.org/r3d.pth", model_dir=str(tmp_path))
    assert "Name or service not known" in caught.value.fact
    assert f"put https://example.org/r3d.pth at {tmp_path}/r3d.pth" in caught.value.hint
    assert "checkpoint" in caught.value.hint


def test_a_network_that_fails_elsewhere_is_told_too():
    with pytest.raises(ModelError, match="its weights could not be fetched"), fetching("hub:model"):
        raise ConnectionResetError("reset by peer")


def test_an_error_that_is_not_about_the_network_stays_what_it_is():
    with pytest.raises(FileNotFoundError), fetching("mine.py:make"):
        Path("/nowhere/config.json").read_text()
