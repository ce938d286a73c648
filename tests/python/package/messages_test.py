# SPDX-License-Identifier: Apache-2.0
"""Messages of the engine that name flags of the program: all of them, read from its sources, in Python's words."""

import inspect
import pathlib
import re

import pytest

import millrace
from millrace import keras
from millrace._words import in_python
from millrace.sklearn import Classifier

ROOT = pathlib.Path(__file__).parents[3]
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
CALLS = (millrace.read_table, millrace.read_csv, millrace.Table.__init__, keras.Sequential.fit, keras.Sequential.compile, Classifier.__init__)
KEYWORDS = {name for call in CALLS for name in inspect.signature(call).parameters} | {"resume", "kernels", "gemm", "pace", "activation"}  # Model, Dense


def messages():
    """Each text of a source that names a flag. A 7 stands for what the source appends to a text that ends in a blank or comma."""
    for folder in ("src", "export", "python/binding"):
        for path in sorted((ROOT / folder).rglob("*.cpp")):
            if not path.is_relative_to(ROOT / "src/cli"):
                source = re.sub(r'"\s*\n\s*"', "", re.sub(r"^\s*//.*", "", path.read_text(), flags=re.MULTILINE))
                yield from (text + ("7" if text.endswith((" ", ",")) else "") for text in TEXT.findall(source) if FLAG.search(text))


@pytest.mark.parametrize("text", sorted(set(messages())))
def test_no_message_names_a_flag(text):
    said = in_python(text.replace('\\"', '"'))
    assert set(FLAG.findall(said)) <= {"--csv", "--mpi"}, "those of psql and srun"
    assert set(re.findall(r"\b([a-z_]+)=(?!pmix)", said)) - {"from_logits"} <= KEYWORDS


def test_there_are_such_messages():
    assert len(set(messages())) > 30


@pytest.mark.parametrize("text, said", [
    ("or --decimal ',' --thousands . --percent --currency", "or decimal=',', thousands='.', percent=True, currency=True"),
    ("a last layer: --layers 64:relu,3:softmax --loss sparse_categorical_crossentropy", "a last layer: Dense(3, activation='softmax'), loss='sparse_categorical_crossentropy'"),
    ("another library: --gemm openblas, or --kernels portable", "another library: gemm='openblas', or kernels='portable'"),
    ("every host, or --alone if each process is", "every host, or fit() without cluster=... if each process is"),
    ("from a tenth of the rate: --schedule.warmup-start 0.1", "from a tenth of the rate: pace={'warmup_start': 0.1}"),
    ("features only: --features a,b,c", "features only: features=['a', 'b', 'c']"), ("began with others (--init)", "began with others"),
    ("another --encoding", "another encoding=..."), ("(--ignore)", "(ignore=[...])"), ("(--no-header); if", "(header=False); if"),
    ("xz -dc FILE | millrace ... --data -", "xz -dc FILE > table.csv"),
    ("column '--currency' of /a/--data/x.csv", "column '--currency' of /a/--data/x.csv")])
def test_flags_become_keywords_and_quoted_cells_stay(text, said):
    assert in_python(text) == said
