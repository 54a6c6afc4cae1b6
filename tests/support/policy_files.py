"""Registry policy files as Group Policy writes them (MS-GPREG 2.2.1), where Windows keeps them."""

import struct

UPDATE = r"SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate"
REG_DWORD = 4
APPLIED = "ProgramData/ntuser.pol"
LOCAL = "windows/system32/GroupPolicy/Machine/Registry.pol"


def record(key, name, kind, data):
    text = [part.encode("utf-16-le") for part in ("[", key + "\0", ";", name + "\0", ";")]
    numbers = struct.pack("<I", kind) + ";".encode("utf-16-le") + struct.pack("<I", len(data)) + ";".encode("utf-16-le")
    return b"".join(text) + numbers + data + "]".encode("utf-16-le")


def policy_file(number):
    """Sets AcceptTrustedPublisherCerts, beside what a policy for Windows Update has."""
    return b"PReg" + struct.pack("<I", 1) + record(UPDATE + r"\AU", "UseWUServer", REG_DWORD, struct.pack("<I", 1)) + record(
        UPDATE, "AcceptTrustedPublisherCerts", REG_DWORD, struct.pack("<I", number)
    )
