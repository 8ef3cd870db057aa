"""The picture shows the graph: its layers to scale, its joins, its repeats."""

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from torch import cat, nn
from torch.nn import functional

from cnnbook.draw import palette, style
from cnnbook.summary import summarize
from cnnbook.summary._showing.graph import graph
from cnnbook.summary._showing.layout import boxes

pytestmark = pytest.mark.usefixtures("as_the_reader_runs_it")


class Residual(nn.Module):
    """Two convolutions and a way round them."""

    def __init__(self, channels):
        super().__init__()
        self.one, self.two = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return functional.relu(self.norm(self.two(self.one(x).relu())) + x)


class Branches(nn.Module):
    """Four ways, put side by side."""

    def __init__(self):
        super().__init__()
        self.ways = nn.ModuleList([nn.Conv2d(8, 4, kernel, padding=kernel // 2) for kernel in (1, 3, 5)])
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)

    def forward(self, x):
        return cat([*(way(x) for way in self.ways), self.pool(x)], 1)


def network():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Sequential(Residual(8), Residual(8), Residual(8)),
        Branches(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(20, 10),
    )


@pytest.fixture(scope="module")
def summary():
    return summarize(network(), (1, 3, 32, 32))


@pytest.fixture(autouse=True)
def book_style():
    with mpl.rc_context():
        style.reset({}, "plot_a.py")
        yield
        plt.close("all")


def test_what_only_changes_each_number_is_not_drawn(summary):
    names = [node.name for node in graph(summary)]
    assert names == [
        "",
        "0",
        "2",
        "3.0.one",
        "3.0.two",
        "3.0",
        "4.ways.0",
        "4.ways.1",
        "4.ways.2",
        "4.pool",
        "4",
        "5",
        "7",
    ]


def test_a_layer_is_connected_to_what_it_takes(summary):
    nodes = {node.name: node for node in graph(summary) if node.number >= 0}
    assert nodes["3.0"].sources == [nodes["2"].number, nodes["3.0.two"].number]
    assert nodes["3.0"].sign == "+"
    assert nodes["4"].sources == [nodes[name].number for name in ("4.ways.0", "4.ways.1", "4.ways.2", "4.pool")]
    assert nodes["4"].kind == "joined"
    assert nodes["0"].sources == [-1]


def test_blocks_that_are_equal_stand_once_and_say_how_often(summary):
    assert {node.name: node.times for node in graph(summary) if node.times > 1} == {
        "3.0.one": 3,
        "3.0.two": 3,
        "3.0": 3,
    }


def test_blocks_that_differ_are_all_drawn():
    model = nn.Sequential(
        nn.Sequential(nn.Conv1d(1, 2, 3), nn.Conv1d(2, 1, 3)), nn.Sequential(nn.Conv1d(1, 2, 3), nn.Conv1d(2, 1, 3))
    )
    assert [node.times for node in graph(summarize(model, (1, 1, 20)))] == [1] * 5


def test_no_two_boxes_overlap(summary):
    placed = list(boxes(graph(summary)).values())
    for one in placed:
        for other in placed:
            apart = (
                one.right <= other.x or other.right <= one.x or abs(one.y - other.y) >= (one.height + other.height) / 2
            )
            assert one is other or apart


def test_boxes_stand_behind_what_they_take_and_are_to_scale(summary):
    placed = boxes(graph(summary))
    for box in placed.values():
        assert all(placed[source].right < box.x for source in box.node.sources)
    by_name = {box.node.name: box for box in placed.values()}
    assert by_name["0"].height / by_name["2"].height == pytest.approx((32 / 16) ** 0.5)
    assert by_name[""].width < by_name["0"].width < by_name["4"].width


def test_the_way_returns_to_the_middle_behind_a_join(summary):
    placed = {box.node.name: box for box in boxes(graph(summary)).values()}
    assert placed["2"].y == placed["3.0"].y == placed["4"].y == placed["7"].y


class Shortened(nn.Module):
    """Two convolutions and a shorter way, which is taken first."""

    def __init__(self):
        super().__init__()
        self.short = nn.Conv1d(1, 2, 1)
        self.long = nn.Sequential(nn.Conv1d(1, 2, 3, padding=1), nn.Conv1d(2, 2, 3, padding=1))

    def forward(self, x):
        short = self.short(x)
        return self.long(x) + short


def test_of_two_ways_the_longer_goes_straight_on():
    placed = {box.node.name: box.y for box in boxes(graph(summarize(Shortened(), (1, 1, 16)))).values()}
    assert placed[""] == placed["long.0"] == placed["long.1"] == 0
    assert placed["short"] < 0


def saved(figure):
    file = io.StringIO()
    figure.savefig(file, format="svg")
    return file.getvalue()


def test_the_picture_has_words_and_the_palette_s_colours_only(summary):
    drawn = saved(summary.plot())
    for words in ["input", "convolution or matrix product", "without weights", "paths joined", "32×32", "16×16", "×3"]:
        assert f">{words}</text>" in drawn
    colours = {f"#{word[:6]}" for word in drawn.replace("url(#", "").split("#")[1:] if word[6:7] in {"", ";", '"', "'"}}
    assert colours <= set(palette.LIGHT.values())


def test_a_reader_hears_what_the_picture_shows(summary):
    assert summary.plot().get_label() == (
        "Sequential, drawn from left to right from 1×3×32×32 to 1×10: 11 layers with weights; paths join in 4 places."
    )


@pytest.mark.parametrize(
    ("model", "size"),
    [
        (nn.ReLU(), (1, 3)),
        (nn.Sequential(), (1, 3, 8, 8)),
        (nn.Bilinear(3, 4, 5), [(2, 3), (2, 4)]),
        (nn.Sequential(*[nn.Conv1d(1, 1, 3) for _ in range(150)]), (1, 1, 400)),
        (nn.LSTM(4, 5), (7, 2, 4)),
    ],
)
def test_any_model_can_be_drawn(model, size):
    figure = summarize(model, size).plot()
    assert "<title>" in saved(figure)
    assert figure.get_size_inches()[0] <= 7.6  # as wide as a page, which would make wider words smaller


def test_the_picture_says_what_heights_widths_and_numbers_mean(summary):
    drawn = saved(summary.plot())
    for line in ["Higher: more rows. Wider: more channels.", "Below: the size of the maps."]:
        assert f">{line}</text>" in drawn
    assert ">A line and a number: so many such blocks.</text>" in drawn
    assert "A line and a number" not in saved(summarize(nn.Conv2d(3, 4, 3), (1, 3, 8, 8)).plot())


def test_its_legend_can_be_read_on_a_telephone(summary):
    figure = summary.plot()
    [legend] = figure.legends
    narrowest, points = 480, 96 / 72  # pixels to which a page shrinks a figure before it scrolls; pixels in a point
    for text in [legend.get_title(), *legend.get_texts()]:
        assert text.get_fontsize() * points * narrowest / (7.6 * 96) > 8


def test_sizes_that_stand_too_close_for_one_line_stand_on_two():
    drawn = summarize(nn.Sequential(nn.Conv2d(3, 64, 11, 4, 2), nn.MaxPool2d(3, 2)), (1, 3, 224, 224)).plot()
    low = {text.get_text(): text.get_position()[1] for text in drawn.axes[0].texts}
    assert low["224×224"] == low["27×27"] > low["55×55"]


def test_saving_it_twice_warns_of_nothing_and_changes_nothing(summary):
    style.use()
    figure = summary.plot()
    first = saved(figure)
    assert saved(figure) == first


def test_a_notebook_shows_it_once_wherever_it_stands():
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat").v4
    model = "summarize(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), (1, 1, 8, 8))"
    cells = [
        f"from torch import nn\nfrom cnnbook.summary import summarize\nsummary = {model}",
        "summary.plot()",
        "import matplotlib.pyplot as plt\nsummary.plot()\nplt.show()",
        "figure = summary.plot()",  # as with any figure of pyplot's
        "figure",
        "from cnnbook.draw import style\nstyle.use()\nsummary.plot()",
        "assert not plt.get_fignums()",
    ]
    notebook = nbformat.new_notebook(cells=[nbformat.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    shown = [[output.output_type for output in cell.outputs] for cell in notebook.cells]
    one, shows = ["execute_result"], ["display_data"]
    assert shown == [[], one, shows, shows, one, one, []]
    assert [next(iter(set(cell.outputs[0].data) - {"text/plain"})) for cell in notebook.cells[1:6]] == [
        *["image/png"] * 4,
        "image/svg+xml",
    ]
