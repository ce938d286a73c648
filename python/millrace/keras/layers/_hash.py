# SPDX-License-Identifier: Apache-2.0
"""The hash functions of Keras's Hashing: FarmHash's Fingerprint64, and SipHash-2-4 with a key. Both by their publications."""

import functools

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xc3a5c85c97cb3127, 0xb492b66fbe98f273, 0x9ae16a3b2f90404f


def bucket(text, count, key):
    """The bin of a text (bytes), 0 to count - 1. key: two whole numbers, for SipHash; None: FarmHash."""
    return (fingerprint(text) if key is None else siphash(text, *key)) % count


def _rotate(value, shift):
    return value if shift == 0 else ((value >> shift) | (value << (64 - shift))) & _MASK


def _word(text, at, size=8):
    return int.from_bytes(text[at:at + size], "little")


def _mix(value):
    return value ^ (value >> 47)


def _hash_16(u, v, factor):
    a = _mix((u ^ v) * factor & _MASK)
    b = (v ^ a) * factor & _MASK
    return _mix(b) * factor & _MASK


def _length_0_to_16(s):
    n = len(s)
    if n >= 8:
        factor = (_K2 + n * 2) & _MASK
        a, b = (_word(s, 0) + _K2) & _MASK, _word(s, n - 8)
        c = (_rotate(b, 37) * factor + a) & _MASK
        d = ((_rotate(a, 25) + b) * factor) & _MASK
        return _hash_16(c, d, factor)
    if n >= 4:
        factor = (_K2 + n * 2) & _MASK
        return _hash_16((n + (_word(s, 0, 4) << 3)) & _MASK, _word(s, n - 4, 4), factor)
    if n > 0:
        y, z = s[0] + (s[n >> 1] << 8), n + (s[n - 1] << 2)
        return _mix((y * _K2 ^ z * _K0) & _MASK) * _K2 & _MASK
    return _K2


def _length_17_to_32(s):
    n = len(s)
    factor = (_K2 + n * 2) & _MASK
    a, b = _word(s, 0) * _K1 & _MASK, _word(s, 8)
    c, d = _word(s, n - 8) * factor & _MASK, _word(s, n - 16) * _K2 & _MASK
    return _hash_16((_rotate((a + b) & _MASK, 43) + _rotate(c, 30) + d) & _MASK, (a + _rotate((b + _K2) & _MASK, 18) + c) & _MASK, factor)


def _length_33_to_64(s):
    n = len(s)
    factor = (_K2 + n * 2) & _MASK
    a, b = _word(s, 0) * _K2 & _MASK, _word(s, 8)
    c, d = _word(s, n - 8) * factor & _MASK, _word(s, n - 16) * _K2 & _MASK
    y = (_rotate((a + b) & _MASK, 43) + _rotate(c, 30) + d) & _MASK
    z = _hash_16(y, (a + _rotate((b + _K2) & _MASK, 18) + c) & _MASK, factor)
    e, f = _word(s, 16) * factor & _MASK, _word(s, 24)
    g, h = (y + _word(s, n - 32)) * factor & _MASK, (z + _word(s, n - 24)) * factor & _MASK
    return _hash_16((_rotate((e + f) & _MASK, 43) + _rotate(g, 30) + h) & _MASK, (e + _rotate((f + a) & _MASK, 18) + g) & _MASK, factor)


def _weak_32(s, at, a, b):
    w, x, y, z = (_word(s, at + 8 * i) for i in range(4))
    a = (a + w) & _MASK
    b = _rotate((b + a + z) & _MASK, 21)
    c = a
    a = (a + x + y) & _MASK
    b = (b + _rotate(a, 44)) & _MASK
    return (a + z) & _MASK, (b + c) & _MASK


@functools.lru_cache(maxsize=4096)
def fingerprint(s):
    """FarmHash's Fingerprint64."""
    n = len(s)
    if n <= 16:
        return _length_0_to_16(s)
    if n <= 32:
        return _length_17_to_32(s)
    if n <= 64:
        return _length_33_to_64(s)
    seed = 81
    x, y = seed, (seed * _K1 + 113) & _MASK
    z = _mix((y * _K2 + 113) & _MASK) * _K2 & _MASK
    v, w = (0, 0), (0, 0)
    x = (x * _K2 + _word(s, 0)) & _MASK
    end, at = (n - 1) // 64 * 64, 0
    last = end + ((n - 1) & 63) - 63
    while at != end:
        x = _rotate((x + y + v[0] + _word(s, at + 8)) & _MASK, 37) * _K1 & _MASK
        y = _rotate((y + v[1] + _word(s, at + 48)) & _MASK, 42) * _K1 & _MASK
        x ^= w[1]
        y = (y + v[0] + _word(s, at + 40)) & _MASK
        z = _rotate((z + w[0]) & _MASK, 33) * _K1 & _MASK
        v = _weak_32(s, at, v[1] * _K1 & _MASK, (x + w[0]) & _MASK)
        w = _weak_32(s, at + 32, (z + w[1]) & _MASK, (y + _word(s, at + 16)) & _MASK)
        z, x = x, z
        at += 64
    factor = (_K1 + ((z & 0xff) << 1)) & _MASK
    at = last
    w = ((w[0] + ((n - 1) & 63)) & _MASK, w[1])
    v = ((v[0] + w[0]) & _MASK, v[1])
    w = ((w[0] + v[0]) & _MASK, w[1])
    x = _rotate((x + y + v[0] + _word(s, at + 8)) & _MASK, 37) * factor & _MASK
    y = _rotate((y + v[1] + _word(s, at + 48)) & _MASK, 42) * factor & _MASK
    x ^= w[1] * 9 & _MASK
    y = (y + v[0] * 9 + _word(s, at + 40)) & _MASK
    z = _rotate((z + w[0]) & _MASK, 33) * factor & _MASK
    v = _weak_32(s, at, v[1] * factor & _MASK, (x + w[0]) & _MASK)
    w = _weak_32(s, at + 32, (z + w[1]) & _MASK, (y + _word(s, at + 16)) & _MASK)
    z, x = x, z
    first = (_hash_16(v[0], w[0], factor) + _mix(y) * _K0 + z) & _MASK
    return _hash_16(first, (_hash_16(v[1], w[1], factor) + x) & _MASK, factor)


def siphash(s, key_0, key_1):
    """SipHash-2-4."""
    v0, v1 = key_0 ^ 0x736f6d6570736575, key_1 ^ 0x646f72616e646f6d
    v2, v3 = key_0 ^ 0x6c7967656e657261, key_1 ^ 0x7465646279746573

    def rounds(count):
        nonlocal v0, v1, v2, v3
        for _ in range(count):
            v0, v2 = (v0 + v1) & _MASK, (v2 + v3) & _MASK
            v1, v3 = _rotate(v1, 51) ^ v0, _rotate(v3, 48) ^ v2
            v0 = _rotate(v0, 32)
            v2, v0 = (v2 + v1) & _MASK, (v0 + v3) & _MASK
            v1, v3 = _rotate(v1, 47) ^ v2, _rotate(v3, 43) ^ v0
            v2 = _rotate(v2, 32)

    whole = len(s) // 8 * 8
    for at in range(0, whole, 8):
        word = _word(s, at)
        v3 ^= word
        rounds(2)
        v0 ^= word
    word = _word(s, whole, len(s) - whole) | (len(s) & 0xff) << 56
    v3 ^= word
    rounds(2)
    v0 ^= word
    v2 ^= 0xff
    rounds(4)
    return v0 ^ v1 ^ v2 ^ v3
