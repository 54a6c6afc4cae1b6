"""Counts what a hive consists of, by its own reading of the format: keys, values, lists, free cells."""

import struct
from collections import Counter
from pathlib import Path

KINDS = {b"nk": "keys", b"vk": "values", b"lh": "lists of sub-keys", b"ri": "indexes of lists", b"db": "large values"}


def census(path):
    data = Path(path).read_bytes()
    (size,) = struct.unpack_from("<I", data, 40)
    found = Counter(bytes=len(data))
    place, end = 4096, 4096 + size
    while place < end:
        (bin_size,) = struct.unpack_from("<I", data, place + 8)
        found["bins"] += 1
        cell, bin_end = place + 32, place + bin_size
        while cell < bin_end:
            (length,) = struct.unpack_from("<i", data, cell)
            found["cells"] += 1
            if length > 0:
                found["free cells"] += 1
                found["free bytes"] += length
            elif kind := KINDS.get(data[cell + 4 : cell + 6]):  # data that begins so would be counted as well: rare
                found[kind] += 1
            cell += abs(length)
        place += bin_size
    return found
