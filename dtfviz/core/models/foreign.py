"""Anyone's model by name: `package.module:factory`, or `file.py:factory`. Importing it runs its code."""

from __future__ import annotations

import ast
import inspect
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dtfviz.core.errors import ModelError, OptionError, Try, Use
from dtfviz.core.models.fetching import fetching
from dtfviz.core.models.running import Running

if TYPE_CHECKING:
    from types import ModuleType

    from torch import nn

FACTORY = "model"  # of a file, where none is named


@dataclass(frozen=True)
class Foreign:
    """How to make and feed a model that is not ours; None where nothing was said."""

    arguments: Mapping[str, Any] = field(default_factory=dict)  # of the factory
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    input_layout: str | None = None
    output: str | None = None  # field of the object that the model returns
    layouts: Mapping[str, str] = field(default_factory=dict)  # layer -> layout, where shapes leave it open
    is_trained: bool = False  # whether what the factory loads means something
    answers: str | None = None  # "classes" or "timeline"
    activation: str = "softmax"
    grid: tuple[int, int, int] | None = None  # steps, rows and columns of tokens
    feed: str | None = None  # module:function that makes of a clip whatever the model takes


def is_foreign(name: str | None) -> bool:
    """Whether a name is that of someone else's factory."""
    return name is not None and (":" in name or name.endswith(".py"))


def read_value(text: str) -> Any:
    """`3`, `True`, `None` or `(1, 2)` as Python reads them; anything else is a word."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):  # the last two: nested deeply
        return text


def make_foreign(name: str, foreign: Foreign, *, frames: int | None, size: int | None) -> nn.Module:
    """The model that a factory makes, with a card. Its random weights, if it has any, are the same at every call."""
    import torch

    from dtfviz.core.models.card import card_of, give_card
    from dtfviz.core.models.wrap import wrap

    home, factory = find_function(name, "model", "makes a model")
    check_arguments(name, factory, foreign.arguments)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        with Running(name, foreign.arguments), fetching(name):
            module = factory(**foreign.arguments)
    if not isinstance(module, torch.nn.Module):
        raise ModelError(
            f"{name} makes a {type(module).__name__}",
            fact="a torch.nn.Module is needed",
            hint=Use("model", "package.module:factory"),
        )
    model = wrap(
        module,
        frames=frames,
        size=size,
        mean=foreign.mean,
        std=foreign.std,
        name=name,
        layers=foreign.layouts,
        input_layout=foreign.input_layout,
        output=foreign.output,
        trained=foreign.is_trained,
        answers=foreign.answers,
        activation=foreign.activation,
        grid=foreign.grid,
        feed=find_function(foreign.feed, "feed", "takes clips")[1] if foreign.feed else None,
    )
    known = replace(
        card_of(model), arguments=asdict(foreign) | {"source": source_of(home)}, weights_sha256=fingerprint(model)
    )
    give_card(model, known)
    return model


def sketch_foreign(name: str, foreign: Foreign, *, frames: int | None, size: int | None) -> nn.Module | None:
    """The same without memory or weights; None where the factory or the model looks at numbers."""
    import torch

    try:
        with torch.device("meta"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, that weights from a file are not copied
            return make_foreign(name, foreign, frames=frames, size=size)
    except (RuntimeError, TypeError, ValueError, ModelError):
        return None  # what is truly wrong shows again when the model is made


def source_of(module: ModuleType) -> str | None:
    """The sha256 of the file that makes the model: another program may give the same weights another meaning."""
    from dtfviz.core.store.digest import hash_file

    return hash_file(Path(module.__file__)) if module.__file__ else None


def fingerprint(model: nn.Module) -> str:
    """Of the weights, which no file holds."""
    from hashlib import sha256

    from torch import Tensor, uint8

    digest = sha256()
    for name, value in model.state_dict().items():
        digest.update(name.encode())
        if isinstance(value, Tensor) and value.device.type != "meta":
            digest.update(value.detach().cpu().contiguous().flatten().view(uint8).numpy().tobytes())
    return digest.hexdigest()


def find_function(name: str, option: str, does: str) -> tuple[ModuleType, Callable[..., Any]]:
    """What a name stands for that an option gave, and the module that holds it."""
    path, _, attribute = name.rpartition(":") if ":" in name else (name, "", FACTORY)
    is_file = path.endswith(".py")
    if not is_file and not all(part.isidentifier() for part in path.split(".")):
        raise OptionError(
            f"{path!r} is no name of a module",
            fact=f"{name!r} is read as MODULE:FUNCTION",
            hint=Use(option, "package.module:function"),
        )
    with Running(name):
        module = import_file(Path(path)) if is_file else import_package(path)
    try:
        found = attrgetter(attribute)(module)  # a class may make its models itself: Model.from_pretrained
    except AttributeError:
        found = None
    if callable(found):
        return module, found
    there = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
    close = get_close_matches(attribute, there, n=1)
    meant = close or there[:1]
    raise OptionError(
        f"{path} has no {attribute!r} that {does}",
        fact=f"did you mean {close[0]}?" if close else f"it has {', '.join(there[:8]) or 'nothing that can be called'}",
        hint=Use(option, f"{path}:{meant[0]}") if meant else "",
    )


def import_package(name: str) -> ModuleType:
    """What is installed comes before what lies in the working folder."""
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # something that the module itself imports
        raise OptionError(
            f"no module is called {error.name!r}",
            fact=f"looked for {name}",
            hint=Try(("pip", "show", name.split(".", maxsplit=1)[0])),
        ) from error


def import_file(path: Path) -> ModuleType:
    """As `python file.py` does: its folder is searched for what it imports."""
    if not path.is_file():
        raise OptionError(f"{path}: no such file", hint=Use("model", "package.module:factory"))
    spec = spec_from_file_location(f"dtfviz file {path.resolve()}", path)  # no name that a package may have
    if spec is None or spec.loader is None:
        raise OptionError(f"{path}: cannot be imported")
    if str(path.parent.resolve()) not in sys.path:
        sys.path.append(str(path.parent.resolve()))
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their annotations up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[spec.name]
        raise
    return module


def check_arguments(name: str, factory: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """An error for arguments that the factory does not take."""
    try:
        inspect.signature(factory).bind(**arguments)
    except TypeError as error:
        taken = ", ".join(inspect.signature(factory).parameters)
        raise OptionError(
            f"{name}: {error}", fact=f"it takes {taken or 'no arguments'}", hint=Use("model_arg", "name=value")
        ) from error
    except ValueError:
        return  # a callable without a signature: the call will tell
