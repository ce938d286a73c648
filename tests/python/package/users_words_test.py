# SPDX-License-Identifier: Apache-2.0
"""What users of Keras and of scikit-learn type besides the words that the other tests have: older arguments, tensors that are arrays, losses and
targets that do not fit."""

import numpy as np
import pandas
import pytest
from sklearn.exceptions import ConvergenceWarning

import millrace
from millrace import keras
from millrace.keras import layers
from millrace.sklearn import Classifier, MLPClassifier, MLPRegressor, Regressor

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(200, 5)).astype("float32")
TWO, THREE = (X[:, 0] > 0).astype(int), np.digitize(X[:, 0], [-0.5, 0.5])
FRAME = pandas.DataFrame({"a": X[:, 0], "city": RANDOM.choice(["Rome", "Oslo"], 200), "kind": np.array(["low", "mid", "high"])[THREE], "size": X[:, 0] * 2 + 1})


def network(**options):
    model = keras.Sequential([keras.Input((5,)), layers.Dense(4, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(**{"optimizer": "adam", "loss": "binary_crossentropy", **options})
    return model


# --- Keras
def test_outputs_have_the_method_of_tensors():
    model = network()
    outputs = model(X[:3], training=False).numpy()
    assert type(outputs) is np.ndarray and (outputs == model.predict(X[:3], verbose=0)).all()
    normalization = layers.Normalization()
    normalization.adapt(X)
    assert normalization.mean.numpy().shape == (5,) and type(normalization(X).numpy()) is np.ndarray
    model.fit(X, TWO, batch_size=100, verbose=0)
    assert model.optimizer.iterations.numpy() == 2 and model.optimizer.learning_rate.numpy() == np.float32(0.001)


def test_activations_compute_on_arrays():
    np.testing.assert_allclose(keras.activations.softmax(np.array([[1.0, 2.0], [3.0, 3.0]])).numpy(), [[0.26894143, 0.7310586], [0.5, 0.5]], rtol=1e-6)
    assert keras.activations.relu([-1.0, 2.0]).tolist() == [0, 2] and keras.activations.leaky_relu(-2.0, negative_slope=0.25) == -0.5


def test_older_arguments_that_keras_takes():
    assert layers.LeakyReLU(alpha=0.1).negative_slope == layers.LeakyReLU(0.1).negative_slope == 0.1
    model = keras.Sequential([layers.Embedding(9, 2, input_length=3), layers.Flatten(), layers.Dense(1)])
    assert model.predict(np.zeros((2, 3)), verbose=0).shape == (2, 1)
    assert keras.backend.epsilon() == 1e-7 and keras.backend.image_data_format() == "channels_last"


def test_a_cross_entropy_is_a_metric():
    found = network(metrics=["ce", "crossentropy"]).evaluate(X, TWO, verbose=0, return_dict=True)
    assert found["ce"] == found["crossentropy"] == pytest.approx(found["loss"])


@pytest.mark.parametrize("call, message", [
    (lambda: network().compile("adam", "mse", ["mae"]), r"loss_weights has 'mae', expected numbers.*the metrics are the argument after it: metrics="),
    (lambda: network().fit((X, TWO)), "y is missing.*x is a tuple, pass its arrays"),
    (lambda: network().evaluate([(X, TWO)]), r"y is missing.*pass iter\(x\)"),
    (lambda: keras.backend.set_value, "set model.optimizer.learning_rate"),
    (lambda: network(loss="msle"), r"\[losses\] msle is not supported: train on numpy.log1p"),
    (lambda: network(loss="cosine_similarity"), r"\[losses\] cosine_similarity is not supported, expected one of"),
    (lambda: keras.Sequential([network(), layers.Softmax()]), r"a model as a layer of another .*activations.softmax\(model.predict\(x\)\)"),
    (lambda: keras.metrics.Accuracy, r"metrics=\['accuracy'\]")])
def test_a_wrong_word_is_refused_with_the_right_one(call, message):
    with pytest.raises((millrace.UsageError, AttributeError), match=message):
        call()


# --- Tables
def table_network(*metrics, units=3, activation="softmax", loss="sparse_categorical_crossentropy"):
    model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(units, activation=activation)])
    model.compile("adam", loss, metrics=list(metrics))
    return model


def test_a_table_with_its_target_is_enough_for_keras(tmp_path):
    table, rows = millrace.Table(FRAME, target="kind"), FRAME.drop(columns="kind")
    codes = np.unique(FRAME["kind"], return_inverse=True)[1]
    model = table_network("accuracy")
    model.fit(table, epochs=2, validation_data=table, verbose=0)
    wanted = model.evaluate(rows, codes, verbose=0)
    assert model.evaluate(table, verbose=0) == model.test_on_batch(table) == wanted
    assert (model.confusion(table).counts == model.confusion(rows, codes).counts).all()
    for given in (table, rows, FRAME, millrace.Table(rows)):
        assert (model.predict(given, verbose=0) == model.predict(rows, verbose=0)).all()
    model.report(tmp_path / "table.html", table, seconds=1)
    model.report(tmp_path / "frame.html", rows, codes, seconds=1)
    for page in ("table.html", "frame.html"):
        assert "city" in (tmp_path / page).read_text()
    for call in (model.confusion, model.evaluate, lambda x: model.report(tmp_path / "no.html", x)):
        with pytest.raises(millrace.UsageError, match="y is missing, expected one target for each row of x: name the column"):
            call(millrace.Table(rows))


def test_rows_without_a_target_are_left_out_of_a_page(tmp_path):
    model = table_network()
    model.fit(millrace.Table(FRAME, target="kind"), verbose=0)
    holes = FRAME.assign(kind=FRAME["kind"].where(FRAME.index > 9))
    with pytest.warns(millrace.DataWarning, match=r"\[report\] the target 'kind' is missing in 10 rows"):
        model.report(tmp_path / "page.html", millrace.Table(holes, target="kind"), seconds=0)
    model.report(tmp_path / "wanted.html", millrace.Table(FRAME[10:], target="kind"), seconds=0)
    assert (tmp_path / "page.html").read_text() == (tmp_path / "wanted.html").read_text()


@pytest.mark.parametrize("make, target", [(Classifier, "kind"), (Regressor, "size")])
def test_a_table_with_its_target_is_enough_for_estimators(tmp_path, make, target):
    table, rows, y = millrace.Table(FRAME, target=target), FRAME.drop(columns=target), FRAME[target]
    model = make((8,), epochs=3, random_state=1).fit(table)
    weights = np.linspace(0, 1, 200)
    assert model.score(table) == model.score(rows, y) == model.score(table, y) and model.score(table, sample_weight=weights) == model.score(rows, y, weights)
    assert (model.predict(table) == model.predict(rows)).all()
    holes = millrace.Table(FRAME.assign(**{target: y.where(FRAME.index > 9)}), target=target)
    with pytest.warns(millrace.DataWarning, match=rf"\[score\] the target '{target}' is missing in 10 rows"):
        assert model.score(holes) == model.score(rows[10:], y[10:])
    assert len(model.predict(holes)) == 200
    model.report(tmp_path / "page.html", table, seconds=1)
    assert "city" in (tmp_path / "page.html").read_text()
    assert model.partial_fit(table).n_iter_ == 4
    for call in (model.score, lambda x: model.report(tmp_path / "no.html", x)):
        with pytest.raises(millrace.UsageError, match="y is missing, expected a label or number for each row"):
            call(millrace.Table(rows))


@pytest.mark.parametrize("model", [MLPClassifier(max_iter=1), MLPRegressor(max_iter=1), Classifier((4,), epochs=1), Regressor((4,), epochs=1)],
                         ids=lambda model: type(model).__name__)
@pytest.mark.filterwarnings("ignore:.*max_iter")
def test_a_model_of_arrays_refuses_a_table(model):
    with pytest.raises(millrace.UsageError, match=rf"\[{type(model).__name__}\] X is a Table, expected an array or a frame of numbers, as fit"):
        model.fit(X, TWO).predict(millrace.Table({"a": X[:, 0]}))


@pytest.mark.filterwarnings("ignore:.*is missing in 10 rows")
def test_weights_follow_their_rows_where_a_target_is_missing():
    weights, rows = np.linspace(0, 2, 200), FRAME.drop(columns="size")
    holes = millrace.Table(FRAME.assign(size=FRAME["size"].where(FRAME.index > 9)), target="size")
    found = []
    for x, y, given in ((holes, None, weights), (rows[10:], FRAME["size"][10:], weights[10:])):
        keras.utils.set_random_seed(1)
        columns = layers.Columns()
        columns.adapt(rows)
        model = keras.Sequential([columns, layers.Dense(1)])
        model.compile("adam", "mse")
        found.append(model.fit(x, y, sample_weight=given, steps_per_epoch=3, batch_size=50, shuffle=False, verbose=0).history["loss"])
    assert found[0] == found[1]


# --- losses
def test_a_column_of_classes_for_a_loss_of_columns_says_which_loss_takes_it():
    engine = millrace.Model([{"op": "dense", "units": 3, "activation": "softmax"}])
    engine.compile("categorical_crossentropy")
    with pytest.raises(millrace.UsageError, match="data has 1 target column, expected 3, one for each unit of the last layer: classes in one column take sparse_categorical"):
        engine.fit(millrace.Dataset(X, THREE))
    engine.build(X.shape[1])
    assert engine.fit(engine.fit_targets(millrace.Dataset(X, THREE)))["steps"] == 7


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge", "kl_divergence",
                                  {"op": "categorical_crossentropy", "label_smoothing": 0.1}], ids=str)
@pytest.mark.parametrize("rows", [X, FRAME.drop(columns="kind")], ids=["array", "frame"])
def test_a_classifier_learns_with_any_loss_of_classes(loss, rows):
    model = Classifier((16,), loss=loss, optimizer="adam:learning_rate=0.01", epochs=60, batch_size=16, validation=0.2, class_weight="balanced", random_state=1).fit(rows, THREE)
    assert model.score(rows, THREE) > 0.8


@pytest.mark.parametrize("loss, takes", [("mse", "numbers"), ("mean_absolute_error", "numbers"), ({"op": "huber"}, "numbers"), ("binary_crossentropy", "two classes"),
                                         ("hinge", "two classes")], ids=str)
@pytest.mark.parametrize("rows", [X, FRAME.drop(columns="kind")], ids=["array", "frame"])
def test_a_loss_that_does_not_take_three_classes_is_refused_with_one_that_does(loss, takes, rows):
    with pytest.raises(millrace.UsageError, match=rf"\[Classifier\] loss is .*, which takes {takes}, and y has 3 classes, expected loss='auto', .*Regressor"):
        Classifier((8,), loss=loss, epochs=1).fit(rows, THREE)
    assert Classifier((8,), loss=loss, epochs=1).fit(rows, TWO).predict(rows).shape == (200,)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", {"op": "hinge"}], ids=str)
@pytest.mark.parametrize("rows", [X, FRAME.drop(columns="kind")], ids=["array", "frame"])
def test_a_classifier_learns_margins(loss, rows):
    model = Classifier((16,), loss=loss, optimizer="adam:learning_rate=0.01", epochs=60, random_state=1).fit(rows, TWO)
    assert model.score(rows, TWO) > 0.8
    probabilities = model.predict_proba(rows)
    assert np.all(probabilities >= 0) and np.allclose(probabilities.sum(axis=1), 1)
    assert np.array_equal(model.classes_[probabilities.argmax(axis=1)], model.predict(rows))
    assert model._engine.predict(rows).min() < 0, "the engine takes a negative margin as no"


@pytest.mark.parametrize("loss", ["binary_crossentropy", "hinge", "sparse_categorical_crossentropy"])
def test_a_regressor_refuses_a_loss_of_classes(loss):
    with pytest.raises(millrace.UsageError, match=r"\[Regressor\] loss is .*, which takes classes, expected loss='mean_squared_error'|one output unit|1 output unit"):
        Regressor((8,), loss=loss, epochs=1).fit(X, X[:, 0])


@pytest.mark.parametrize("rows", [X, FRAME.drop(columns="size")], ids=["array", "frame"])
def test_a_regressor_learns_counts(rows):
    counts = RANDOM.poisson(np.exp(1 + X[:, 0]))
    model = Regressor((16,), loss="poisson", epochs=80, batch_size=16, random_state=1).fit(rows, counts)
    assert (model.predict(rows) > 0).all() and model.score(rows, counts) > 0.5


# --- scikit-learn
@pytest.mark.filterwarnings("ignore:.*max_iter")
def test_a_class_that_stands_alone():
    assert set(MLPClassifier((8,), max_iter=3, random_state=0).fit(X, np.full(200, 7)).predict(X)) == {7}
    with pytest.raises(ValueError, match=r"y has one class, 7; a classifier"):
        Classifier((4,)).fit(X, np.full(200, 7))


def test_several_labels_a_row_are_for_another_estimator():
    with pytest.raises(ValueError, match=r"y should be a 1d array, got an array of shape \(200, 2\).*MLPClassifier learns several"):
        Classifier((4,)).fit(X, np.c_[TWO, 1 - TWO])


def test_labels_of_several_types_are_refused():
    with pytest.raises(TypeError, match=r"y has labels of the types int, str, expected one type: in pandas, y.astype\(str\)"):
        Classifier((4,)).fit(X, np.array(["a", 1] * 100, object))


def test_a_warning_is_at_the_line_of_the_users():
    with pytest.warns(ConvergenceWarning, match="raise max_iter") as found:
        MLPClassifier((8,), max_iter=2).fit(X, TWO)
    assert found[0].filename == __file__


@pytest.mark.parametrize("name, instead", [("max_iter", "expected epochs=100"), ("hidden_layer_sizes", r"expected layers=\(64, 32\)"),
                                           ("lr", "adam:learning_rate=0.01"), ("epoch", "Did you mean 'epochs'")])
@pytest.mark.parametrize("estimator", [Classifier, Regressor])
def test_an_argument_of_other_estimators_says_what_to_type(estimator, name, instead):
    with pytest.raises(millrace.ArgumentError, match=instead):
        estimator(**{name: 1})


def test_an_unknown_argument_of_partial_fit_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'epochs'"):
        Classifier((4,)).partial_fit(X, TWO, epochs=2)


def test_weights_say_at_once_whether_they_are_trained(capsys):
    layer = layers.BatchNormalization()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(3), layer, layers.Dense(1)])
    model.compile("adam", "mse")
    count = lambda: (len(model.trainable_weights), len(model.non_trainable_variables), len(layer.trainable_variables), sum(each.trainable for each in model.weights))  # noqa: E731
    assert count() == (6, 2, 2, 6)
    layer.trainable = model.layers[0].trainable = False
    assert count() == (2, 6, 0, 2)
    model.summary()
    assert "Trainable params: 4 " in capsys.readouterr().out
    model.compile("adam", "mse")
    model.trainable = True  # not yet told to the engine by compile()
    assert count() == (6, 2, 2, 6)


@pytest.mark.parametrize("estimator", [Regressor([3], epochs=1), MLPRegressor(hidden_layer_sizes=(3,), max_iter=1)])
@pytest.mark.parametrize("y", [pandas.Series(pandas.date_range("2020-01-01", periods=200)), pandas.to_timedelta(np.arange(200), unit="h")])
def test_targets_that_are_times_are_refused_as_they_have_no_unit(estimator, y):
    with pytest.raises(millrace.UsageError, match=r"y has the dtype (datetime|timedelta)64.*expected numbers: .*pandas.Timedelta\(days=1\)"):
        estimator.fit(X, y)


def test_a_change_of_the_list_of_layers_does_not_change_the_model():
    for model in (network(), keras.Model(entry := keras.Input((5,)), layers.Dense(1)(entry))):
        before = [*model.layers]
        model.layers.pop()
        assert model.layers == before and model.predict(X[:2], verbose=0).shape == (2, 1)


def test_a_row_of_a_frame_is_refused_with_what_to_type():
    model = network()
    with pytest.raises(millrace.UsageError, match=r"a single row of a frame is frame.iloc\[\[0\]\]"):
        model.predict(pandas.DataFrame(X).iloc[0], verbose=0)
    assert model.predict(pandas.DataFrame(X).iloc[[0]], verbose=0).shape == (1, 1)
