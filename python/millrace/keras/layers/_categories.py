# SPDX-License-Identifier: Apache-2.0
"""Numbers and text as categories: CategoryEncoding, Discretization, Hashing, StringLookup, IntegerLookup."""

import os

import numpy as np

from millrace._paths import path_of
from millrace.errors import DataError, UnsupportedError, UsageError
from millrace.keras._operation import REQUIRED
from millrace.keras.layers._hash import bucket
from millrace.keras.layers._preprocessing import Preprocessing, checked_mode, encoded, encoded_shape

_DENSE = {"sparse": (False,)}


def whole(who, array):
    """Whole numbers as int64."""
    if array.dtype.kind not in "biuf" or array.dtype.kind == "f" and not np.array_equal(array, np.floor(array)):
        raise DataError(f"[{who}] the input has the dtype {array.dtype}, expected whole numbers")
    return array.astype(np.int64)


class CategoryEncoding(Preprocessing):
    """Categories (rows, n), whole numbers from 0 to num_tokens - 1, as rows of num_tokens numbers."""

    arguments = {"num_tokens": REQUIRED, "output_mode": "multi_hot"}
    refused = _DENSE

    def _prepare(self, num_tokens, output_mode, **_):
        checked_mode("CategoryEncoding", output_mode, ("one_hot", "multi_hot", "count"))
        if isinstance(num_tokens, bool) or not isinstance(num_tokens, (int, np.integer)) or num_tokens < 1:
            raise UsageError(f"[CategoryEncoding] num_tokens is {num_tokens!r}, expected a whole number above 0")

    def transform(self, array):
        return encoded(self.name, whole(self.name, array), self.output_mode, self.num_tokens)

    def shape_of(self, shapes):
        return encoded_shape(shapes[0], self.output_mode, self.num_tokens)


class Discretization(Preprocessing):
    """Numbers as the index of their bin: below the first boundary 0, from it on 1, ... The boundaries are given, or the quantiles
    that adapt() finds, for num_bins bins."""

    arguments = {"bin_boundaries": None, "num_bins": None, "epsilon": 0.01, "output_mode": "int"}
    refused = _DENSE

    def _prepare(self, bin_boundaries, num_bins, output_mode, **_):
        checked_mode("Discretization", output_mode)
        if (bin_boundaries is None) == (num_bins is None):
            raise UsageError("[Discretization] expected either bin_boundaries or num_bins")
        self.bin_boundaries = None if bin_boundaries is None else [float(each) for each in bin_boundaries]
        if self.bin_boundaries is not None and sorted(self.bin_boundaries) != self.bin_boundaries:
            raise UsageError(f"[Discretization] bin_boundaries is {self.bin_boundaries}, expected rising numbers")

    def _adapt(self, array):
        if self.num_bins is None:
            raise UsageError(f"[{self.name}] has bin_boundaries, expected num_bins for adapt()")
        self.bin_boundaries = _boundaries(np.asarray(array, np.float32), self.epsilon, self.num_bins)

    def transform(self, array):
        if self.bin_boundaries is None:
            raise UsageError(f"[{self.name}] Discretization has no boundaries yet, expected adapt() or bin_boundaries before")
        if array.dtype.kind not in "biuf":
            raise DataError(f"[{self.name}] the input has the dtype {array.dtype}, expected numbers")
        return encoded(self.name, np.digitize(array, self.bin_boundaries), self.output_mode, len(self.bin_boundaries) + 1)

    def shape_of(self, shapes):
        count = self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1
        return encoded_shape(shapes[0], self.output_mode, count)

    def get_config(self):
        return {**super().get_config(), "bin_boundaries": self.bin_boundaries if self._config["num_bins"] is None or self.bin_boundaries else None,
                **({"num_bins": None} if self.bin_boundaries else {})}


def _boundaries(values, epsilon, bins):
    """Keras's quantiles: of about 1 / epsilon values at equal distances in the sorted array."""
    values = np.sort(values, axis=None)
    step = max(values.size * epsilon, 1)
    kept = values[int(step - 1)::int(step)]
    weights = np.full(len(kept), step, np.float32)
    for share in (epsilon, 1.0 / bins):
        if len(kept) * share < 1:
            continue
        percents = share + np.arange(0.0, 1.0, share)
        sums = weights.cumsum()
        kept = np.interp(percents, sums / sums[-1], kept)
        at = np.interp(percents, sums / sums[-1], sums)
        weights = np.diff(at, prepend=0).astype(np.float32)
        kept = kept.astype(np.float32)
    return [float(each) for each in kept[:-1]]


class Hashing(Preprocessing):
    """Text or whole numbers as a bin from 0 to num_bins - 1, by the hash functions of Keras: the same bins."""

    arguments = {"num_bins": REQUIRED, "mask_value": None, "salt": None, "output_mode": "int"}
    refused = _DENSE

    def _prepare(self, num_bins, output_mode, salt, **_):
        checked_mode("Hashing", output_mode)
        if isinstance(num_bins, bool) or not isinstance(num_bins, (int, np.integer)) or num_bins < 1:
            raise UsageError(f"[Hashing] num_bins is {num_bins!r}, expected a whole number above 0")
        self._key = None if salt is None else (salt, salt) if isinstance(salt, (int, np.integer)) else tuple(salt)
        if self._key is not None and len(self._key) != 2:
            raise UsageError(f"[Hashing] salt is {salt!r}, expected a whole number or two")

    def transform(self, array):
        masked = np.zeros(array.shape, bool) if self.mask_value is None else array == self.mask_value
        bins = self.num_bins - (self.mask_value is not None and self.num_bins > 1)
        array = array.astype(np.int64) if array.dtype.kind in "bf" else array
        values, places = np.unique(array.astype(str) if array.dtype.kind != "S" else array.astype("U"), return_inverse=True)
        found = np.array([bucket(each.encode(), bins, self._key) for each in values.tolist()], np.int64)[places.reshape(array.shape)]
        if self.mask_value is not None and self.num_bins > 1:
            found = np.where(masked, 0, found + 1)
        return encoded(self.name, found, self.output_mode, self.num_bins)

    def shape_of(self, shapes):
        return encoded_shape(shapes[0], self.output_mode, self.num_bins)


class _Lookup(Preprocessing):
    """Values as their index in a vocabulary: 0 for the mask if there is one, then num_oov_indices for unknown values, then the
    vocabulary in order, which adapt() sorts by frequency."""

    refused = {"idf_weights": (None,), "invert": (False,), "salt": (None,), **_DENSE}

    def _prepare(self, num_oov_indices, mask_token, oov_token, vocabulary, output_mode, max_tokens, pad_to_max_tokens, **_):
        who = type(self).__name__
        checked_mode(who, output_mode)
        if not isinstance(num_oov_indices, (int, np.integer)) or num_oov_indices < 0:
            raise UsageError(f"[{who}] num_oov_indices is {num_oov_indices!r}, expected a whole number of 0 or more")
        if max_tokens is not None and max_tokens <= 1:
            raise UsageError(f"[{who}] max_tokens is {max_tokens!r}, expected more than 1, or None")
        if pad_to_max_tokens and max_tokens is None:
            raise UsageError(f"[{who}] pad_to_max_tokens without max_tokens")
        self._tokens = []
        if isinstance(vocabulary, (str, bytes, os.PathLike)):
            with open(path_of(who, vocabulary, "vocabulary"), encoding="utf-8") as file:
                vocabulary = [self.token(line) for line in file.read().splitlines()]
        if vocabulary is not None:
            self.set_vocabulary(vocabulary)

    def token(self, value):
        """A cell as a key of the vocabulary."""
        raise NotImplementedError

    @property
    def _first(self):
        """The index of the first token of the vocabulary."""
        return self.num_oov_indices + (self.mask_token is not None and self.output_mode == "int")

    def set_vocabulary(self, vocabulary):
        """Sets the vocabulary. It may begin with the mask and the tokens for unknown values, as get_vocabulary() gives it."""
        tokens = [self.token(each) for each in np.asarray(vocabulary).ravel().tolist()]
        special = self._special(True)
        if special and tokens[:len(special)] == special:
            tokens = tokens[len(special):]
        if len(set(tokens)) < len(tokens):
            twice = next(each for i, each in enumerate(tokens) if each in tokens[:i])
            raise UsageError(f"[{self.name}] the vocabulary has {twice!r} twice, expected different tokens")
        self._use(tokens)

    def _use(self, tokens):
        if self.max_tokens is not None and self._first + len(tokens) > self.max_tokens:
            raise UsageError(f"[{self.name}] the vocabulary has {len(tokens)} tokens, expected at most {self.max_tokens - self._first} with max_tokens={self.max_tokens}")
        self._tokens = tokens
        self._places = {each: i + self._first for i, each in enumerate(tokens)}

    def _special(self, masked):
        mask = [self.token(self.mask_token)] if self.mask_token is not None and masked and self.output_mode == "int" else []
        return mask + [self.token(self.oov_token)] * self.num_oov_indices

    def get_vocabulary(self, include_special_tokens=True):
        """The tokens in the order of their indices."""
        return [*(self._special(True) if include_special_tokens else []), *self._tokens]

    def vocabulary_size(self):
        """The number of different outputs."""
        return self._first + len(self._tokens)

    def _adapt(self, array):
        special = {self.token(each) for each in (self.mask_token, self.oov_token) if each is not None}
        values, counts = np.unique([self.token(each) for each in array.ravel().tolist()], return_counts=True)
        kept = [(count, each) for each, count in zip(values.tolist(), counts.tolist()) if each not in special]
        kept.sort(reverse=True)
        self._use([each for _, each in kept][:None if self.max_tokens is None else self.max_tokens - self._first])

    def transform(self, array):
        if not self._tokens:
            raise UsageError(f"[{self.name}] {type(self).__name__} has no vocabulary yet, expected adapt() or vocabulary before")
        mask = None if self.mask_token is None else self.token(self.mask_token)
        values, places = np.unique(np.array([self.token(each) for each in array.ravel().tolist()], object), return_inverse=True)
        found = np.array([self._index(each, mask) for each in values.tolist()], np.int64)[places].reshape(array.shape)
        if self.output_mode != "int" and mask is not None and (found < 0).any():
            raise UnsupportedError(f"[{self.name}] masked values with output_mode={self.output_mode!r} are not supported")
        return encoded(self.name, found, self.output_mode, self._depth())

    def _index(self, value, mask):
        if value == mask:
            return 0 if self.output_mode == "int" else -1
        if value in self._places:
            return self._places[value]
        if self.num_oov_indices == 0:
            raise DataError(f"[{self.name}] the input has {value!r}, which is not in the vocabulary, and num_oov_indices is 0")
        first = self._first - self.num_oov_indices
        return first + (self.unknown(value) if self.num_oov_indices > 1 else 0)

    def unknown(self, value):
        """Which of several indices an unknown value gets."""
        raise NotImplementedError

    def _depth(self):
        return self.max_tokens if self.pad_to_max_tokens else self.vocabulary_size()

    def shape_of(self, shapes):
        return encoded_shape(shapes[0], self.output_mode, self._depth())

    def get_config(self):
        return {**super().get_config(), "vocabulary": list(self._tokens) or None}


class StringLookup(_Lookup):
    """Text as whole numbers by a vocabulary."""

    arguments = {"max_tokens": None, "num_oov_indices": 1, "mask_token": None, "oov_token": "[UNK]", "vocabulary": None, "idf_weights": None,
                 "invert": False, "output_mode": "int", "pad_to_max_tokens": False, "sparse": False, "encoding": "utf-8"}

    def token(self, value):
        return value.decode(self.encoding) if isinstance(value, bytes) else "" if value is None else str(value)

    def unknown(self, value):
        return bucket(value.encode(self.encoding), self.num_oov_indices, None)


class IntegerLookup(_Lookup):
    """Whole numbers as other whole numbers by a vocabulary."""

    arguments = {"max_tokens": None, "num_oov_indices": 1, "mask_token": None, "oov_token": -1, "vocabulary": None, "vocabulary_dtype": "int64",
                 "idf_weights": None, "invert": False, "output_mode": "int", "sparse": False, "pad_to_max_tokens": False, "oov_method": "floormod"}
    refused = {**_Lookup.refused, "oov_method": ("floormod",), "vocabulary_dtype": ("int64", "int32")}

    def token(self, value):
        try:
            if int(value) == float(value):
                return int(value)
        except (TypeError, ValueError, OverflowError):
            pass
        raise DataError(f"[{type(self).__name__}] {value!r} is no whole number; StringLookup takes text")

    def unknown(self, value):
        return value % self.num_oov_indices


__all__ = ["CategoryEncoding", "Discretization", "Hashing", "IntegerLookup", "StringLookup"]
