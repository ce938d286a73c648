# SPDX-License-Identifier: Apache-2.0
"""Reads a tensor file of millrace with the safetensors library.

Usage:  test_safetensors.py FILE [COPY]        needs: numpy safetensors xxhash

Checks layout and checksum, prints metadata and tensors as one JSON object, and exits with 1 if something is wrong.
With COPY the library writes the tensors again, for millrace to read (Checksum::optional: the library orders the data in its own
way, for which the checksum does not hold, so COPY has none).
"""
import json
import math
import sys

import numpy
import xxhash
from safetensors import safe_open
from safetensors.numpy import save_file


def read_parts(path):
    with open(path, "rb") as file:
        raw = file.read()
    length = int.from_bytes(raw[:8], "little")
    return json.loads(raw[8 : 8 + length]), 8 + length, raw[8 + length :]


def expected_checksum(header, data):
    """The checksum as src/store/tensor_file.cpp defines it, implemented a second time."""
    digest = xxhash.xxh3_128()

    def add_text(text):
        text = text.encode()
        digest.update(len(text).to_bytes(8, "little"))
        digest.update(text)

    metadata = {key: text for key, text in header["__metadata__"].items() if key != "checksum"}
    for key in sorted(metadata, key=str.encode):
        add_text(key)
        add_text(metadata[key])
    tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
    for name in sorted(tensors, key=str.encode):
        entry = tensors[name]
        add_text(name)
        add_text(entry["dtype"])
        add_text("(" + ", ".join(map(str, entry["shape"])) + ")")
        add_text(str(entry["data_offsets"][0]))
    add_text(str(len(tensors)))
    digest.update(data)
    return digest.hexdigest()


def test_data_is_aligned(path):
    header, data_begin, _ = read_parts(path)
    assert data_begin % 64 == 0, f"data begins at byte {data_begin}"
    for name, entry in header.items():
        if name != "__metadata__":
            count = math.prod(entry["shape"])
            begin, end = entry["data_offsets"]
            assert count == 0 or begin % ((end - begin) // count) == 0, f"{name} is not aligned"


def test_checksum(path):
    header, _, data = read_parts(path)
    stated, expected = header["__metadata__"]["checksum"], expected_checksum(header, data)
    assert stated == expected, f"the checksum is {stated}, expected {expected}"


def test_library_reads_the_same(path):
    header, _, data = read_parts(path)
    types = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U64": "<u8", "U8": "u1"}
    with safe_open(path, framework="numpy") as file:
        assert file.metadata() == header["__metadata__"], "metadata differs"
        assert set(file.keys()) == set(header) - {"__metadata__"}, "names differ"
        for name in file.keys():
            entry, tensor = header[name], file.get_tensor(name)
            begin, end = entry["data_offsets"]
            assert tensor.dtype == numpy.dtype(types[entry["dtype"]]), f"{name} is {tensor.dtype}"
            assert list(tensor.shape) == entry["shape"], f"{name} has shape {tensor.shape}"
            assert tensor.tobytes() == data[begin:end], f"{name} has other bytes"


def main(path, copy=None):
    for test in (test_data_is_aligned, test_checksum, test_library_reads_the_same):
        test(path)
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    if copy:
        metadata.pop("checksum")
        save_file(tensors, copy, metadata)
    summary = {name: {"dtype": str(t.dtype), "shape": list(t.shape)} for name, t in tensors.items()}
    print(json.dumps({"metadata": metadata, "tensors": summary}))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except AssertionError as error:
        sys.exit(f"[test_safetensors] {sys.argv[1]}: {error}")
