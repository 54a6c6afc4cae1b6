"""Values of the Windows registry as the tests write and read them: the Blob of a certificate, and .reg files."""

import hashlib
import struct

MACHINE = r"Microsoft\SystemCertificates"
GROUP_POLICY = r"Policies\Microsoft\SystemCertificates"
ENTERPRISE = r"Microsoft\EnterpriseCertificates"
POLICY = r"Policies\Microsoft\Windows\WindowsUpdate"
SETTINGS = r"Policies\WsusTrustAgent"  # machine policy for the agent itself
DEFAULTS = r"WsusTrustAgent\Defaults"  # what an installer says
CERTIFICATE_ELEMENT, SHA1_ELEMENT, FRIENDLY_NAME_ELEMENT, USAGE_ELEMENT = 0x20, 3, 11, 9
REG_HEADER = "Windows Registry Editor Version 5.00"


def thumbprint(der):
    return hashlib.sha1(der).hexdigest().upper()


def sha256(der):
    return hashlib.sha256(der).hexdigest()


def entry_key(store, der, location=MACHINE):
    return rf"{location}\{store}\Certificates\{thumbprint(der)}"


def blob(der, properties=()):
    """MS-GPEF 2.2.2.1.1; `properties` are pairs of id and bytes."""
    elements = [(SHA1_ELEMENT, hashlib.sha1(der).digest()), *properties, (CERTIFICATE_ELEMENT, der)]
    return b"".join(struct.pack("<III", number, 1, len(value)) + value for number, value in elements)


def blob_elements(data):
    elements, offset = [], 0
    while offset < len(data):
        number, one, size = struct.unpack_from("<III", data, offset)
        assert one == 1 and offset + 12 + size <= len(data), "a Blob that does not add up"
        elements.append((number, data[offset + 12 : offset + 12 + size]))
        offset += 12 + size
    return elements


# A value is written as in a .reg file.


def hex_value(data, kind=""):
    return f"hex{kind}:" + ",".join(f"{byte:02x}" for byte in data)


def dword(number):
    return f"dword:{number:08x}"


def qword(number):
    return hex_value(struct.pack("<Q", number), "(b)")


def text(string):
    escaped = string.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def bytes_of(value):
    """Of a REG_BINARY."""
    assert value.startswith("hex:"), value
    return bytes.fromhex(value.removeprefix("hex:").replace(",", ""))


def reg_lines(key, values, root):
    """What sets values (name -> value) of `key` and creates it with its parents."""
    parts = key.split("\\")
    lines = []
    for depth in range(1, len(parts)):  # hivexregedit creates no parents
        lines += [f"[{root}\\" + "\\".join(parts[:depth]) + "]", ""]
    return [*lines, f"[{root}\\{key}]", *(f'"{name}"={value}' for name, value in values.items()), ""]


def parse_reg(content, root):
    """The keys below `root` of an exported file: key in lower case -> name -> value."""
    keys, values = {}, {}
    for line in content.replace("\r", "").replace("\\\n  ", "").replace("\\\n", "").split("\n"):
        if line.startswith("["):
            key = line.strip("[]").lower()
            assert key.startswith(root.lower()), line
            values = keys.setdefault(key.removeprefix(root.lower()).strip("\\"), {})
        elif line.startswith('"'):
            name, value = line[1:].split('"=', 1)
            values[name] = value
    return keys
