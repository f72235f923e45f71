"""Memory, disk, processors, and the files that came with the package."""

import os
import shutil
from pathlib import Path

from dtfviz.core.bundled import DIGESTS, asset
from dtfviz.core.doctor.packages import brought_in
from dtfviz.core.results.doctor import BROKEN, NOTE, OK, Finding
from dtfviz.core.store.digest import hash_file
from dtfviz.core.store.runs import ROOT
from dtfviz.core.store.scratch import count_left

ENOUGH_MEMORY = 2.0  # GiB: the bundled model takes half of one, dtf_net_r50 with 16 frames at 224 one and a half
ENOUGH_DISK = 1.0  # GiB
GIB = 2**30


def memory() -> Finding:
    """What is free now, where the system says so."""
    free, whole = free_memory()
    if whole is None or free is None:
        return Finding("memory", NOTE, "this system does not say how much is free")
    found = f"{free / GIB:.1f} of {whole / GIB:.1f} GiB free"
    if free < ENOUGH_MEMORY * GIB:
        return Finding("memory", NOTE, found, "close what else runs, or ask for fewer frames and a smaller size")
    return Finding("memory", OK, found)


def free_memory() -> tuple[int | None, int | None]:
    """In bytes, free and in all, from Linux's own table."""
    table = Path("/proc/meminfo")
    if not table.exists():
        return None, None
    rows = dict(line.split(":", 1) for line in table.read_text(encoding="ascii").splitlines() if ":" in line)
    kib = {name: int(value.split()[0]) for name, value in rows.items() if value.split()}
    return kib["MemAvailable"] * 1024, kib["MemTotal"] * 1024


def disk() -> Finding:
    """Where outputs go by default."""
    usage = shutil.disk_usage(Path.cwd())
    found = f"{usage.free / GIB:.1f} GiB free in {Path.cwd()}"
    if usage.free < ENOUGH_DISK * GIB:
        return Finding("disk", NOTE, found, "write elsewhere")
    return Finding("disk", OK, found)


def threads() -> Finding:
    """How many torch takes of those that this process may use."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    torch = brought_in("torch")
    taken = "?" if isinstance(torch, str) else str(torch.get_num_threads())
    said = os.environ.get("OMP_NUM_THREADS")
    return Finding("threads", OK, f"torch takes {taken} of {allowed}{f' (OMP_NUM_THREADS={said})' if said else ''}")


def left_behind() -> Finding:
    """What killed runs left in the folder of outputs: it goes with the next run there."""
    count = count_left(ROOT)
    if count:
        return Finding(
            "left behind", NOTE, f"{count} folders of killed runs in {ROOT}: the next run there removes them"
        )
    return Finding("left behind", OK, f"nothing in {ROOT}")


def weights() -> Finding:
    """Whether the bundled files are those that the card speaks of."""
    paths = {name: asset(name) for name in DIGESTS}
    changed = [name for name, path in paths.items() if not path.is_file() or hash_file(path) != DIGESTS[name]]
    if changed:
        mend = "pip install --force-reinstall --no-deps dtfviz"
        return Finding("bundled", BROKEN, f"{', '.join(changed)}: missing, or not the bytes that were published", mend)
    return Finding("bundled", OK, f"{', '.join(DIGESTS)}: the bytes that were published")
