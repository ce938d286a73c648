# SPDX-License-Identifier: Apache-2.0
"""The ONNX file of a table's model takes raw cells: ONNX Runtime gives what `predict` gives, also for cells that are
missing, categories never seen in training, and extreme numbers."""
import datetime
import json
import random
import unittest

import numpy
import onnx
from program import ProgramTest, read_table, session, write_table

SCORES = 1e-5
CITIES = ["Rome", "Oslo", "Lima", "São Paulo", "Kiel", "Nice, Provence", "Bonn", "Graz", "Cork", "Lyon", "Gent", "Brno"]
HEADER = ["age", "city", "member", "since", "plan", "income", "tier", "grade", "price"]
ODD = {"age": ["1e30", "-1e30", "0", "1e-30"], "city": ["Atlantis", "rome", "É"], "plan": ["999", "-7", "123456"],
       "since": ["1900-01-01 00:00:01", "2999-12-31 23:59:59"], "income": ["0", "-5", "1e20"]}


def people(rows, seed, odd=0.0):
    """Rows of a table with a column of every kind; `odd`: the share of cells that training does not have."""
    draw = random.Random(seed)
    table = []
    for _ in range(rows):
        age, city, plan, member = draw.uniform(20, 80), draw.choice(CITIES), draw.randrange(40), draw.random() < 0.5
        since = datetime.datetime(2010, 1, 1) + datetime.timedelta(seconds=draw.randrange(10 * 365 * 86400))
        cells = dict(age=f"{age:.3f}", city=city, member=draw.choice(["yes", "Yes"] if member else ["no", "NO"]),
                     since=since.strftime("%Y-%m-%d %H:%M:%S"), plan=str(plan), income=f"{10 ** draw.uniform(2, 6):.2f}")
        for name in cells:
            if draw.random() < 0.08:
                cells[name] = ""
            elif name in ODD and draw.random() < odd:
                cells[name] = draw.choice(ODD[name])
        tier = "gold" if age > 50 or plan > 30 else "silver" if city in CITIES[:4] else "bronze"
        table.append([*cells.values(), tier, 5 if age > 45 else -2, round(2e5 + 3000 * age + 5e4 * member, 1)])
    return table


def seconds(cell):
    return (datetime.datetime.strptime(cell, "%Y-%m-%d %H:%M:%S") - datetime.datetime(1970, 1, 1)).total_seconds()


# Cells as the inputs of each type take them.
CONVERT = {
    "tensor(float)": lambda cells: numpy.array([[float(c) if c else numpy.nan] for c in cells], dtype=numpy.float32),
    "tensor(double)": lambda cells: numpy.array([[seconds(c) if c else numpy.nan] for c in cells]),
    "tensor(string)": lambda cells: numpy.array([[c] for c in cells], dtype=object),
}


class TableOnnx(ProgramTest):
    def check(self, target, *words):
        train, rows = self.folder / "train.csv", self.folder / "rows.csv"
        write_table(train, HEADER, people(800, 1))
        write_table(rows, HEADER, people(1000, 2, odd=0.1))
        targets = [name for name in ("tier", "grade", "price") if name != target]
        self.train("--data", train, "--target", target, "--ignore", ",".join(targets), "--epochs", 5, "--seed", 1, *words)
        onnx.checker.check_model(onnx.load(self.model), full_check=True)
        scores, answers = self.predict(rows)
        header, cells = read_table(rows)
        model = session(self.model)
        feeds = {}
        for value in model.get_inputs():
            column = header.index(value.name)
            feeds[value.name] = CONVERT[value.type]([row[column] for row in cells])
        found = model.run(None, feeds)
        # A number in its own unit is rounded as its largest term is, however near to 0 the sum comes.
        size = numpy.maximum(max(1, numpy.median(numpy.abs(scores))), numpy.abs(scores).max(axis=1, keepdims=True))
        self.assertLessEqual((numpy.abs(found[0].reshape(scores.shape) - scores) / size).max(), SCORES)
        return found[1:], answers, model

    def test_gives_the_scores_and_labels_of_predict(self):
        for words in ((), ("--scale", "quantile"), ("--scale", "log1p"), ("--encode", "onehot"), ("--encode", "embedding"),
                      ("--encode", "ordinal"), ("--encode", "hash")):
            with self.subTest(words=words):
                labels, answers, _ = self.check("tier", *words)
                self.assertEqual(list(labels[0]), answers)

    def test_gives_whole_numbers_as_labels_of_whole_numbers(self):
        labels, answers, model = self.check("grade")
        self.assertEqual(model.get_outputs()[1].type, "tensor(int64)")
        self.assertEqual([str(label) for label in labels[0]], answers)

    def test_gives_numbers_in_their_own_unit(self):
        labels, _, _ = self.check("price")
        self.assertEqual(labels, [])

    def test_keeps_small_numbers_that_log1p_scales(self):
        """In fp32, 1 + x is 1 for these numbers: the network would see a column of zeros."""
        draw, table = random.Random(3), self.folder / "small.csv"
        doses = [10 ** draw.uniform(-12, -8) for _ in range(400)]
        write_table(table, ["dose", "effect"], [[dose, 3 * dose + 2e-9] for dose in doses])
        self.train("--data", table, "--target", "effect", "--scale", "log1p", "--scale-target", "log1p", "--layers", "1:linear",
                   "--learning-rate", 0.05, "--epochs", 60, "--seed", 1)
        scores, _ = self.predict(table)
        found = session(self.model).run(None, {"dose": numpy.array(doses, dtype=numpy.float32).reshape(-1, 1)})[0]
        wanted = 3 * numpy.array(doses).reshape(-1, 1) + 2e-9
        for name, got in (("predict", scores), ("ONNX Runtime", found)):
            with self.subTest(name):
                self.assertLess(numpy.abs(got - wanted).max() / wanted.std(), 0.05)
        self.assertLess(numpy.abs(found - scores).max() / scores.std(), SCORES)

    def test_names_its_outputs_in_the_metadata(self):
        _, _, model = self.check("tier")
        metadata = model.get_modelmeta().custom_metadata_map
        self.assertEqual(json.loads(metadata["millrace.outputs"]), {"scores": "output", "label": "label"})


if __name__ == "__main__":
    unittest.main()
