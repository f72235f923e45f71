import json

import pytest

from dtfviz.core.errors import OptionError, Use
from dtfviz.core.learning.augment import SHORT_SIDES
from dtfviz.core.learning.recipes import DIRECTED, RECIPES, count_steps, facts_of, find_recipe, highest_rate, settle


def test_every_recipe_is_plain_data_that_names_what_there_is():
    for name, recipe in RECIPES.items():
        assert recipe.name == name
        assert recipe.optimizer in ("sgd", "adamw")
        assert recipe.schedule in ("cosine", "one-cycle")
        assert recipe.augmentation in SHORT_SIDES
        assert (recipe.steps is None) != (recipe.epochs is None)
        assert json.loads(json.dumps(facts_of(settle(recipe, [])[0])))["name"] == name


def test_the_paper_trains_transformers_more_slowly_and_for_half_as_long():
    net, _ = settle(RECIPES["paper"], ["dtf_net"])
    transformer, _ = settle(RECIPES["paper"], ["dtf_swin"])
    assert (net.rate, net.epochs, net.flips) == (0.04, 128, True)
    assert (transformer.rate, transformer.epochs, transformer.flips) == (0.01, 64, True)


def test_direction_sensitive_sets_are_never_mirrored_and_warm_up_longer_in_the_released_code():
    assert not settle(RECIPES["paper"], ["dtf_net", DIRECTED])[0].flips
    directed, _ = settle(RECIPES["released"], ["dtf_net", DIRECTED])
    assert (directed.flips, directed.warm_up) == (False, 5)


# .04 at 256 clips in the paper, at 24 * 4 * 4 = 384 in the released code
@pytest.mark.parametrize(
    ("name", "batch", "rate"), [("paper", 256, 0.04), ("paper", 64, 0.01), ("released", 96, 0.01), ("motion", 4, 2e-3)]
)
def test_the_rate_grows_linearly_with_the_batch_where_the_publication_says_so(name, batch, rate):
    assert highest_rate(settle(RECIPES[name], [], batch=batch)[0]) == pytest.approx(rate, rel=1e-12)


def test_a_rate_that_is_asked_for_is_meant_as_it_stands():
    recipe, changed = settle(RECIPES["paper"], ["dtf_net"], batch=8, rate=0.5)
    assert highest_rate(recipe) == 0.5
    assert changed == {"batch": 8, "rate": 0.5, "base_batch": None}


def test_what_a_command_line_changes_is_told_and_what_it_repeats_is_not():
    assert settle(RECIPES["motion"], [], batch=16, steps=2000)[1] == {}
    recipe, changed = settle(RECIPES["paper"], ["dtf_net"], steps=10)
    assert (recipe.steps, recipe.epochs) == (10, None)
    assert changed == {"steps": 10, "epochs": None}


def test_epochs_are_counted_in_steps_rounded_up():
    recipe, _ = settle(RECIPES["paper"], [], epochs=3, batch=4)
    assert count_steps(recipe, 10) == 8  # 30 clips, 4 a step
    assert count_steps(settle(recipe, [], steps=5)[0], 10) == 5
    with pytest.raises(OptionError, match="has no epochs") as caught:
        count_steps(recipe, None)
    assert caught.value.hint == Use("steps", 2000)


def test_an_unknown_recipe_is_an_error_that_knows_the_others():
    with pytest.raises(OptionError, match="no recipe is called 'papr'") as caught:
        find_recipe("papr")
    assert (caught.value.fact, caught.value.hint) == ("did you mean paper?", Use("recipe", "paper"))
    with pytest.raises(OptionError) as caught:
        find_recipe("xyz")
    assert caught.value.fact == "the recipes are paper, released, motion, focused"
