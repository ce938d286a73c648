# SPDX-License-Identifier: Apache-2.0
"""Compares `--semantics sklearn` with scikit-learn, from the same weights: when training ends by tol, and the loss that lbfgs
reaches. Single steps of sgd and adam are in tests/golden."""
import pathlib
import unittest
import warnings

import numpy
from program import DATA, ProgramTest, read_table, write_table
from safetensors.numpy import load_file
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

ALPHA = 1e-4  # scikit-learn's default, and that of sklearn semantics


class NextToSklearn(ProgramTest):
    def setUp(self):
        super().setUp()
        warnings.simplefilter("ignore", ConvergenceWarning)  # the warning that max_iter was reached

    def table(self, name, target):
        """Features standardised as the program does it, and the classes."""
        header, rows = read_table(DATA / f"{name}.csv")
        at = header.index(target)
        y = numpy.array([row[at] for row in rows])
        x = numpy.array([[float(v) for i, v in enumerate(row) if i != at] for row in rows])
        return StandardScaler().fit_transform(x), y

    def ours(self, name, target, layers, loss, *words):
        """history.csv as columns, of a run that starts from fresh weights; and these weights, layer by layer, in float64.
        `name`: an example table, or the path of another one."""
        path = name if isinstance(name, pathlib.Path) else DATA / f"{name}.csv"
        start = ["--data", path, "--target", target, "--layers", layers, "--loss", loss, "--semantics", "sklearn",
                 "--seed", 3]
        self.train(*start, *words, "--epochs", 0)
        tensors = load_file(self.folder / "model" / "checkpoint.safetensors")
        count = len(layers.split(","))
        weights = [(tensors[f"dense_{i}/kernel"].astype(float), tensors[f"dense_{i}/bias"].astype(float))
                   for i in range(1, count + 1)]
        report = self.train(*start, "--shuffle", "false", *words)
        header, rows = read_table(self.folder / "model" / "history.csv")
        return report, {name: numpy.array([float(row[i]) for row in rows]) for i, name in enumerate(header)}, weights

    def theirs(self, kind, weights, hidden, **options):
        model = kind(hidden_layer_sizes=hidden, shuffle=False, alpha=ALPHA, random_state=1, **options)
        pairs = iter([(kernel.copy(), bias.copy()) for kernel, bias in weights])
        model._init_coef = lambda fan_in, fan_out, dtype: next(pairs)  # millrace's weights instead of random ones
        return model

    def test_training_ends_by_tol_in_the_same_epoch(self):
        x, y = self.table("breast_cancer", "diagnosis")
        for solver, rate in (("sgd", 0.05), ("adam", 0.02)):
            with self.subTest(solver=solver):
                report, history, weights = self.ours(
                    "breast_cancer", "diagnosis", "8:tanh,1:sigmoid", "binary_crossentropy",
                    "--optimizer", solver, "--learning-rate", rate, "--early-stopping.min-delta", 1e-3)
                model = self.theirs(MLPClassifier, weights, (8,), activation="tanh", solver=solver,
                                    learning_rate_init=rate, tol=1e-3).fit(x, y)
                print(f"{solver}: {model.n_iter_} epochs, ours {len(history['loss'])}; {report['stopped']}")
                self.assertLess(model.n_iter_, 200, "else nothing is shown")
                self.assertEqual(len(history["loss"]), model.n_iter_)
                self.assertLess(numpy.max(numpy.abs(history["loss"] / model.loss_curve_ - 1)), 1e-3)

    def test_adaptive_divides_the_rate_in_the_same_epochs(self):
        x, y = self.table("breast_cancer", "diagnosis")
        report, history, weights = self.ours(
            "breast_cancer", "diagnosis", "8:tanh,1:sigmoid", "binary_crossentropy", "--optimizer", "sgd", "--learning-rate",
            0.05, "--early-stopping.min-delta", 3e-3, "--early-stopping.patience", 1, "--early-stopping.adaptive", "true")
        model = self.theirs(MLPClassifier, weights, (8,), activation="tanh", solver="sgd", learning_rate_init=0.05, tol=3e-3,
                            learning_rate="adaptive", n_iter_no_change=1).fit(x, y)
        print(f"adaptive: {model.n_iter_} epochs, ours {len(history['loss'])}; {report['stopped']}")
        self.assertLess(model.n_iter_, 200, "else nothing is shown")
        self.assertEqual(len(history["loss"]), model.n_iter_)
        self.assertIn("at a learning rate of at most 1e-06", report["stopped"])
        self.assertLess(numpy.max(numpy.abs(history["loss"] / model.loss_curve_ - 1)), 1e-3)
        self.assertAlmostEqual(history["learning_rate"][-1] / model._optimizer.learning_rate, 1, delta=1e-9)

    def test_without_a_flag_it_is_200_epochs_at_most_in_batches_of_200(self):
        report, history, weights = self.ours("breast_cancer", "diagnosis", "4:tanh,1:sigmoid", "binary_crossentropy")
        x, y = self.table("breast_cancer", "diagnosis")
        model = self.theirs(MLPClassifier, weights, (4,), activation="tanh").fit(x, y)
        self.assertEqual(len(history["loss"]), model.n_iter_)
        self.assertEqual(report["steps"], model.n_iter_ * 3, "569 rows")
        off = self.ours("breast_cancer", "diagnosis", "4:tanh,1:sigmoid", "binary_crossentropy", "--early-stopping=false",
                        "--learning-rate", 0)[1]
        self.assertEqual(len(off["loss"]), 200)

    def test_early_stopping_watches_a_score_of_a_tenth(self):
        report, history, _ = self.ours("breast_cancer", "diagnosis", "8:tanh,1:sigmoid", "binary_crossentropy",
                                       "--early-stopping", "--learning-rate", 0.02)
        self.assertIn("val_accuracy did not improve by 1e-04", report["stopped"])
        scores, best, count = history["val_accuracy"], -1.0, 0
        for epoch, score in enumerate(scores, 1):  # MLPClassifier._update_no_improvement_count
            count = count + 1 if score < best + 1e-4 else 0
            best = max(best, score)
            if count > 10:
                break
        self.assertEqual(epoch, len(scores))
        self.assertEqual(report["validation"]["accuracy"], best)

    def made(self, seed, columns, outputs):
        """Standard-normal rows, and targets that depend on them."""
        random = numpy.random.default_rng(seed)
        x = random.normal(size=(60, columns)).astype(numpy.float32)
        return random, x, x @ random.normal(size=(columns, outputs)) + 0.5 * random.normal(size=(60, outputs))

    def test_weighted_rows_end_by_tol_in_the_same_epoch(self):
        for seed in range(8):
            random, x, y = self.made(seed, 3, 1)
            y, weight = y.astype(numpy.float32), random.uniform(0.1, 3, (60, 1)).astype(numpy.float32)
            table = self.folder / "weighted.csv"
            write_table(table, ["a", "b", "c", "y", "weight"], numpy.hstack([x, y, weight]))
            _, history, weights = self.ours(
                table, "y", "6:tanh,1", "mse", "--sample-weight", "weight", "--scale", "none", "--scale-target",
                "none", "--optimizer", "sgd",
                "--learning-rate", 0.05, "--batch", 16, "--early-stopping.patience", 2, "--early-stopping.min-delta", 3e-3)
            model = self.theirs(MLPRegressor, weights, (6,), activation="tanh", solver="sgd", learning_rate_init=0.05,
                                batch_size=16, n_iter_no_change=2, tol=3e-3)
            model.fit(x.astype(float), y[:, 0].astype(float), sample_weight=weight[:, 0].astype(float))
            self.assertEqual(len(history["loss"]), model.n_iter_)
            self.assertLess(numpy.max(numpy.abs(history["loss"] / model.loss_curve_ - 1)), 1e-4)

    def test_several_labels_are_right_together(self):
        random, x, y = self.made(1, 4, 3)
        labels = (y > 0).astype(numpy.float32)
        numpy.save(self.folder / "x.npy", x)
        numpy.save(self.folder / "y.npy", labels)
        _, history, _ = self.ours(
            self.folder / "x.npy", self.folder / "y.npy", "6:tanh,3:sigmoid", "binary_crossentropy", "--epochs", 20,
            "--early-stopping", "--early-stopping.patience", 3, "--learning-rate", 0.02, "--split", "last", "--validation", 0.3)
        # Predictions of the model of the best epoch, with which the run ends.
        scores, last = self.predict(self.folder / "x.npy")
        scores = numpy.column_stack([scores, numpy.array(last, dtype=float)])  # there is no column "prediction"
        right = accuracy_score(labels[-18:], scores[-18:] > 0.5)
        self.assertAlmostEqual(numpy.max(history["val_subset_accuracy"]), right, delta=1e-9)

    def test_lbfgs_gets_as_low(self):
        for name, target, layers, loss, hidden in (
                ("breast_cancer", "diagnosis", "16:tanh,1:sigmoid", "binary_crossentropy", (16,)),
                ("digits", "digit", "32:relu,10:softmax", "sparse_categorical_crossentropy", (32,))):
            with self.subTest(table=name):
                report, history, weights = self.ours(name, target, layers, loss, "--optimizer", "lbfgs", "--epochs", 25,
                                                     "--train-evaluation")
                x, y = self.table(name, target)
                for epochs in (1, 5, 10, 15):
                    model = self.theirs(MLPClassifier, weights, hidden, solver="lbfgs", max_iter=epochs,
                                        activation=layers.split(",")[0].split(":")[1]).fit(x, y)
                    print(f"{name}: {history['train_loss'][epochs - 1]:.3g} after {epochs} iterations, "
                          f"scikit-learn {model.loss_:.3g}")
                    # The same start and first direction; then the curves differ, because the line searches do.
                    self.assertLessEqual(history["train_loss"][epochs - 1], 1.1 * model.loss_)
                self.assertAlmostEqual(history["loss"][0], self.first_loss(model, weights, x, y), delta=1e-4)
                self.assertIn("the largest gradient is", report["stopped"])

    def first_loss(self, model, weights, x, y):
        model = self.theirs(MLPClassifier, weights, model.hidden_layer_sizes, solver="sgd", activation=model.activation,
                            learning_rate_init=1e-9, max_iter=1, batch_size=len(y)).fit(x, y)
        return model.loss_


if __name__ == "__main__":
    unittest.main()
