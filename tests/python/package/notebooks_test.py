# SPDX-License-Identifier: Apache-2.0
"""Runs the notebooks in examples/notebooks, cell by cell in a kernel, and looks at what they show."""

import json
import pathlib

import nbclient
import nbformat

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "examples/notebooks"


def executed(name):
    """{number of the cell: its last result as {type: text}}; raises CellExecutionError for an error in a cell."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}).execute()
    cells = [each for each in notebook.cells if each.cell_type == "code"]
    return [next((dict(output.data) for output in reversed(cell.outputs) if output.output_type == "execute_result"), None) for cell in cells]


def value(result):
    return eval(result["text/plain"], {"np": __import__("numpy"), "array": __import__("numpy").array, "float32": "float32"})


def test_every_notebook_is_tested_and_saved_without_results():
    assert sorted(each.stem for each in FOLDER.glob("*.ipynb")) == ["from_keras", "from_pandas", "from_scikit_learn"]
    for path in FOLDER.glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not cell.get("outputs") and cell.get("execution_count") is None, path.name


def test_from_keras():
    results = executed("from_keras")
    assert value(results[1]) > 0.95
    for result, words in ((results[2], "dense"), (results[3], "loss"), (results[4], "<td")):
        assert words in result["text/html"]
    assert value(results[5])[1] > 0.95 and value(results[6]) is True


def test_from_scikit_learn():
    results = executed("from_scikit_learn")
    assert value(results[0]) > 0.93 and value(results[1])[1] > 0.93 and value(results[2]) > 0.93 and value(results[3]) is True


def test_from_pandas():
    results = executed("from_pandas")
    assert "quarter" in results[0]["text/html"] and "category" in results[1]["text/html"]
    assert value(results[2]) > 0.8 and value(results[3])[1] > 0.8
    scores = value(results[4])
    assert scores.shape == (2, 1) and ((scores >= 0) & (scores <= 1)).all()
