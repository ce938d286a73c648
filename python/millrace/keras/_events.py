# SPDX-License-Identifier: Apache-2.0
"""Event files of TensorBoard with numbers: records of length, checksum, a protobuf message and its checksum."""

import os
import socket
import struct
import time

_TABLE = []
for _byte in range(256):
    for _ in range(8):
        _byte = _byte >> 1 ^ (0x82F63B78 if _byte & 1 else 0)
    _TABLE.append(_byte)


def masked_crc(data):
    """CRC-32C, rotated and shifted as TFRecord files have it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _varint(value):
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def _part(number, data):
    """A field of bytes of a protobuf message."""
    return _varint(number << 3 | 2) + _varint(len(data)) + data


class EventFile:
    """Writes numbers by step to a new file in `folder`."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.v2")
        self._file = open(self.path, "ab")
        self._record(_part(3, b"brain.Event:2"))

    def add(self, step, values):
        """values: {name: number}"""
        summary = b"".join(_part(1, _part(1, name.encode()) + b"\x15" + struct.pack("<f", value)) for name, value in values.items())
        self._record(b"\x10" + _varint(step) + _part(5, summary))
        self._file.flush()

    def close(self):
        self._file.close()

    def _record(self, message):
        event = b"\x09" + struct.pack("<d", time.time()) + message
        length = struct.pack("<Q", len(event))
        self._file.write(length + struct.pack("<I", masked_crc(length)) + event + struct.pack("<I", masked_crc(event)))
