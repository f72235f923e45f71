"""What is installed, and whether the parts fit each other."""

import platform
import shutil
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from types import ModuleType

from dtfviz.core.results.doctor import BROKEN, NOTE, OK, Finding

# what importing a compiled package raises where its parts do not fit
FAILURES = (ImportError, OSError, RuntimeError, AttributeError, ValueError)
OPENCV = ("opencv-python-headless", "opencv-python", "opencv-contrib-python-headless", "opencv-contrib-python")
ENCODER = "libx264"  # of overlays
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "firefox")


def python() -> Finding:
    """Of which this is a process; pip sees to its version."""
    found = f"{platform.python_version()} at {sys.executable}, {platform.platform(terse=True)}"
    return Finding("Python", OK, found)


def dtfviz() -> Finding:
    """Its version and source."""
    from dtfviz import __version__
    from dtfviz.core.store.digest import hash_package

    return Finding("dtfviz", OK, f"{__version__}, source {hash_package()[:12]}")


def installed(package: str) -> str:
    """Its version; empty where it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def brought_in(module: str) -> ModuleType | str:
    """The module, or what its import raised, in one line."""
    try:
        return import_module(module)
    except FAILURES as error:
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else module}"


def bound(package: str) -> str:
    """What dtfviz asks of a package, as pip takes it."""
    asked = [line.partition(";")[0].strip() for line in requires("dtfviz") or []]
    return next((line for line in asked if line.startswith(package) and not line[len(package)].isalnum()), package)


def imported(subject: str, package: str, module: str) -> Finding:
    """Whether a package is there and can be imported."""
    mend = f"pip install --force-reinstall '{bound(package)}'"
    if not installed(package):
        return Finding(subject, BROKEN, "not installed", mend)
    found = brought_in(module)
    if isinstance(found, str):
        return Finding(subject, BROKEN, f"{installed(package)} cannot be imported: {found}", mend)
    return Finding(subject, OK, installed(package))


def torch() -> Finding:
    """And for which CUDA it was built."""
    finding = imported("torch", "torch", "torch")
    if finding.state != OK:
        return finding
    cuda = import_module("torch").version.cuda
    return Finding("torch", OK, f"{finding.found}, built {f'for CUDA {cuda}' if cuda else 'without CUDA'}")


def torchvision() -> Finding:
    """Its operators are compiled against one torch: beside another its import fails, and that of grad-cam with it."""
    finding = imported("torchvision", "torchvision", "torchvision")
    if finding.state == OK:
        return finding
    return Finding(
        "torchvision",
        BROKEN,
        f"{finding.found}; it must come from where torch {installed('torch') or '(missing)'} came from",
        "pip install --force-reinstall torch torchvision",
    )


def grad_cam() -> Finding:
    """For the CAM methods beside Grad-CAM."""
    return imported("grad-cam", "grad-cam", "pytorch_grad_cam")


def opencv() -> Finding:
    """Wheels of OpenCV share one folder: of two the second writes over the first."""
    wheels = [name for name in OPENCV if installed(name)]
    if len(wheels) > 1:
        mend = f"pip uninstall --yes {' '.join(wheels)} && pip install {OPENCV[0]}"
        return Finding("OpenCV", BROKEN, f"{' and '.join(wheels)} overwrite each other", mend)
    return imported("OpenCV", wheels[0] if wheels else OPENCV[0], "cv2")


def pyav() -> Finding:
    """And whether it can write overlays."""
    finding = imported("PyAV", "av", "av")
    if finding.state != OK:
        return finding
    codec = import_module("av.codec.codec")
    try:
        codec.Codec(ENCODER, "w")
    except ValueError:  # UnknownCodecError is one
        mend = "pip install --force-reinstall --only-binary av av"
        return Finding("PyAV", BROKEN, f"{finding.found} cannot write {ENCODER}, the codec of overlays", mend)
    count = len(codec.codecs_available)
    return Finding("PyAV", OK, f"{finding.found}, reads and writes {count} codecs, {ENCODER} among them")


def browser() -> Finding:
    """Only tests of pages need one."""
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if found:
        return Finding("browser", OK, found[0])
    return Finding("browser", NOTE, "none: only tests of pages need one")
