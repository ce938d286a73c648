# SPDX-License-Identifier: Apache-2.0
"""Tables and files in Python's words: the engine's Table with the name of its target, and arguments that name keywords."""

import contextlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, overload

from millrace import _core
from millrace._paths import path_of
from millrace._words import in_python, nearest
from millrace.errors import ArgumentError, DataError, UsageError

# Keywords of pandas, Polars and NumPy, and what to type here.
_ELSEWHERE = {"sep": "delimiter=';'", "separator": "delimiter=';'", "usecols": "ignore=[...], with the names of the other columns",
              "columns": "ignore=[...], with the names of the other columns", "nrows": "all rows, and then select_rows(table, range(n))",
              "n_rows": "all rows, and then select_rows(table, range(n))", "skiprows": "skip_lines=1", "skip_rows": "skip_lines=1",
              "skip_header": "skip_lines=1", "skipfooter": "skip_footer=1", "na_values": "missing_marks=['unknown']",
              "null_values": "missing_marks=['unknown']", "keep_default_na": "missing_marks=['only', ...], which are the only ones then", "dtype": "kinds={'zip': 'category'}", "dtypes": "kinds={'zip': 'category'}",
              "schema": "kinds={'zip': 'category'}", "parse_dates": "kinds={'day': 'date'}; dates are found without it",
              "dayfirst": "date_order='day_first'", "index_col": "ignore=[...], with its name", "has_header": "header=False",
              "names": "header=False, which names columns by their place", "y": "target='y'", "label": "target='y'", "quotechar": "nothing: quotes are read",
              "engine": "nothing", "low_memory": "nothing", "compression": "nothing: gzip, zstd and zip are recognised"}
_TEXT, _YES, _COUNT = (str, "a text"), (bool, "True or False"), (int, "a whole number of 0 or more")
_TYPES = {"delimiter": _TEXT, "comment": _TEXT, "encoding": _TEXT, "decimal": _TEXT, "thousands": _TEXT, "date_order": _TEXT, "weight": _TEXT, "header": _YES,
          "percent": _YES, "currency": _YES, "skip_lines": _COUNT, "skip_footer": _COUNT}


@contextlib.contextmanager
def texts_in_utf8():
    """Raises DataError for bytes that are no text of Python's."""
    try:
        yield
    except UnicodeDecodeError:
        raise DataError("[read_table] the text is not UTF-8, expected UTF-8, or its encoding by name: encoding='latin1', 'windows-1252' or another") from None


class Table(_core.Table):
    __doc__ = _core.Table.__doc__

    target: str  # the name of the column that is to be predicted, or ""
    weight: str  # the name of the column of row weights, or ""

    def __init__(self, columns: Any, *, target: Any = "", weight: Any = "", ignore: Iterable = (), kinds: Any = None, **more: Any):
        """weight: the column of row weights, which fit(), evaluate(), score() and validation_data take if no sample_weight is given; it is not a feature.
        See docs/python.md. Raises UsageError, DataError."""
        _refuse_unknown("Table", more, ("columns", "target", "weight", "ignore", "kinds"))
        if isinstance(columns, _core.Table) and (target or weight or list(ignore) or kinds):
            raise UsageError("[Table] target, weight, ignore or kinds beside a Table, expected them where that is made, or the frame that it was made of")
        super().__init__(columns, target=str(target or ""), ignore=_names("Table", "ignore", ignore), kinds=_kinds_with_weight(kinds, weight))
        self.target = str(target or "") or target_name(columns)
        self.weight = _checked_weight("Table", self.target, weight) or weight_name(columns)

    @classmethod
    def of(cls, table: _core.Table, target: str, weight: str = "") -> "Table":
        made = cls(table)
        made.target = target
        made.weight = weight
        return made

    @property
    def columns(self) -> list:
        """The columns in order, each a dictionary: name, kind, missing (a count), levels, obstacles (what keeps it from being of use), marks (of a target:
        how many cells say NA, None or the like, and are missing)."""
        with texts_in_utf8():
            return [{**each, "obstacles": list(map(in_python, each["obstacles"]))} for each in super().columns]

    def describe(self) -> list:
        """One dictionary for each column: name, kind, missing, distinct, least, most, examples (of a category: the most frequent levels), obstacles."""
        with texts_in_utf8():
            return [{**each, "obstacles": list(map(in_python, each["obstacles"]))} for each in super().describe()]


def target_name(value: Any) -> str:
    """The name of a Table's target; "" of a Table without one, and of anything else."""
    return getattr(value, "target", "") if isinstance(value, _core.Table) else ""


def weight_name(value: Any) -> str:
    """The name of a Table's column of row weights; "" of a Table without one, and of anything else."""
    return getattr(value, "weight", "") if isinstance(value, _core.Table) else ""


def feature_names(table: Any) -> list:
    """The names of a table's columns, without those of its target and its row weights."""
    others = (target_name(table), weight_name(table))
    return [name for name in table.names if name not in others]


def weights_of(who: str, table: Any, sample_weight: Any) -> Any:
    """sample_weight, or the row weights of a Table, or None. Raises UsageError if both are given."""
    name = weight_name(table)
    if not name:
        return sample_weight
    if sample_weight is not None:
        raise UsageError(f"[{who}] both sample_weight and the column '{name}' of the Table weigh rows, expected one of them")
    return table.numbers(name)


def read_table(path: Any, target: Any = "", *, weight: str = "", ignore: Iterable = (), kinds: Any = None, delimiter: str = "", header: bool = True, comment: str = "",
               encoding: str = "", decimal: str = ".", thousands: str = "", percent: bool = False, currency: bool = False, skip_lines: int = 0,
               skip_footer: int = 0, missing_marks: Sequence[str] = (), date_order: str = "", classes: Sequence[str] = (), **more: Any) -> Table:
    """Reads a CSV file, a pattern of files or a list of them into a Table, and infers what each column is from all of its cells, as `millrace train`
    does: up to a tenth of the cells of a column of numbers or dates may be something else, and are missing, which fit() notes. The options are those of the
    program and of Table. weight: the column of row weights, as for Table. classes: of the target; a text such as None, which usually stands for a missing
    value, is a class if it is among them. Raises DataError, UsageError."""
    options: dict[str, Any] = {"delimiter": delimiter, "header": header, "comment": comment, "encoding": encoding, "decimal": decimal, "thousands": thousands, "percent": percent,
               "currency": currency, "skip_lines": skip_lines, "skip_footer": skip_footer, "date_order": date_order}
    _refuse_unknown("read_table", more, ("path", "target", "weight", "ignore", "kinds", *options, "missing_marks", "classes"))
    _check_types("read_table", {**options, "weight": weight})
    options["delimiter"] = {r"\s+": "blanks", " +": "blanks"}.get(delimiter, delimiter)
    table = _core.read_table(_path("read_table", path), str(target or ""), ignore=_names("read_table", "ignore", ignore), kinds=_kinds_with_weight(kinds, weight),
                             missing_marks=_names("read_table", "missing_marks", missing_marks), classes=_names("read_table", "classes", classes), **options)
    return Table.of(table, str(target or ""), _checked_weight("read_table", str(target or ""), weight))


def read_csv(path: Any, target: Any = (), *, features: Iterable = (), classes: Iterable = (), ignore: Iterable = (), weight: str = "", delimiter: str = "",
             **more: Any) -> _core.Dataset:
    """Reads a CSV file of numbers with a header line into a Dataset. target: a name or several; features, ignore: names of columns; weight: the column of
    row weights; classes: the classes of a text target in index order, default: those of the file. Raises DataError with file, line and column for a cell
    that is no finite number; read_table() reads every kind of cell."""
    _refuse_unknown("read_csv", more, ("path", "target", "features", "classes", "ignore", "weight", "delimiter"))
    _check_types("read_csv", {"weight": weight, "delimiter": delimiter})
    names = {name: _names("read_csv", name, value) for name, value in (("features", features), ("classes", classes), ("ignore", ignore))}
    return _core.read_csv(_path("read_csv", path), [target] if isinstance(target, str) and target else _names("read_csv", "target", target or ()),
                          weight=weight, delimiter=delimiter, **names)


@overload
def select_rows(data: _core.Table, rows: Any) -> Table: ...


@overload
def select_rows(data: _core.Dataset, rows: Any) -> _core.Dataset: ...


def select_rows(data, rows):
    """These rows of a Table, copied, or of a Dataset, whose memory is shared, in the order given. rows: their numbers from 0, or True and False for each
    row."""
    selected = _core.select_rows(data, _row_numbers(rows, data.rows if isinstance(data, _core.Dataset) else len(data)))
    return Table.of(selected, target_name(data), weight_name(data)) if isinstance(selected, _core.Table) else selected


def split_rows(data: Any, fraction: float = 0.2, way: str = "stratified", *, seed: int = 0, target: str = "", column: str = "") -> tuple:
    """Row numbers (training, validation). way: last, stratified (by the column `target`, default: the table's), random; of a Table also group or time (by
    `column`)."""
    return _core.split_rows(data, fraction, way, seed=seed, target=target or target_name(data), column=column)


# --- arguments
def _kinds_with_weight(kinds, weight):
    """The kinds of columns, where the column of row weights is one of numbers. Kinds that are no dictionary stay: the engine refuses them."""
    if not weight or not isinstance(kinds, (dict, type(None))):
        return kinds
    return {**(kinds or {}), str(weight): "number"}


def _checked_weight(who, target, weight):
    """The name of the column of row weights, or "". Raises UsageError if it is the target."""
    if weight and str(weight) == target:
        raise UsageError(f"[{who}] column {target!r} is the target and the row weight, expected different columns")
    return str(weight or "")


def _row_numbers(rows, count):
    """Row numbers from numbers, which may be any sequence, or from True and False for each of `count` rows."""
    first = rows[:1] if isinstance(rows, (list, tuple)) or str(getattr(rows, "dtype", "")) == "bool" else ()
    if not any(str(each) in ("True", "False") for each in first):
        return rows
    if len(rows) != count:
        raise UsageError(f"[select_rows] rows has True and False for {len(rows)} rows, expected it for {count}, or row numbers")
    return [i for i, chosen in enumerate(rows) if chosen]


def _refuse_unknown(who, more, known):
    for name in more:
        remedy = f": use {_ELSEWHERE[name]}" if name in _ELSEWHERE and _ELSEWHERE[name] != "nothing" else ": leave it out" if name in _ELSEWHERE else ""
        if who != "read_table" and remedy and (word := re.match(r"\w+(?==)", _ELSEWHERE[name])) and word[0] not in known:
            remedy = f": read_table() has {_ELSEWHERE[name]}"
        if who != "read_table" and name in _TYPES:
            remedy = f": read_table() has {name}"
        raise ArgumentError(f"[{who}] no argument '{name}', expected one of {', '.join(known)}{remedy or '.' + nearest(name, known)}")


def _check_types(who, given):
    for name, value in given.items():
        kind, words = _TYPES[name]
        if not isinstance(value, kind) or kind is int and (isinstance(value, bool) or value < 0):
            remedy = ": header=False for a file without a header line" if name == "header" else ""
            raise UsageError(f"[{who}] {name} is {value!r}, expected {words}{remedy}")


def _names(who, name, given):
    if given is None or isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise UsageError(f"[{who}] {name} is {given!r}, expected a list of texts" + (f": [{given!r}]" if isinstance(given, str) else ""))
    return [str(each) for each in given]


def _path(who, path):
    if isinstance(path, (list, tuple)) and who == "read_table":
        return [_path(who, each) for each in path]
    remedy = "; a frame or a dictionary of columns becomes a table with Table(frame)" if hasattr(path, "columns") or isinstance(path, dict) else ""
    return path_of(who, path, expected=f"the name of a file{remedy}")
