"""A training as a folder: a model, a log, a curve and a manifest, and while it lasts all that is needed to go on.

It takes the steps that `fulfil` takes for every other run, but its folder is there from the first step on, so that the
training goes on in it after a stop: nothing waits beside it, and nothing is moved into place.
"""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import current_thread, main_thread

import numpy as np
import torch

from dtfviz.core.device import pick_device
from dtfviz.core.jobs.begun import CURVE, LOG, MODEL, STATE, claim, write_text
from dtfviz.core.jobs.facts import code_facts
from dtfviz.core.jobs.kept import Done, keep_result, read_done, read_result
from dtfviz.core.jobs.request import Request, silent
from dtfviz.core.learning.feed import Share, Turns, feed
from dtfviz.core.learning.journal import Journal
from dtfviz.core.learning.plan import Plan, make_plan
from dtfviz.core.learning.recipes import facts_of
from dtfviz.core.learning.together import check_share, decide, process_group
from dtfviz.core.learning.train import Listener, Training, begin, restore, save_state, train
from dtfviz.core.learning.wishes import TrainWishes
from dtfviz.core.models.card import card_of
from dtfviz.core.models.loading.load import record_of
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.training import draw
from dtfviz.core.results.training import Logged, TrainingLog
from dtfviz.core.store.checkpoint import write_checkpoint
from dtfviz.core.store.runs import BEGUN, MANIFEST, Facts, Place, as_text

LATELY = 100  # logged steps that the final numbers are means of
LINES = 10_000  # of a log, about


@dataclass(frozen=True)
class Scribe:
    """Writes down what a training says, in the first of its processes."""

    plan: Plan
    place: Place
    journal: Journal
    device: str
    ranks: int
    say: Callable[[str], None]
    on_step: Callable[[Logged], None]

    def note_step(self, logged: Logged) -> None:
        if logged.step == 1 or logged.step % max(1, self.plan.steps // LINES) == 0:
            self.journal.add_step(logged)
        self.on_step(logged)

    def note_broken(self, step: int, video: str, reason: str) -> None:
        self.say(f"skipped: {reason}")
        self.journal.add_broken(step, video, reason)

    def save(self, training: Training) -> None:
        """First what the training goes on from, then what the user takes away."""
        folder, model = self.place.folder, self.plan.model
        save_state(training, folder / STATE)
        write_checkpoint(folder / MODEL, model.state_dict(), record_of(model, self.provenance(training)))
        draw(self.log(), Drawing(), folder)

    def provenance(self, training: Training) -> Facts:
        plan, lately = self.plan, self.journal.steps()[-LATELY:]
        return {
            "trained by": code_facts(),
            "recipe": facts_of(plan.recipe),
            "overrides": dict(plan.overrides),
            "data": plan.data_facts(),
            "seed": plan.wishes.seed,
            "init": plan.init,
            "steps": {"done": training.step, "of": plan.steps},
            "metrics": metrics_of(lately),
            "skipped": dict(training.broken),
            "device": self.device,
            "processes": self.ranks,
        }

    def log(self) -> TrainingLog:
        """What is drawn of it."""
        return TrainingLog(tuple(self.journal.steps()), self.caption())

    def caption(self) -> str:
        plan, data = self.plan, self.plan.data_facts()
        source = f"{data['source']}, {data['items']} videos" if plan.data else data["kind"]
        changed = "".join(f", {key} {value}" for key, value in plan.overrides.items())
        mean = "thick: running mean over 2 % of the steps"
        head = f"{card_of(plan.model).name} · recipe {plan.recipe.name}{changed} · {source}"
        return f"{head} · seed {plan.wishes.seed} · {mean}"

    def finish(self, training: Training, command_line: Sequence[str]) -> Facts:
        """The manifest last; what only an unfinished training needs goes."""
        folder, card = self.place.folder, card_of(self.plan.model)
        facts = {
            "command": ["dtfviz", *command_line],
            "model": {"name": card.name, "arguments": dict(card.arguments), "classes": card.classes},
            "training": self.provenance(training),
            "files": [MODEL, LOG, CURVE],
            "units": {
                "loss": "nats: cross-entropy of the clips and, weighted, of the positions",
                "rate": "of the step's update",
            },
        }
        keep_result(self.log(), Drawing(), folder)
        write_text(folder / MANIFEST, as_text(self.place.key, facts))
        for name in (STATE, BEGUN):
            (folder / name).unlink(missing_ok=True)
        return facts


def metrics_of(lately: Sequence[Logged]) -> Facts:
    """What the last steps came to; nothing where the log of them was lost."""
    if not lately:
        return {"over the last logged steps": 0}
    return {
        "over the last logged steps": len(lately),
        "loss": float(np.mean([one.loss for one in lately])),
        "accuracy on training clips": float(np.mean([one.accuracy for one in lately])),
    }


@dataclass(frozen=True)
class Pace:
    """How a training runs; it changes nothing of what it comes to."""

    device: str = "auto"
    workers: int = 0  # processes that make clips ahead
    save_every: int = 500  # steps


def train_folder(
    wishes: TrainWishes,
    pace: Pace,
    request: Request,
    on_begin: Callable[[int, int], None] = silent,
    on_step: Callable[[Logged], None] = silent,
) -> Done[TrainingLog]:
    """Train, or go on with what was begun."""
    chosen = pick_device(pace.device)
    with process_group(chosen) as share, torch.random.fork_rng(devices=[]), ExitStack() as alone:
        tell = request.say if share.rank == 0 else silent
        plan = make_plan(wishes, tell)
        check_share(plan.recipe.batch, share.ranks)
        place = decide(lambda: claim(plan, request.out, request.overwrite, alone), share)
        if place.is_up_to_date:
            return read_done(place.folder)
        training = begin_or_go_on(plan, place.folder, chosen, tell)
        journal = decide(lambda: Journal(place.folder / LOG, training.step), share)
        scribe = Scribe(plan, place, journal, str(chosen), share.ranks, tell, on_step if share.rank == 0 else silent)
        if share.rank == 0:
            on_begin(training.step, plan.steps)
        batches = feed(
            plan.stream(),
            Turns(training.step, plan.steps, plan.recipe.batch, share),
            workers=pace.workers,
            pin=chosen.type == "cuda",
        )
        with asked_to_stop() as should_stop:
            listener = listen(scribe, share, should_stop)
            try:
                train(training, batches, plan.recipe, plan.steps, share, listener, save_every=pace.save_every)
            except KeyboardInterrupt:
                tell(
                    f"saved after step {training.step} of {plan.steps}; to go on: dtfviz train --resume {place.folder}"
                )
                raise
        manifest = decide(lambda: scribe.finish(training, request.command_line), share)
        return Done(place.folder, True, read_result(place.folder), manifest)


def begin_or_go_on(plan: Plan, folder: Path, device: torch.device, tell: Callable[[str], None]) -> Training:
    """From the first step, or from where it was saved."""
    torch.manual_seed(plan.wishes.seed)
    training = begin(plan.model.to(device), plan.recipe, plan.steps, plan.warm_up())
    if (folder / STATE).exists():
        restore(training, folder / STATE)
        tell(f"{folder}: goes on after step {training.step} of {plan.steps}")
    return training


def listen(scribe: Scribe, share: Share, should_stop: Callable[[], bool]) -> Listener:
    """The first process writes; the others wait until it has saved."""
    is_first = share.rank == 0
    return Listener(
        on_step=scribe.note_step if is_first else silent,
        on_broken=scribe.note_broken if is_first else silent,
        save=lambda training: decide(lambda: scribe.save(training), share),
        should_stop=should_stop,
    )


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """What would interrupt the process ends the step that is under way instead."""
    heard: list[int] = []
    if current_thread() is not main_thread():  # only there can signals be caught
        yield lambda: False
        return
    before = {
        number: signal.signal(number, lambda caught, frame: heard.append(caught))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield lambda: bool(heard)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
