"""What stands in a program file for Windows: its version, its flags, the libraries that it imports (Microsoft's PE format and the
resource VS_VERSIONINFO)."""

import struct

HIGH_ENTROPY_VA, DYNAMIC_BASE, NX_COMPAT = 0x20, 0x40, 0x100
FLAGS = {HIGH_ENTROPY_VA: "HIGH_ENTROPY_VA", DYNAMIC_BASE: "DYNAMIC_BASE", NX_COMPAT: "NX_COMPAT"}
FIXED_VERSION = struct.pack("<II", 0xFEEF04BD, 0x10000)  # how VS_FIXEDFILEINFO begins
AMD64, PE32_PLUS = 0x8664, 0x20B


class ProgramFile:
    """ValueError: it is no 64-bit program for Windows, or has no version."""

    def __init__(self, content):
        self._content = content
        try:
            header = struct.unpack_from("<I", content, 0x3C)[0]
            machine, self._sections = struct.unpack_from("<HH", content, header + 4)
            optional = header + 24
            self._first_section = optional + struct.unpack_from("<H", content, header + 20)[0]
            magic = struct.unpack_from("<H", content, optional)[0]
            if content[:2] != b"MZ" or content[header : header + 4] != b"PE\0\0" or (machine, magic) != (AMD64, PE32_PLUS):
                raise ValueError("it is no 64-bit program for Windows")
            self.characteristics = struct.unpack_from("<H", content, optional + 70)[0]
            self.signed = struct.unpack_from("<I", content, optional + 112 + 8 * 4)[0] != 0  # the certificate table
            self._imports = struct.unpack_from("<I", content, optional + 112 + 8)[0]
        except struct.error:
            raise ValueError("it is no program for Windows") from None

    @property
    def version(self):
        """FileVersion: four numbers."""
        if self._content.count(FIXED_VERSION) != 1:
            raise ValueError("it has no version resource")
        high, low = struct.unpack_from("<II", self._content, self._content.index(FIXED_VERSION) + 8)
        return (high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF)

    @property
    def missing_flags(self):
        return [name for flag, name in FLAGS.items() if not self.characteristics & flag]

    @property
    def imports(self):
        """In lower case."""
        found, entry = set(), self._offset(self._imports)
        while name := struct.unpack_from("<I", self._content, entry + 12)[0]:
            start = self._offset(name)
            found.add(self._content[start : self._content.index(b"\0", start)].decode("ascii").lower())
            entry += 20
        return found

    def _offset(self, address):
        for number in range(self._sections):
            size, start, _, file_offset = struct.unpack_from("<IIII", self._content, self._first_section + 40 * number + 8)
            if start <= address < start + size:
                return address - start + file_offset
        raise ValueError("an address in it leads nowhere")
