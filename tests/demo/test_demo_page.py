"""The page, from the server and as a file: its net agrees with NumPy, its drawing with `predict`, in a real browser."""

import json
import re
import shutil
import subprocess
import time

import numpy as np
import pytest

import layers
from cli.demo import page, server
from cli.demo.reading import SIDE, Reading
from cli.main import main
from models import Graph, convnet, mlp, node as graph_node
from tests import browser
from tests.demo.conftest import SEVEN, THREE, ink, scribbles

ASK = """
const { told, drawings } = JSON.parse(require("fs").readFileSync(0));
const net = makeNet(told.net);
console.log(JSON.stringify(drawings.map((drawing) => {
  const found = prepareDrawing(drawing, told.side, told);
  return { ...found, ...readPixels(net, told, found.pixels, told.chosen) };
})));
"""


def node(script: str, given: object) -> object:
    """What a script prints, as JSON."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("needs Node.js: apt-get install nodejs")
    done = subprocess.run([program, "-e", script], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def computed(reading: Reading, drawings, chosen=None) -> list[dict]:
    """What the scripts of the page make of drawings, with the net that is in it."""
    told = json.loads(re.search(r'id="told">(.*?)</script>', page.static(reading), re.DOTALL)[1]) | {"chosen": chosen}
    script = "\n".join((page.ASSETS / name).read_text() for name in ("prepare.js", "net.js")) + ASK
    return node(script, {"told": told, "drawings": [drawing.reshape(-1).tolist() for drawing in drawings]})


@pytest.mark.parametrize("name", ["plain", "standardised", "raw"])
def test_the_scripts_agree_with_numpy_on_drawings(name, readings):
    drawings = [ink(THREE), ink(SEVEN), *scribbles(25)]
    for drawing, found in zip(drawings, computed(readings[name], drawings, chosen=2), strict=True):
        expected = readings[name].read(drawing, 2)
        assert (found["blank"], found["warnings"], found["best"]) == tuple(
            expected[k] for k in ("blank", "warnings", "best")
        )
        for key in ("pixels", "scores", "probabilities", "gradient"):
            np.testing.assert_allclose(found[key], expected[key], rtol=1e-5, atol=1e-5, err_msg=key)
        for layer, other in zip(found["hidden"], expected["hidden"], strict=True):
            np.testing.assert_allclose(layer["values"], other["values"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "options", [{"batch_norm": True, "dropout": 0.3, "noise": 0.1}, {"use_bias": False}, {"input_scale": 4.0}], ids=str
)
def test_what_an_mlp_can_hold_is_computed(options, readings):
    check(readings["plain"], mlp([64, 9, 7, 10], seed=0, dtype=np.float32, **options))


@pytest.mark.parametrize("activation", layers.registered("activation"))
def test_every_activation_is_computed(activation, readings):
    check(readings["plain"], mlp([64, 12, 10], activation=activation, bias_init="normal", seed=0, dtype=np.float32))


CONVNETS = {
    "5x3p1,pool,6x3s2,12": {"batch_norm": True},
    "4x3,avgpool,7": {"activation": "gelu", "use_bias": False},
    "3x3p1s2,pool3": {"activation": "elu"},
}


@pytest.mark.parametrize("layers_", CONVNETS)
def test_convnets_are_computed(layers_, readings):
    model = convnet(layers_, image=(1, 8, 8), bias_init="normal", seed=0, dtype=np.float32, **CONVNETS[layers_])
    check(readings["plain"], model)


def test_norms_of_their_own_values_are_computed(readings):
    rng = np.random.default_rng(4)
    params = {"W": rng.standard_normal((4, 1, 3, 3)), "b": rng.standard_normal(4), "V": rng.standard_normal((144, 10)),
              "g": rng.uniform(1, 2, 4), "h": rng.standard_normal(4), "k": rng.uniform(1, 2, (4, 6, 6)),
              "l": rng.standard_normal((4, 6, 6))}  # fmt: skip
    nodes = [
        graph_node("image", "image", "x", shape=(1, 8, 8)),
        graph_node("conv", "conv2d", "image", ("W", "b")),
        graph_node("group", "group_norm", "conv", ("g", "h"), groups=2),
        graph_node("gelu", "gelu", "group", approximate=True),
        graph_node("layer", "layer_norm", "gelu", ("k", "l"), eps=0.01),
        graph_node("sum", "add", ("layer", "conv")),
        graph_node("flat", "flatten", "sum"),
        graph_node("scores", "linear", "flat", "V"),
    ]
    check(readings["plain"], Graph(nodes, params))


def test_every_layer_of_pictures_is_computed():
    known = {name for name, layer in layers.registered().items() if layer.kind not in ("loss", "lookup")}
    assert set(page.computed()) == known


def check(reading, model):
    """The scripts' scores and gradients of another net for the same pictures."""
    rng = np.random.default_rng(0)
    for k in range(3):
        model.loss(rng.uniform(0, 1, (30, 64)), np.arange(30) % 10, rng=k)
    other = Reading(reading.net._replace(model=model), "other")
    (found,), expected = computed(other, [ink(THREE)]), other.read(ink(THREE), None)
    for key in ("scores", "gradient"):
        np.testing.assert_allclose(found[key], expected[key], rtol=1e-5, atol=1e-5, err_msg=key)


def test_a_layer_that_it_cannot_compute_is_named(readings):
    def forward(x):
        return np.sin(x), x

    def backward(dout, cache):
        return dout * np.cos(cache)

    model = mlp([64, 9, 10], activation=(forward, backward), seed=0)
    with pytest.raises(ValueError, match="node 'forward1': a page cannot compute layer 'forward'"):
        page.static(Reading(readings["plain"].net._replace(model=model), "own"))


def test_classes_cannot_leave_their_place(readings):
    net = readings["plain"].net
    odd = net._replace(info={**net.info, "classes": ["</script><script>alert(1)</script>", *"bcdefghij"]})
    text = page.static(Reading(odd, "odd"))
    assert "alert(1)" in text
    assert text.count("</script>") == 2


@pytest.fixture(params=[pytest.param("served", marks=pytest.mark.thorough), "static"])  # a browser is slow to start
def address(request, runs, readings, tmp_path):
    if request.param == "served":
        with server.serving(page.served(readings["plain"]), readings["plain"], 0) as found:
            yield found
        return
    assert main(["export", str(runs["plain"]), "--to", "html", "--out", str(tmp_path / "page.html")]) == 0
    yield (tmp_path / "page.html").as_uri()


def draw(tab, stroke):
    box = tab.locator("#board").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place)
    tab.mouse.up()
    until(tab, "document.body.dataset.state === 'read' && document.getElementById('sure').textContent")


def inked(tab) -> np.ndarray:
    return np.array(tab.evaluate("drawing.ink()"), np.uint8).reshape(SIDE, SIDE)


def until(tab, condition: str) -> None:
    """Wait until a condition holds in the page, asked from here: its policy forbids to evaluate texts in it."""
    deadline = time.monotonic() + 30
    while not tab.evaluate(f"Boolean({condition})"):
        if time.monotonic() > deadline:
            pytest.fail(f"never so: {condition}; the page says {tab.locator('main').inner_text()!r}")
        time.sleep(0.02)


def shares(tab) -> list[float]:
    return [float(text.split()[0]) for text in tab.locator(".share").all_inner_texts()]


def test_a_stroke_is_read_in_a_browser(address, readings):
    with browser.opened(address, viewport={"width": 1200, "height": 800}) as tab:
        for stroke in (SEVEN, THREE):
            tab.keyboard.press("Escape")
            draw(tab, stroke)
            expected = readings["plain"].read(inked(tab), None)
            until(tab, f"document.getElementById('verdict').textContent === '{expected['best']}'")
            np.testing.assert_allclose(tab.evaluate("answer.scores"), expected["scores"], rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose(shares(tab), 100 * np.array(expected["probabilities"]), atol=0.051)
            assert (
                np.abs(tab.evaluate("drawing.ink()") - ink(stroke).reshape(-1)).max() <= 8
            )  # the mouse is on whole pixels


def test_buttons_and_keys_take_back_and_clear(address):
    with browser.opened(address) as tab:
        draw(tab, THREE)
        draw(tab, [(0.1, 0.9), (0.2, 0.9)])
        count = "drawing.strokes.length"
        assert tab.evaluate(count) == 2
        tab.keyboard.press("Control+z")
        assert tab.evaluate(count) == 1
        tab.get_by_role("button", name="Undo").click()
        assert tab.evaluate(count) == 0
        assert tab.get_by_role("button", name="Undo").is_disabled()
        draw(tab, THREE)
        tab.get_by_role("button", name="Clear").click()
        until(tab, "document.getElementById('verdict').textContent === '–'")
        draw(tab, THREE)
        tab.keyboard.press("Delete")
        until(tab, "document.getElementById('verdict').textContent === '–'")


def test_it_is_drawn_on_by_keyboard_and_read_aloud(address):
    with browser.opened(address) as tab:
        tab.locator("#board").focus()
        tab.keyboard.press("Space")
        for _ in range(25):
            tab.keyboard.press("ArrowDown")
        tab.keyboard.press("Space")
        until(tab, "document.body.dataset.state === 'read' && document.getElementById('sure').textContent")
        assert tab.evaluate("drawing.strokes[0].length") == 26
        best = tab.locator("#verdict").inner_text()
        assert tab.get_by_role("button", name=re.compile(rf"^{best}: \d+\.\d %$")).count() == 1
        assert "Hidden activations, relu1" in tab.locator("#hidden canvas").get_attribute("aria-label")


def test_a_class_is_chosen_for_its_gradient(address, readings):
    with browser.opened(address) as tab:
        draw(tab, THREE)
        tab.get_by_role("button", name=re.compile("^8:")).click()
        until(tab, "document.getElementById('gradient-caption').textContent.includes('of 8:')")
        assert tab.get_by_role("button", name=re.compile("^8:")).get_attribute("aria-pressed") == "true"
        drawing = inked(tab)
        until(tab, "document.body.dataset.state === 'read'")
        expected = readings["plain"].read(drawing, 8)["gradient"]
        np.testing.assert_allclose(tab.evaluate("answer.gradient"), expected, rtol=1e-5, atol=1e-5)


def test_it_fits_a_telephone(address):
    with browser.opened(address, viewport={"width": 360, "height": 740}) as tab:
        draw(tab, THREE)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        assert tab.locator("#board").bounding_box()["width"] > 280


def test_a_server_that_has_gone_is_told(readings):
    sync = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra test)")
    with server.serving(page.served(readings["plain"]), readings["plain"], 0) as found, sync.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser.browser(), args=["--no-sandbox"])
        tab = chromium.new_page()
        tab.goto(found)
        draw(tab, SEVEN)
        tab.route("**/read", lambda route: route.abort("connectionrefused"))
        tab.evaluate("drawing.update()")
        until(tab, "document.getElementById('note').textContent.includes('does not answer')")
        tab.unroute("**/read")
        tab.evaluate("drawing.update()")
        until(tab, "document.getElementById('sure').textContent && document.getElementById('note').hidden")
        chromium.close()
