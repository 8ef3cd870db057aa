"""What the receptive-field explorer begins with, and which of an author's attributes are refused."""

import json

import pytest

from cnnbook.ext.receptive_field import SETTINGS, beginning, first_stack
from cnnbook.shapes import receptive_field

PRESETS = json.loads(SETTINGS.read_text("utf-8"))["presets"]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_drawn_and_its_levels_are_counted(name):
    first = beginning({"preset": name})
    assert first.sizes == {"levels": len(PRESETS[name]["layers"]) + 1}
    assert first.drawing.startswith("<svg")


@pytest.mark.parametrize(
    ("name", "size", "jump"), [("alexnet", 195, 32), ("pool", 4, 2), ("threes", 7, 1), ("wavenet", 16, 1)]
)
def test_the_presets_have_the_fields_that_the_literature_gives_them(name, size, jump):
    field = first_stack({"preset": name}).fields[-1]
    assert (field.size, field.jump) == (size, jump)
    assert field == receptive_field([tuple(numbers) for _kind, *numbers in PRESETS[name]["layers"]])


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"size": "9"}, r"there is no attribute 'size'; there are: preset, pixels, unit"),
        ({"preset": "vgg19"}, r"there is no preset 'vgg19'; there are: stride, "),
        ({"pixels": "0"}, r"pixels=0 must be a whole number from 1 to 256"),
        ({"pixels": "9.5"}, r"pixels=9\.5 must be a whole number from 1 to 256"),
        ({"unit": "-1"}, r"unit=-1 must be a whole number, at least 0"),
        ({"unit": "2"}, r"unit=2 must be below 2, the number of units after the last layer"),
        ({"pixels": "4"}, r"kernel"),
    ],
)
def test_what_an_author_got_wrong_is_named(attributes, message):
    with pytest.raises(ValueError, match=message):
        beginning(attributes)
