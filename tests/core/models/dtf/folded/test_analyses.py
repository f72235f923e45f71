"""Analyses of a folded model say what they say of the exact one. Models compute in double precision, where they differ
by less than 1e-10 of the largest value; results are kept in single precision, which rounds by up to 2^-24 of a value.
"""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from lively import lively_net, lively_transformer

import dtfviz
from dtfviz.core.analysis.reach.theory import theory
from dtfviz.core.choices import METHODS
from dtfviz.core.models.card import card_of, give_card, stages_of

ROUNDED = 2**-23  # two neighbours of single precision
NOTHING = 1e-14  # where every term cancels, as hirescam's before a layer norm


@pytest.fixture(scope="module", params=[lively_net, lively_transformer], ids=["net", "transformer"])
def models(request):
    exact = request.param()
    card = card_of(exact)
    give_card(exact, replace(card, trained=True, default_layer=stages_of(card.layers)[-1].name))
    return exact, dtfviz.fold(exact)


@pytest.fixture
def pixels(models):
    card = card_of(models[0])
    return torch.randn(1, 3, card.frames, card.size, card.size, dtype=torch.float64)


def check_close(ours, exact):
    assert np.abs(ours - exact).max() <= ROUNDED * np.abs(exact).max() + NOTHING


@pytest.mark.parametrize("method", METHODS)
def test_maps_by_every_method(models, pixels, method):
    for layer in stages_of(card_of(models[0]).layers):
        ours, exact = (
            dtfviz.gradcam(model, pixels, target=2, layer=layer.name, method=method, blank="keep")[0]
            for model in reversed(models)
        )
        check_close(ours.raw, exact.raw)
        assert ours.placed == exact.placed


def test_answers_and_what_time_does_to_them(models, pixels):
    ours, exact = (dtfviz.predict(model, pixels)[0] for model in reversed(models))
    check_close(
        np.array([guess.probability for guess in ours.top]), np.array([guess.probability for guess in exact.top])
    )
    ours, exact = (dtfviz.frame_importance(model, pixels, target=1)[0] for model in reversed(models))
    check_close(ours.held, exact.held)
    check_close(ours.blurred, exact.blurred)


def test_the_receptive_field(models, pixels):
    exact_model, folded = models
    known = theory(copy.deepcopy(exact_model).float())
    ours, exact = (dtfviz.receptive_field(model, pixels, known=known) for model in (folded, exact_model))
    check_close(ours.energy, exact.energy)
