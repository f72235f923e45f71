import pytest
import torch

from dtfviz.core.device import own_device, pick_device
from dtfviz.core.errors import DeviceError, Use


@pytest.fixture
def gpus(monkeypatch):
    """Four GPUs, as far as torch can tell."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)


def test_every_process_has_a_gpu_of_its_own(monkeypatch):
    assert own_device(torch.device("cuda")) == torch.device("cuda")
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert own_device(torch.device("cuda")) == torch.device("cuda:3")
    assert own_device(torch.device("cuda:1")) == torch.device("cuda:1")
    assert own_device(torch.device("cpu")) == torch.device("cpu")


def test_auto_is_the_gpu_where_there_is_one(monkeypatch, gpus):
    assert pick_device("auto") == torch.device("cuda")
    monkeypatch.setenv("LOCAL_RANK", "2")
    assert pick_device("auto") == torch.device("cuda:2")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick_device("auto") == torch.device("cpu")


def test_more_processes_than_gpus_is_an_error_that_names_the_one_that_is_missing(monkeypatch, gpus):
    monkeypatch.setenv("LOCAL_RANK", "4")
    with pytest.raises(DeviceError, match="cuda:4 is not there"):
        pick_device("auto")


@pytest.mark.parametrize("name", ["meta", "xla", "xpu", "hpu", "vulkan", "privateuseone"])
def test_a_device_that_torch_knows_and_cannot_compute_on_is_an_error(name):
    with pytest.raises(DeviceError, match=f"{name} is not there") as caught:
        pick_device(name)
    assert caught.value.fact.startswith("torch computes on cpu")
    assert caught.value.hint == Use("device", "auto")


@pytest.mark.parametrize("name", ["nonsense", "", "cuda:x", "cuda:-1", " cpu"])
def test_a_name_of_no_device_is_an_error(name):
    with pytest.raises(DeviceError, match="no device is called"):
        pick_device(name)
