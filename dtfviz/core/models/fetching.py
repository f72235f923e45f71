"""Weights that a factory fetches itself: where the network fails, which file is missing and where it belongs."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from urllib.error import URLError

from dtfviz.core.errors import ModelError

DOWNLOAD = "download_url_to_file"  # of torch.hub, through which torchvision and timm fetch too
CLIENTS = ("requests", "urllib3", "huggingface_hub", "transformers")  # whose own errors are about the network


@dataclass(frozen=True)
class Download:
    """A file that was being fetched."""

    url: str
    place: str  # where it would have been kept


@contextmanager
def fetching(name: str) -> Iterator[None]:
    """A network that fails inside becomes an error that says how to go on without one."""
    try:
        yield
    except OSError as error:
        download = find_download(error.__traceback__)
        if download is None and not is_about_the_network(error):
            raise
        file = download.url.rpartition("/")[2] if download else "its weights"
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        where = f"put {download.url} at {download.place}" if download else "fetch them where there is a network"
        raise ModelError(
            f"{name}: {file} could not be fetched",
            fact=reason,
            hint=f"{where}; or make the model without weights and give the file as checkpoint",
        ) from error


def find_download(trace: TracebackType | None) -> Download | None:
    """What torch was fetching when an error was raised: its message does not say."""
    for frame, _ in traceback.walk_tb(trace):
        known = frame.f_locals
        if frame.f_code.co_name == DOWNLOAD and "url" in known and "dst" in known:
            return Download(str(known["url"]), str(known["dst"]))
    return None


def is_about_the_network(error: OSError) -> bool:
    """Whether it is one that only a network raises."""
    return isinstance(error, URLError | ConnectionError | TimeoutError) or type(error).__module__.startswith(CLIENTS)
