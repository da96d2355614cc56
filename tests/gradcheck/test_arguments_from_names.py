"""Arguments of functions are drawn from their names: specs, settings, roles, schemes, the best of the candidates."""

import numpy as np
import pytest

from gradcheck.finder import arguments, specs
from gradcheck.finder.arguments import Parameter, candidates, find_arguments, in_words, wanted
from gradcheck.finder.scheme import ROLES, Scheme
from gradcheck.finder.schemes import SCHEMES, ordered


def drawn(spec, n=5):
    return specs.draw(spec, np.random.default_rng(0), n)


@pytest.mark.parametrize(
    ("letters", "shape"),
    [("N D M", (5, 4, 3)), ("H R T", (6, 2, 3)), ("S C F", (2, 2, 3)), ("V K", (9, 2)), ("4R 2 N", (8, 2, 5)),
     ("12", (12,)), ("2NC", (20,))],
)  # fmt: skip
def test_letters_stand_for_lengths(letters, shape):
    assert drawn(letters).shape == drawn(f"normal {letters}").shape == shape


def test_kinds_are_drawn_as_they_are_called():
    assert np.array_equal(drawn("weights 40"), 0.5 * drawn("normal 40"))
    assert 0.5 <= drawn("positive 200").min() < 0.6
    assert 1.4 < drawn("positive 200").max() < 1.5
    assert 0.05 <= drawn("unit 200").min() < 0.1
    assert 0.9 < drawn("unit 200").max() < 0.95
    assert np.allclose(drawn("probabilities N M").sum(axis=1), 1)
    assert np.allclose(drawn("column_probabilities M N").sum(axis=0), 1)
    assert drawn("column_probabilities M N").shape == (3, 5)
    assert set(drawn("labels 100").tolist()) == {0, 1, 2}
    assert set(drawn("words 300").tolist()) == set(range(9))
    assert np.array_equal(np.sort(drawn("one_hot N T 4"), axis=-1)[..., -2:], np.tile([0.0, 1.0], (5, 3, 1)))
    assert np.array_equal(drawn("one_hot_columns M N").sum(axis=0), np.ones(5))
    assert drawn("number") == 0.3
    assert drawn("whole") in range(3)
    assert isinstance(drawn("word"), int)


def test_rows_of_three_axes_and_columns_are_drawn_along_their_classes():
    raw = np.exp(np.random.default_rng(0).standard_normal((5, 4, 3)))
    np.testing.assert_allclose(drawn("probabilities N D M"), raw / raw.sum(axis=2, keepdims=True), rtol=1e-15)
    hot = np.eye(3)[np.random.default_rng(0).integers(3, size=(5, 4))]
    assert np.array_equal(drawn("one_hot N D M"), hot)
    columns = drawn("one_hot_columns 3 4 5")
    assert np.array_equal(columns, np.moveaxis(np.eye(3)[np.random.default_rng(0).integers(3, size=(4, 5))], 2, 0))
    assert columns.flags.c_contiguous
    rng = np.random.default_rng(0)
    expected = (rng.random(5) < 0.6).astype(float)
    expected[[0, -1]] = 1.0, 0.0
    assert drawn("bits N").tolist() == expected.tolist()
    assert drawn("signs N").tolist() == (2 * expected - 1).tolist()
    uniform = np.random.default_rng(0).random(5)
    assert drawn("positive N").tolist() == (0.5 + uniform).tolist()
    assert drawn("unit N").tolist() == (0.05 + 0.9 * uniform).tolist()
    assert drawn("whole") == np.random.default_rng(0).integers(3)
    assert drawn("word") == np.random.default_rng(0).integers(9)


def test_bits_are_of_both_kinds_where_there_is_room():
    for n in range(2, 8):
        assert set(drawn("bits N", n).tolist()) == {0.0, 1.0}
    assert drawn("bits N", 2).tolist() == [1.0, 0.0], "the first is one, the last none"
    assert 0.5 < drawn("bits 4000").mean() < 0.7
    assert drawn("bits 1 1").shape == (1, 1)
    assert drawn("whole_bits N").dtype == np.int64
    assert set(drawn("signs N").tolist()) == {-1.0, 1.0}
    assert drawn("mask N").dtype == bool


def test_specs_lie_in_dicts_and_lists():
    found = drawn({"W": "D M", "rest": ["M", lambda rng, n: n]})
    assert found["W"].shape == (4, 3)
    assert found["rest"][0].shape == (3,)
    assert found["rest"][1] == 5
    assert np.shape(drawn("")) == ()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("dropout_param", [{"mode": "train", "p": 0.6, "seed": 7}]), ("bn_param", [{"mode": "train"}]),
        ("conv_param", [{"stride": 2, "pad": 1}, {"stride": 1, "pad": 1}]),
        ("pool_param", [{"pool_height": 2, "pool_width": 2, "stride": 2}]),
        ("hparameters", [{"stride": 2, "pad": 1, "f": 2}, {"stride": 2, "pad": 0, "f": 2}]), ("G", [2]),
        ("stride", [2, 1]), ("pad", [1]), ("f", [2]), ("keep_prob", [0.7]), ("mode", ["train", "max"]),
        ("is_training", [True]), ("lambd", [0.1]), ("layers_dims", [[4, 6, 3], [4, 6, 1]]), ("num_classes", [3]),
        ("vocab_size", [9]), ("n_heads", [2]), ("ignore_index", [-100]), ("axis", [1, -1, 0]), ("_m", [5]),
        ("momentum", [0.9]), ("jigowatts", []),
    ],
)  # fmt: skip
def test_settings_that_courses_mean_by_a_name(name, values):
    rng = np.random.default_rng(0)
    assert [one(rng, 5) for one in arguments._common(name)] == values


def test_parameters_with_defaults_keep_them_but_for_what_would_hide_a_part():
    known = [Parameter("x"), Parameter("eps", 1e-5), Parameter("reg", 0.0), Parameter("verbose", False)]
    assert [p.name for p in wanted(known, {})] == ["x", "eps", "reg"]
    assert [p.name for p in wanted(known, {"verbose": True})] == ["x", "eps", "reg", "verbose"]
    assert [p.name for p in wanted([Parameter("x"), Parameter("reg", len)], {})] == ["x"]
    assert wanted([Parameter("eps", 1.0)], {}) == []
    (names, draw), *_ = candidates("layer", "relu_forward", known, {"verbose": True})
    assert names == ("x", "eps", "reg", "verbose")
    assert draw(np.random.default_rng(0), 5)[1:] == (1e-5, 0.1, True)


def shapes(kind, function, *parameters, amount=4, own=()):
    given = [Parameter(p) for p in parameters]
    found = []
    for names, draw in candidates(kind, function, given, {}, own):
        found.append(in_words(names, draw))
        if len(found) == amount:
            break
    return found


def test_the_layout_for_which_the_name_speaks_is_tried_first():
    assert shapes("layer", "affine_forward", "x", "w", "b", amount=2) == [
        "x (5, 2, 1, 3), w (6, 3), b (3,)", "x (5, 4), w (4, 3), b (3,)"
    ]  # fmt: skip
    assert shapes("layer", "relu", "x", amount=5) == ["x (5, 4)", "x (5, 4)", "x (5, 2, 4, 4)", "x (5, 3, 4)", "x (5,)"]
    assert shapes("layer", "conv_forward", "x", "w", "b", "conv_param", amount=2) == [
        "x (5, 2, 3, 5), w (3, 2, 3, 3), b (3,), conv_param {stride: 2, pad: 1}",
        "x (5, 2, 3, 5), w (3, 2, 3, 3), b (3,), conv_param {stride: 1, pad: 1}",
    ]
    assert shapes("layer", "word_embedding_forward", "x", "W", amount=1) == ["x (5, 3) int64, W (9, 4)"]
    assert shapes("layer", "rnn_cell_forward", "xt", "a_prev", "parameters", amount=1) == [
        "xt (4, 5), a_prev (2, 5), parameters {Wax: (2, 4), Waa: (2, 2), Wya: (3, 2), ba: (2, 1), by: (3, 1)}"
    ]
    assert shapes("layer", "nothing", "flux", "capacitor") == []
    assert shapes("layer", "nothing", "flux", own=[Scheme("", {"flux": "N 7"})]) == ["flux (5, 7)"]


def test_each_parameter_has_an_entry_of_its_own():
    scheme = Scheme("", {"x": "N D", "w": "D M"})
    assert arguments._match(["data", "theta"], scheme) == {"data": "N D", "theta": "D M"}
    assert arguments._match(["data", "x"], scheme) is None
    assert arguments._match(["a", "w"], Scheme("", {"w": "D M", "a": "N", "x": "N D"})) == {"a": "N", "w": "D M"}
    assert arguments._match([], scheme) == {}
    assert [role for role in ROLES if arguments._keys(Scheme("", {role: ""}), role.upper()) == [role]] == list(ROLES)


def test_schemes_of_the_name_come_before_those_of_any_name_and_all_are_tried_once():
    for kind, known in SCHEMES.items():
        assert sorted(map(repr, ordered(kind, "affine_softmax"))) == sorted(map(repr, known))
    first, *_ = ordered("layer", "Max_Pool")
    assert first.fits("Max_Pool")
    assert not Scheme("", {}).fits("anything")
    words = [s.words for s in ordered("layer", "relu")]
    assert words[:5] == [""] * 5
    assert "" not in words[5:]


def test_the_first_of_the_best_candidates_is_taken():
    known, tried = [Parameter("x")], []

    def by(scores):
        left = iter(scores)
        tried.clear()
        return lambda names, draw: tried.append(names) or next(left, 0)

    found = find_arguments("layer", "relu", known, {}, by([0, 2, 1, 2, 0]))
    assert (found.score, found.words, found.names) == (2, "x (5, 4)", ("x",))
    assert len(tried) > 5
    assert find_arguments("layer", "relu", known, {}, by([1, 3, 2])).score == 3.0
    assert len(tried) == 2, "no more are tried where everything fits"
    assert find_arguments("layer", "relu", known, {}, by([0] * 5)) is None


def test_words_for_arguments_of_a_batch_of_five():
    def drawn_here(rng, n):
        return rng.random(), np.zeros((n, 2)), np.zeros(n, int), {"a": np.zeros(n), "k": 3}, [np.zeros(2), "relu"], []

    names = ("r", "x", "y", "d", "l", "e")
    first = np.random.default_rng(0).random()
    assert in_words(names, drawn_here) == (
        f"r {first}, x (5, 2), y (5,) int64, d {{a: (5,), k: 3}}, l [(2,), relu], e []"
    )
    with pytest.raises(ValueError, match=r"shorter|longer"):
        in_words(names[:2], drawn_here)


def test_a_net_in_a_vector_and_word_vectors_are_drawn_whole():
    given = [Parameter(p) for p in ("data", "labels", "params", "dimensions")]
    (_, first), *_ = candidates("loss", "forward_backward_prop", given, {})
    x, y, vector, sizes = first(np.random.default_rng(0), 5)
    assert (x.shape, y.shape, sizes) == ((5, 4), (5, 3), [4, 6, 3])
    assert vector.shape == (51,), "4 x 6 + 6 + 6 x 3 + 3"
    rng = np.random.default_rng(0)
    rng.standard_normal((5, 4)), rng.integers(3, size=5)
    assert vector.tolist() == (0.5 * rng.standard_normal(51)).tolist()
    words = [Parameter(p) for p in ("predicted", "target", "outputVectors", "dataset")]
    (_, second), *_ = candidates("loss", "word2vec_cost", words, {})
    predicted, target, vectors, dataset = second(np.random.default_rng(0), 5)
    assert (predicted.shape, vectors.shape, dataset) == ((4,), (9, 4), None)
    assert target in range(9)
