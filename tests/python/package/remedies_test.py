# SPDX-License-Identifier: Apache-2.0
"""Mistakes that users of Keras, scikit-learn and pandas make at first: each error says what to type instead."""

import re

import numpy as np
import pandas
import polars
import pytest
import scipy.sparse
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import millrace
from millrace import keras
from millrace.sklearn import Classifier, to_onnx

X = np.random.RandomState(0).randn(60, 4).astype(np.float32)
KIND = np.argmax(X[:, :3], axis=1)
WORDS = np.array(["red", "green", "blue"])[KIND]
MONEY = np.array([f"${kind}.50" for kind in KIND])


def pipeline():
    return make_pipeline(StandardScaler(), Classifier(epochs=1)).fit(X, WORDS)


def fit(y, units=3, activation="softmax", loss="sparse_categorical_crossentropy", x=X, metrics=None, **options):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, activation=activation)])
    model.compile("adam", loss, metrics=metrics)
    return model.fit(x, y, verbose=0, **options)


@pytest.mark.parametrize("call, message", [
    (lambda: fit(KIND + 1), r"is 3, expected a class from 0 to 2: if classes are counted from 1, subtract 1 from each \(y - 1\)"),
    (lambda: fit(KIND + 5), "expected a class from 0 to 2$"),
    (lambda: fit(np.eye(3)[KIND]), r"y has 3 columns, expected 1 for .*use the loss categorical_crossentropy, or pass numpy.argmax\(y, axis=1\)"),
    (lambda: fit(KIND, loss="categorical_crossentropy"), r"use the loss sparse_categorical_crossentropy, or pass keras.utils.to_categorical\(y\)"),
    (lambda: fit(KIND, loss="categorical_hinge"), r"for numbers of classes, pass keras.utils.to_categorical\(y\)"),
    (lambda: fit(KIND > 0, 2, "sigmoid", "binary_crossentropy"), r"end the model with Dense\(1\)"),
    (lambda: fit((KIND > 0) + 1, 1, "sigmoid", "binary_crossentropy"), r"subtract 1 from each \(y - 1\)"),
    (lambda: fit(np.where(KIND, 1, -1), 1, "sigmoid", "binary_crossentropy"), r"the hinge loss takes them, or \(y \+ 1\) / 2"),
    (lambda: fit(WORDS), r"y holds texts such as '\w+', expected numbers: number the classes, with numpy.unique\(y, return_inverse=True\)\[1\]"),
    (lambda: fit(pandas.Series(WORDS)), "y holds texts such as"),
    (lambda: fit(pandas.Series(WORDS).astype("category")), "y holds texts such as"),
    (lambda: fit(polars.Series(WORDS)), "y holds texts such as"),
    (lambda: fit(MONEY, 1, "linear", "mse"), r"y: row 1 says '\$\d.50', expected numbers without marks: remove the marks"),
    (lambda: fit(KIND, x=polars.DataFrame(X).lazy()), r"x is a LazyFrame, which has no rows yet, expected a frame: pass x.collect\(\)"),
    (lambda: fit(KIND, validation_data=X), r"validation_data is of type ndarray, expected \(x, y\)"),
    (lambda: fit(KIND).model.predict(X[0]), r"a single row is x\[None\]"),
    (lambda: keras.utils.to_categorical(WORDS), r"numpy.unique\(x, return_inverse=True\)\[1\]"),
    (lambda: keras.optimizers.Adam(lr=0.1), "Did you mean 'learning_rate'"),
    (lambda: millrace.random.set_seed(1), "use millrace.keras.utils.set_random_seed"),
    (lambda: millrace.constant([1]), "compute with NumPy"),
    (lambda: millrace.data.Dataset, "any iterable of batches"),
    (lambda: keras.losses.MeanSquaredError()(X, X), "losses by themselves are not supported"),
    (lambda: keras.losses.mean_squared_error(X, X), "losses by themselves are not supported: give them to compile"),
    (lambda: fit(KIND, callbacks=[keras.callbacks.EarlyStopping]), r"EarlyStopping is a class, expected an object: EarlyStopping\(\)"),
    (lambda: fit(KIND, callbacks=[keras.callbacks.ModelCheckpoint("{val_acc}.keras")]), "'{val_acc}.keras'.*expected epoch, loss in the braces"),
    (lambda: keras.layers.Conv2D(2, 3)(keras.Input((8, 8))), r"x\[..., None\] adds the channel"),
    (lambda: keras.Model(keras.Input((4,)), fit(KIND).model.layers[0].output), "an inner layer may be one of several outputs"),
    (lambda: fit(pandas.Series(KIND), x=pandas.Series(WORDS)), "x holds texts such as .*pass a data frame to a Sequential without an Input"),
    (lambda: fit("kind", x=pandas.DataFrame(X)), r"y is 'kind', expected an array: of a frame, pass the column frame\['kind'\]"),
    (lambda: keras.backend.set_floatx("float64"), "'float64' is not supported, expected float32: .*leave the line out"),
    (lambda: keras.backend.set_value, "set_value"),
    (lambda: millrace.autograph.set_verbosity(0), "leave the line out"),
    (lambda: fit(KIND).model.predict_classes(X), r"predict_classes is not supported: \(model.predict\(x\) > 0.5\).*argmax"),
    (lambda: fit(KIND).model.fit_generator(X), "fit_generator is not supported: fit"),
    (lambda: keras.layers.Dropout(1.5), "rate is 1.5, expected a number of 0 or more, and less than 1$"),
    (lambda: keras.layers.Dropout(50), "rate is 50, expected .*: 50 percent is 0.5"),
    (lambda: keras.layers.Dropout("0.5"), "rate is '0.5', expected a number"),
    (lambda: keras.layers.ReLU(max_value=1.0), "max_value=1.0 is not supported: pass 6.0"),
    (lambda: keras.layers.InputLayer(), r"no shape, expected either shape, such as \(4,\)"),
    (lambda: fit(KIND, validation_split=0.2, callbacks=[keras.callbacks.EarlyStopping("val_acc")], metrics=["accuracy"]), "Did you mean 'val_accuracy'"),
    (lambda: fit(KIND, callbacks=[keras.callbacks.EarlyStopping("acc")], metrics=["accuracy"]), "Did you mean 'accuracy'"),
    (lambda: fit(KIND, callbacks=[keras.callbacks.EarlyStopping("val_acc")], metrics=["accuracy"]), "val_ needs validation_data"),
    (lambda: fit(KIND).model.load_weights("w.weights.h5", skip_mismatch=True), "^.load_weights. skip_mismatch=True is not supported: leave it out"),
    (lambda: fit(KIND).model.load_weights("w.weights.h5", by_name=True), "^.load_weights. by_name is not supported: leave it out"),
    (lambda: fit(KIND).model.save_weights("w.weights.h5", max_shard_size=1), "^.save_weights. max_shard_size is not supported: leave it out"),
    (lambda: fit(KIND, callbacks=[keras.callbacks.CSVLogger("no/such/folder/log.csv")]), "'no/such/folder/log.csv' cannot be written: .*make the folder"),
    (lambda: fit(KIND, callbacks=[keras.callbacks.TensorBoard("/dev/null/logs")]), r"\[TensorBoard\] '/dev/null/logs/train' cannot be written"),
    (lambda: Classifier(optimizer=None).fit(X, WORDS), "optimizer is None, expected a name such as 'adam'"),
    (lambda: Classifier(optimizer=keras.optimizers.Adam()).fit(X, WORDS), r"optimizer is Adam\(\), expected a name such as 'adam', or {'op': 'adam'"),
    (lambda: Classifier(loss=None).fit(X, WORDS), "loss is None, expected a name"),
    (lambda: Classifier(update=3).fit(X, WORDS), "update is 3, expected None or a dictionary"),
    (lambda: Classifier(layers=None).fit(X, WORDS), "layers is None, expected a list"),
    (lambda: Classifier(class_weight=3).fit(X, WORDS), "class_weight is 3, expected None, 'balanced'"),
    (lambda: to_onnx(GridSearchCV(Classifier(epochs=1), {"batch_size": [16]}, cv=2).fit(X, WORDS), "m.onnx", X), "to_onnx\\(search.best_estimator_, path, X\\)"),
    (lambda: to_onnx(pipeline(), "model", X), "path is 'model', expected a name that ends in .onnx"),
    (lambda: to_onnx(pipeline(), X, "model.onnx"), "path is of type ndarray, expected a name that ends in .onnx"),
    (lambda: to_onnx(pipeline(), "m.onnx", None), "X is None, expected rows as predict"),
    (lambda: to_onnx(pipeline(), "m.onnx", X[:, :2]), r"X has the shape \(60, 2\), expected \(rows, 4\), as fit\(\) had"),
    (lambda: to_onnx(Classifier, "m.onnx", X), "estimator is the class Classifier, expected a fitted object"),
    (lambda: Classifier(epochs=1).fit(scipy.sparse.csr_matrix(X), WORDS), r"X is a sparse csr_matrix.*OneHotEncoder\(sparse_output=False\)"),
    (lambda: to_onnx(make_pipeline(StandardScaler(), Classifier()), "model.onnx", X), "not fitted yet"),
    (lambda: keras.foo, "module 'millrace.keras' has no 'foo'"),
])
def test_an_error_says_what_to_type(call, message):
    with pytest.raises((millrace.MillraceError, AttributeError, TypeError), match=message):
        call()


def test_the_same_columns_in_another_order_are_refused():
    frame = pandas.DataFrame(X, columns=list("abcd"))
    model = fit(KIND, x=frame).model
    with pytest.raises(millrace.UsageError, match=r"x has the columns d, c, b, a, expected the order of the first frame: pass x\[\['a', 'b', 'c', 'd'\]\]"):
        model.predict(frame[list("dcba")], verbose=0)
    np.testing.assert_array_equal(model.predict(frame, verbose=0), model.predict(X, verbose=0))


def test_a_saved_model_knows_the_order_of_the_columns(tmp_path):
    frame = pandas.DataFrame(X, columns=list("abcd"))
    fit(KIND, x=frame).model.save(tmp_path / "model.onnx")
    for again in (keras.models.load_model(tmp_path / "model.onnx") for _ in range(2)):
        expected = again.predict(X, verbose=0)
        np.testing.assert_array_equal(again.predict(frame, verbose=0), expected)
        np.testing.assert_array_equal(again.predict(frame.rename(columns={"a": "e"}), verbose=0), expected)
        with pytest.raises(millrace.UsageError, match=r"expected the order of the first frame: pass x\[\['a', 'b', 'c', 'd'\]\]"):
            again.predict(frame[list("dcba")], verbose=0)


def test_what_keras_has_on_layers_and_rates():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile("adam", "mse")
    assert model.layers[0].kernel.shape == (4, 3) and (model.layers[0].bias.numpy() == 0).all() and keras.__version__ == millrace.__version__
    with pytest.raises(AttributeError, match="gamma"):
        model.layers[0].gamma
    model.optimizer.learning_rate.assign(0.5)
    assert model.optimizer.learning_rate == 0.5 and model.optimizer.learning_rate.numpy() == np.float32(0.5) and model._core.learning_rate == 0.5


def test_an_inner_layer_becomes_an_output_of_the_model_that_is_trained():
    entry = keras.Input((4,))
    inner = keras.layers.Dense(3)(entry)
    model = keras.Model(entry, keras.layers.Dense(1)(inner))
    assert model.layers[1].output is inner and model.layers[0].output is entry
    with pytest.raises(millrace.UnsupportedError, match=r"make it an output of the model that is trained: Model\(inputs, \[inner, output\]\)"):
        keras.Model(model.input, model.layers[1].output)


def test_batches_of_a_class_of_keras():
    class Batches(keras.utils.Sequence):
        ended = 0

        def __len__(self):
            return 3

        def __getitem__(self, i):
            return X[20 * i:20 * i + 20], KIND[20 * i:20 * i + 20]

        def on_epoch_end(self):
            self.ended += 1

    batches = Batches(workers=4)
    assert len(fit(None, x=batches, epochs=2).epoch) == 2 and batches.ended == 2 and batches.num_batches == 3
    with pytest.raises(NotImplementedError, match="PyDataset has no __len__"):
        fit(None, x=keras.utils.PyDataset())


def test_the_history_of_a_run_that_was_interrupted():
    class Interrupts(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, KIND, epochs=5, verbose=0, callbacks=[Interrupts()])
    assert len(model.history.history["loss"]) == 2


# --- text that is numbers with marks, and columns without a name
def test_texts_with_marks_are_noted_in_tables():
    frame = pandas.DataFrame({"price": [f"1,{kind}34" for kind in KIND], "share": [f"{kind}%" for kind in KIND], "word": WORDS})
    obstacles = {each["name"]: each["obstacles"] for each in millrace.Table(frame.assign(money=MONEY), target="money").describe()}
    for name, cell in (("price", frame["price"][0]), ("share", frame["share"][0]), ("money", MONEY[0])):
        assert obstacles[name] == [f"row 1 says '{cell}', expected numbers without marks: remove the marks from the texts and make them numbers"]
    assert obstacles["word"] == []
    with pytest.warns(UserWarning, match=r"\[Classifier\] y: row 1 says '\$\d.50', expected numbers without marks"):
        Classifier(epochs=1).fit(X, MONEY)


def test_a_fit_warns_of_what_stands_in_the_way():
    frame = pandas.DataFrame({"Unnamed: 0": range(60), "price": [f"1,{kind}34" for kind in KIND], "size": X[:, 0]})
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.warns(millrace.DataWarning) as caught:
        model.fit(frame, KIND, verbose=0)
    text = " ".join(str(each.message) for each in caught)
    assert "column 'Unnamed: 0' is left out: a column without a name of its own" in text and "column 'price': row 1 says" in text
    assert [each["name"] for each in model._core.table_columns()] == ["price", "size"]
    np.testing.assert_array_equal(model.predict(frame, verbose=0), model.predict(frame.drop(columns="Unnamed: 0"), verbose=0))


def test_texts_are_read_as_what_the_model_was_trained_with():
    frame = pandas.DataFrame({"age": X[:, 0], "since": pandas.date_range("2020-01-01", periods=60), "member": KIND > 0, "word": WORDS})
    texts = frame.assign(age=[repr(float(each)) for each in frame["age"]], since=frame["since"].astype(str), member=["yes" if each else "no" for each in frame["member"]])
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(frame, KIND, verbose=0)
    for each in (texts, polars.DataFrame(texts.to_dict("list")), texts.to_dict("list")):
        np.testing.assert_array_equal(model.predict(each, verbose=0), model.predict(frame, verbose=0))
    np.testing.assert_array_equal(model._core.predict(texts), model._core.predict(frame))
    with pytest.raises(millrace.DataError, match="column 'age': 'old' is not a number"):
        model.predict(frame.assign(age="old"), verbose=0)


def test_a_column_that_pandas_named_is_found_again():
    frame = pandas.DataFrame({"Unnamed: 0": X[:, 0], "word": WORDS})
    model = keras.Sequential([keras.layers.Columns(kinds={"Unnamed: 0": "number"}), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(frame, KIND, verbose=0)
    assert [each["name"] for each in model._core.table_columns()] == ["Unnamed: 0", "word"] and model.predict(frame, verbose=0).shape == (60, 1)


def test_a_frame_without_a_column_of_the_model_is_refused():
    frame = pandas.DataFrame({"size": X[:, 0], "word": WORDS})
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(frame, KIND, verbose=0)
    renamed = frame.rename(columns={"size": "sizes"})
    for each in (renamed, polars.DataFrame(renamed.to_dict("list")), renamed.to_dict("list"), millrace.Table(renamed)):
        with pytest.raises(millrace.UsageError, match=r"\[predict\] x has no column 'size', expected the columns size, word. Did you mean 'sizes'"):
            model.predict(each, verbose=0)


def test_a_column_is_noted_once():
    frame = pandas.DataFrame({"name": [f"user {i}" for i in range(60)], "size": X[:, 0], "word": WORDS})
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.warns(millrace.DataWarning) as caught:
        model.fit(frame, KIND, verbose=2)
    assert ["column 'name'" in str(each.message) for each in caught] == [True]


@pytest.mark.parametrize("frame", [pandas.DataFrame({"": range(60), "word": WORDS}), polars.DataFrame({"": range(60), "word": WORDS})], ids=["pandas", "polars"])
def test_a_column_without_a_name_is_not_read(frame):
    assert millrace.Table(frame).names == ["word"]


def test_a_column_that_pandas_named_is_read_with_a_kind():
    frame = pandas.DataFrame({"Unnamed: 0": range(60), "word": WORDS})
    assert millrace.Table(frame).columns[0]["kind"] == "ignore"
    assert millrace.Table(frame, kinds={"Unnamed: 0": "number"}).columns[0]["kind"] == "number"
    assert millrace.Table(frame, target="Unnamed: 0").columns[0]["kind"] == "number"


def test_a_frame_of_numbers_with_such_a_column_is_warned_of():
    frame = pandas.DataFrame(X, columns=["Unnamed: 0", "a", "b", "c"])
    with pytest.warns(UserWarning, match=r"x has a column 'Unnamed: 0', which probably counts the rows.*index_col=0"):
        fit(KIND, x=frame)


def test_missing_labels_and_unknown_classes_are_refused():
    labels = WORDS.astype(object)
    labels[3] = None
    with pytest.raises(ValueError, match=r"y is missing in 1 row, expected a label in each: .* y.notna\(\)"):
        Classifier(epochs=1).fit(X, labels)
    with pytest.raises(millrace.UsageError, match="class_weight has the class 'rde', expected classes of y: 'blue', 'green', 'red'"):
        Classifier(epochs=1, class_weight={"rde": 2.0}).fit(X, WORDS)


def test_words_of_keras_that_mean_something_here():
    keras.Sequential([keras.layers.InputLayer(input_shape=(4,)), keras.layers.Dense(1)]).predict(X, verbose=0)
    capped = keras.Sequential([keras.Input((4,)), keras.layers.ReLU(max_value=6.0)])
    np.testing.assert_allclose(capped.predict(10 * X, verbose=0), np.clip(10 * X, 0, 6))
    np.testing.assert_allclose(keras.Sequential([keras.Input((4,)), keras.layers.Activation("relu6")]).predict(10 * X, verbose=0), np.clip(10 * X, 0, 6))
    assert keras.Sequential.from_config(capped.get_config()).layers[0].max_value == 6.0


def test_stray_cells_of_a_file_are_missing_as_in_training(tmp_path):
    rows = "".join(f"{'2100 - 2850' if i == 7 else i * 3},{i % 2}\n" for i in range(60))
    (tmp_path / "flats.csv").write_text("total_sqft,y\n" + rows)
    said = "column 'total_sqft': 1 cell is taken for missing, the first in line 9: '2100 - 2850' is not a number, expected one"
    for kinds in (None, {"total_sqft": "number"}):
        table = millrace.read_table(tmp_path / "flats.csv", "y", kinds=kinds)
        assert (table.columns[0]["kind"], table.columns[0]["missing"]) == ("number", 1)
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", "mse")
        with pytest.warns(millrace.DataWarning) as caught:
            model.fit(table, verbose=0)
        assert any(said in str(each.message) for each in caught)
    with pytest.raises(millrace.DataError, match="is not a boolean"):
        millrace.read_table(tmp_path / "flats.csv", kinds={"total_sqft": "boolean"})


def test_errors_of_the_engine_name_keywords():
    table = millrace.Table({"x": ["1,5", "2,5", "3,5"] * 20, "y": list(range(60))}, target="y")
    model = keras.Sequential([keras.layers.Columns(kinds={"x": "number"}), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.raises(millrace.MillraceError) as caught:
        model.fit({"x": ["1,5", "2,5", "3,5"] * 20}, list(range(60)), verbose=0)
    assert "--" not in str(caught.value), table


@pytest.mark.parametrize("text, keywords", [
    ("a\tb\n1\t2\n", r"(delimiter='\t')"), ("Sales\na;b\n1,5;2\n2,5;3\n", "(skip_lines=1, delimiter=';')")])
def test_keywords_in_messages_can_be_typed(tmp_path, text, keywords):
    (tmp_path / "rows.csv").write_text(text)
    with pytest.raises(millrace.MillraceError) as caught:
        millrace.read_table(tmp_path / "rows.csv", "y")
    assert keywords in str(caught.value)
    options = eval(f"dict{keywords}")
    assert millrace.read_table(tmp_path / "rows.csv", **options).names == ["a", "b"]
