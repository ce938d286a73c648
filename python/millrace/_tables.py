# SPDX-License-Identifier: Apache-2.0
"""Columns of several kinds that Python has in memory, as the engine's tables take them: frames of pandas, dictionaries of columns.
Everything with an Arrow stream, such as frames of Polars and PyArrow and results of DuckDB, is read by the engine itself."""

import datetime
import decimal
import numbers
import re

import numpy as np

from millrace._arrays import names
from millrace._core import Table, far_values, sentences
from millrace._frames import is_frame
from millrace._reading import feature_names, target_name
from millrace._words import in_python, nearest
from millrace.errors import UsageError

OPTIONS = ("missing", "indicator", "scale", "clip", "encode", "levels", "dimension", "buckets", "rare")  # of the preparation of a column
KINDS = ("number", "category", "boolean", "date", "ignore")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_CODE = re.compile(r"\s*0\d")
_DATE = re.compile(r"\s*\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}.*)?\s*|\s*\d{1,2}[/.]\d{1,2}[/.]\d{4}\s*")
_MISSING = ("NAType", "NaTType")  # the types of pandas.NA and pandas.NaT


def is_stream(value):
    """Whether the engine reads it as an Arrow stream. pandas makes one only with PyArrow, and not of mixed columns."""
    return hasattr(value, "__arrow_c_stream__") and not hasattr(value, "iloc")


def is_array(value):
    """Whether it is rows of numbers, without names of columns."""
    return isinstance(value, (np.ndarray, list, tuple)) or not isinstance(value, (dict, Table)) and not is_frame(value)


def columns(value, who):
    """[(kind, name, values ...)] of a frame of pandas or a dictionary {name: values}, for the engine's TableBuilder.

    Raises UsageError for other objects, and for columns of more than one dimension.
    """
    if hasattr(value, "iloc") and hasattr(value, "columns"):
        return [_of_series(str(name), series) for name, series in value.items() if name != ""]  # as in a file
    if isinstance(value, dict):
        return [_of_values(str(name), each, who) for name, each in value.items()]
    raise UsageError(f"[{who}] {_article(value)} has no columns with names, expected a frame of pandas, Polars or PyArrow, a Table, or a dictionary "
                     "{name: values}")


def _article(value):
    name = f"{type(value).__module__}.{type(value).__name__}".removeprefix("builtins.")
    return f"an object of type {name}"


def notes(table, prepared, kinds=()):
    """Sentences about what keeps columns of a Table from being of use, each with a remedy, and about the notes of the preparation, `prepared`.
    kinds: the columns whose kind the user has chosen."""
    described, target = table.columns, target_name(table)
    hints = {column["name"]: hint for column in described if column["name"] not in kinds and (hint := _hint(column))}
    features = set(feature_names(table)) - {name for name, _, is_left_out in prepared if is_left_out}
    of_columns = [(name, f"{text}: {hints[name]}" if name in hints else text, is_left_out) for name, text, is_left_out in prepared]
    for column in described:
        name = column["name"]
        if name == target and column["kind"] == "number" and not column["missing"]:
            of_columns += [(name, obstacle, False) for obstacle in column["obstacles"]]
        if name not in features:
            continue
        if name in hints:
            of_columns.append((name, f"it is read as categories: {hints[name]}", False))
            continue
        of_columns += [(name, obstacle, column["kind"] == "ignore") for obstacle in column["obstacles"]]
    found = sentences(of_columns)
    read = [column["name"] for column in described if column["kind"] == "number" and column["name"] in features]
    for value, text in far_values(table, read):
        mark = f"; if that stands for a missing value, make it None, or read the file with missing_marks=[{value!r}]"
        found.append(text + (mark if value else ""))
    return list(map(in_python, found))


def _hint(column):
    """What to do with texts that are numbers or dates throughout, or None. A few whole numbers, and those with leading zeros, are codes."""
    levels = column["levels"]
    if column["kind"] != "category" or not levels:
        return None
    name = column["name"]
    if all(map(_NUMBER.fullmatch, levels)) and not any(map(_CODE.match, levels)) and (len(levels) > 20 or any("." in each for each in levels)):
        return f"its texts are numbers: convert them with pandas.to_numeric(frame[{name!r}]), or give columns={{{name!r}: {{'kind': 'number'}}}}"
    if all(map(_DATE.fullmatch, levels)):
        return f"its texts are dates: convert them with pandas.to_datetime(frame[{name!r}]), or give columns={{{name!r}: {{'kind': 'date'}}}}"
    return None


def column_options(who, columns, names):
    """({name: options of the preparation}, {name: kind}) from {name: {option: value}}, where `kind` is one of the options.

    names: of the table's columns. Raises UsageError for names, options and kinds that there are not.
    """
    if columns is None:
        return {}, {}
    if not isinstance(columns, dict):
        raise UsageError(f"[{who}] columns is of type {type(columns).__name__}, expected {{name: {{option: value}}}}")
    options, kinds = {}, {}
    for name, given in columns.items():
        if str(name) not in names:
            raise UsageError(f"[{who}] columns has {name!r}, expected names of columns: {', '.join(names)}.{nearest(name, names)}")
        if not isinstance(given, dict):
            raise UsageError(f"[{who}] the options of column {name!r} are {given!r}, expected {{option: value}}, such as {{'kind': 'category'}}")
        unknown = [option for option in given if option not in (*OPTIONS, "kind")]
        if unknown:
            raise UsageError(f"[{who}] column {name!r} has the option {unknown[0]!r}, expected one of kind, {', '.join(OPTIONS)}.{nearest(unknown[0], (*OPTIONS, 'kind'))}")
        if "kind" in given:
            if given["kind"] not in KINDS:
                raise UsageError(f"[{who}] the kind of column {name!r} is {given['kind']!r}, expected one of {', '.join(KINDS)}.{nearest(given['kind'], KINDS)}")
            kinds[str(name)] = given["kind"]
        if given.get("kind") != "ignore":
            options[str(name)] = {option: value for option, value in given.items() if option != "kind"}
    return options, kinds


def with_kinds(who, value, kinds):
    """The Table of a frame, or of {name: values}, with these kinds of columns."""
    if not isinstance(value, Table):
        return Table(value, kinds=kinds or None)
    known = {(each["name"], each["kind"]) for each in value.columns} if kinds else set()
    if chosen := [name for name, kind in kinds.items() if (name, kind) not in known]:
        raise UsageError(f"[{who}] the kind of column '{chosen[0]}' beside a Table, expected it there: Table(..., kinds={{'{chosen[0]}': '{kinds[chosen[0]]}'}})")
    return value


def target_column(table):
    """What is known of a Table's target, as in Table.columns."""
    return table.columns[table.names.index(target_name(table))]


def target_values(table):
    """The values of a Table's target as an array, one for each row: numbers, or classes as they were, text or whole numbers; NaN or None where they are
    missing."""
    from millrace._core import Model

    name, column = target_name(table), target_column(table)
    if column["kind"] == "number":
        return table.numbers(name)
    if column["levels"] and column["kind"] != "ignore":
        return classes_of(table.indices(name), column["levels"])
    model = Model([{"op": "dense", "units": 1}])
    model.prepare(table, [name])
    rows = model.prepared(table)
    return classes_of(np.asarray(rows.targets).reshape(-1), rows.classes)


def present(values):
    """The indices of the values of target_values() that are not missing."""
    return [row for row, value in enumerate(values.tolist()) if value is not None and value == value]


def classes_of(targets, classes):
    """The targets themselves, or the classes whose indices they are."""
    if not classes:
        return np.array(targets, np.float64)
    values = np.array(classes, object)
    if all(re.fullmatch(r"-?\d{1,15}", each) for each in classes):
        values = np.array([int(each) for each in classes])
    elif all(_NUMBER.fullmatch(each) for each in classes):
        values = np.array([float(each) for each in classes])
    elif {each.lower() for each in classes} <= {"true", "false"}:
        values = np.array([each.lower() == "true" for each in classes])
    missing = np.isnan(targets)
    found = values[np.where(missing, 0, targets).astype(int)]
    if missing.any():
        found = found.astype(np.float64 if found.dtype.kind in "if" else object)
        found[missing] = np.nan if found.dtype.kind == "f" else None
    return found


def refuse_missing_columns(who, what, value, known):
    """Raises UsageError for a frame, a Table or a dictionary without one of the `known` columns. what: its name in the message."""
    found = value.names if isinstance(value, Table) else list(map(str, value)) if isinstance(value, dict) else names(value)
    missing = [name for name in known if name not in found] if found else []
    if missing:
        raise UsageError(f"[{who}] {what} has no column {', '.join(map(repr, missing))}, expected the columns {', '.join(known)}.{nearest(missing[0], found)}")


def row_of_frame(value):
    """What to add to a message about rows that are a Series, as frame.iloc[0] is; else nothing."""
    return ": a single row of a frame is frame.iloc[[0]]" if hasattr(value, "iloc") else ""


def column_names(value):
    """The names of the columns of a frame, a Table or a dictionary, as a Table has them."""
    return value.names if isinstance(value, Table) else list(map(str, value)) if isinstance(value, dict) else Table(value).names


# --- pandas
def _of_series(name, series):
    kind = series.dtype
    letter = getattr(kind, "kind", "O")
    if hasattr(kind, "categories") and hasattr(kind, "ordered"):
        if len(kind.categories) and all(isinstance(each, (bool, np.bool_)) for each in kind.categories):
            return _booleans(name, [None if code < 0 else kind.categories[code] for code in series.cat.codes])
        return ("levels", name, [_text(each) for each in kind.categories], np.ascontiguousarray(series.cat.codes, np.int32))
    if letter == "b":
        return _booleans(name, series.to_numpy(dtype=object, na_value=None) if series.isna().any() else series.to_numpy(dtype=bool))
    if letter in "iuf":
        return ("numbers", name, np.ascontiguousarray(series.to_numpy(dtype=np.float64, na_value=np.nan)))
    if letter == "M" or hasattr(kind, "tz"):
        return _dates(name, _moments(series, getattr(kind, "pyarrow_dtype", kind)))
    if letter == "m":
        return _numbers_of_durations(name, series.to_numpy())
    if hasattr(series, "dt") and hasattr(series.dt, "to_timestamp"):  # periods
        return _dates(name, series.dt.to_timestamp().to_numpy())
    if str(kind) in ("str", "string") or str(kind).startswith(("string[", "large_string[")):
        codes, levels = series.factorize()
        return ("levels", name, [str(each) for each in levels], np.ascontiguousarray(codes, np.int32))
    return _of_objects(name, series.tolist())


def _moments(series, kind):
    """datetime64 in UTC from dates and times of pandas or of Arrow. kind: the column's type, of Arrow if pandas wraps one."""
    if getattr(kind, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    elif str(kind).startswith(("date32", "date64")):  # Arrow's days, which pandas gives as objects
        series = series.astype("timestamp[s][pyarrow]")
    return series.to_numpy()


# --- arrays and lists
def _of_values(name, values, who):
    if hasattr(values, "iloc"):
        return _of_series(name, values)
    if isinstance(values, np.ma.MaskedArray):
        values, mask = np.ma.getdata(values).astype(object), np.ma.getmaskarray(values)
        values[mask] = None
    if is_frame(values) or isinstance(values, dict):
        raise UsageError(f"[{who}] column '{name}' is {_article(values)}, expected one value for each row")
    array = values if isinstance(values, np.ndarray) else np.asarray(values) if hasattr(values, "__array__") else _from_list(name, values, who)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise UsageError(f"[{who}] column '{name}' has the shape {array.shape}, expected one value for each row")
    letter = array.dtype.kind
    if letter == "b":
        return _booleans(name, array)
    if letter in "iuf":
        return ("numbers", name, np.ascontiguousarray(array, np.float64))
    if letter == "M":
        return _dates(name, array)
    if letter == "m":
        return _numbers_of_durations(name, array)
    return _of_objects(name, array.tolist())


def _from_list(name, values, who):
    try:
        cells = list(values)
    except TypeError:
        raise UsageError(f"[{who}] column '{name}' is {_article(values)}, expected one value for each row") from None
    array = np.empty(len(cells), object)
    array[:] = cells
    return array


def _of_objects(name, cells):
    """A column of Python's objects: all must be of one kind, or missing."""
    cells = [None if is_missing(each) else each for each in cells]
    held = [each for each in cells if each is not None]
    if all(isinstance(each, str) for each in held):
        return ("texts", name, [None if each is None else str(each) for each in cells])
    if all(isinstance(each, (bool, np.bool_)) for each in held):
        return _booleans(name, cells)
    if all(isinstance(each, (numbers.Real, decimal.Decimal)) and not isinstance(each, (bool, np.bool_)) for each in held):
        try:
            return ("numbers", name, np.array([np.nan if each is None else float(each) for each in cells], np.float64))
        except (OverflowError, ValueError) as error:
            return ("unusable", name, len(cells), f"it holds numbers that a double cannot hold ({error}): scale them, or ignore the column")
    if all(isinstance(each, (datetime.date, np.datetime64)) for each in held):
        return ("dates", name, np.array([np.nan if each is None else _seconds(each) for each in cells], np.float64))
    if all(isinstance(each, datetime.time) and each.tzinfo is None for each in held):
        return ("dates", name, np.array([np.nan if each is None else _seconds_of_day(each) for each in cells], np.float64))
    if all(isinstance(each, (datetime.timedelta, np.timedelta64)) for each in held):
        return ("numbers", name, np.array([np.nan if each is None else each / _second(each) for each in cells], np.float64))
    if all(isinstance(each, bytes) for each in held):
        why = "it holds bytes: decode them to text"
    elif all(isinstance(each, datetime.time) for each in held):
        why = "it holds times of a day with a zone, which says nothing without the day: leave the zone out, or add the day"
    else:
        why = f"it holds {', '.join(sorted({type(each).__name__ for each in held}))}: make all its cells numbers, texts, booleans or dates"
    return ("unusable", name, len(cells), f"{why}, or ignore the column")


def is_missing(cell):
    return cell is None or type(cell).__name__ in _MISSING or isinstance(cell, (float, np.floating)) and cell != cell \
        or isinstance(cell, (np.datetime64, np.timedelta64)) and np.isnat(cell)


def _booleans(name, values):
    if isinstance(values, np.ndarray) and values.dtype == bool:
        return ("booleans", name, np.ascontiguousarray(values, np.int8))
    return ("booleans", name, np.array([-1 if each is None else int(bool(each)) for each in values], np.int8))


def _dates(name, values):
    """Seconds since 1970 from datetime64 of any unit."""
    seconds = values.astype("datetime64[us]").astype(np.int64) / 1e6
    return ("dates", name, np.where(np.isnat(values), np.nan, seconds))


def _numbers_of_durations(name, values):
    return ("numbers", name, np.ascontiguousarray(values / np.timedelta64(1, "s"), np.float64))


def _seconds(date):
    if isinstance(date, np.datetime64):
        return float(date.astype("datetime64[us]").astype(np.int64)) / 1e6
    if not isinstance(date, datetime.datetime):
        return (date - datetime.date(1970, 1, 1)).total_seconds()
    return (date if date.tzinfo else date.replace(tzinfo=datetime.timezone.utc)).timestamp()


def _seconds_of_day(time):
    return datetime.timedelta(hours=time.hour, minutes=time.minute, seconds=time.second, microseconds=time.microsecond).total_seconds()


def _second(duration):
    return np.timedelta64(1, "s") if isinstance(duration, np.timedelta64) else datetime.timedelta(seconds=1)


def _text(level):
    """A level of a category as text; a whole number as a file would write it."""
    if isinstance(level, (float, np.floating)) and float(level).is_integer():
        return str(int(level))
    return str(level)


def unprepared(value):
    """The Table of something whose columns must be prepared before a network can take them: of a Table itself, and of a frame with a
    column that is no number or with missing cells. None for anything else: arrays, and frames of numbers."""
    if isinstance(value, Table):
        return value
    if not is_frame(value) or getattr(value, "ndim", 2) != 2 or _holds_numbers(value):
        return None
    return Table(value)


def _holds_numbers(frame):
    """Whether every column of a frame is numbers or booleans throughout."""
    if hasattr(frame, "iloc"):
        return all(getattr(each, "kind", "O") in "biuf" for each in frame.dtypes) and not frame.isna().any().any()
    if not hasattr(frame, "schema") or not hasattr(frame, "column_names") and not hasattr(frame, "get_columns"):
        return not is_stream(frame)
    columns = frame.columns if hasattr(frame, "column_names") else frame.get_columns()
    kinds = [str(getattr(each, "dtype", getattr(each, "type", ""))).lower() for each in columns]
    if not all(kind.startswith(("int", "uint", "float", "double", "halffloat", "bool")) for kind in kinds):
        return False
    if any(each.null_count() if callable(each.null_count) else each.null_count for each in columns):
        return False
    return not any(np.isnan(np.asarray(each)).any() for each, kind in zip(columns, kinds) if kind.startswith(("float", "double", "half")))
