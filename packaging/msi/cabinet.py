"""Reads a cabinet (Microsoft's cabinet format, MS-CAB): what is in it, byte for byte. One folder, compressed with MSZIP or not at all,
which is what wixl makes."""

import struct
import zlib

MSZIP = 1


def files_in(content):
    """Name -> (bytes, date and time as MS-DOS has them)."""
    if content[:4] != b"MSCF":
        raise ValueError("it is no cabinet")
    first_file, folders, files, flags = struct.unpack_from("<I4xBxHHH", content, 16)[0], *struct.unpack_from("<HHH", content, 26)
    if folders != 1 or flags:
        raise ValueError("it is a cabinet of another kind than wixl makes")
    data, blocks, compression = struct.unpack_from("<IHH", content, 36)
    whole = unpack(content, data, blocks, compression)
    found, position = {}, first_file
    for _ in range(files):
        size, offset, _, date, time, _ = struct.unpack_from("<IIHHHH", content, position)
        end = content.index(b"\0", position + 16)
        found[content[position + 16 : end].decode("utf-8")] = (whole[offset : offset + size], (date, time))
        position = end + 1
    return found


def unpack(content, position, blocks, compression):
    parts, previous = [], b""
    for _ in range(blocks):
        packed, size = struct.unpack_from("<4xHH", content, position)
        block = content[position + 8 : position + 8 + packed]
        if compression & 15 == MSZIP:
            if block[:2] != b"CK":
                raise ValueError("a block of it is damaged")
            # Each block may refer to what the one before held.
            block = zlib.decompressobj(-15, zdict=previous).decompress(block[2:]) if previous else zlib.decompress(block[2:], -15)
        if len(block) != size:
            raise ValueError("a block of it is damaged")
        parts.append(block)
        previous = block
        position += 8 + packed
    return b"".join(parts)
