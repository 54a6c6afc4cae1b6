#!/usr/bin/python3
"""Reads and changes SOFTWARE hives with other people's tools: hivexregedit, hivexget, hivexml, reglookup.

As a program: hive_tools.py HIVE STORE CERTIFICATE puts a certificate into a machine store, as a domain join does with its CA.
"""
import hashlib
import pathlib
import struct
import subprocess
import sys

MACHINE = r"Microsoft\SystemCertificates"
GROUP_POLICY = r"Policies\Microsoft\SystemCertificates"
ENTERPRISE = r"Microsoft\EnterpriseCertificates"
POLICY = r"Policies\Microsoft\Windows\WindowsUpdate"
CERTIFICATE_ELEMENT, SHA1_ELEMENT, FRIENDLY_NAME_ELEMENT, USAGE_ELEMENT = 0x20, 3, 11, 9


def thumbprint(der):
    return hashlib.sha1(der).hexdigest().upper()


def sha256(der):
    return hashlib.sha256(der).hexdigest()


def blob(der, properties=()):
    """MS-GPEF 2.2.2.1.1; `properties` are pairs of id and bytes."""
    elements = [(SHA1_ELEMENT, hashlib.sha1(der).digest()), *properties, (CERTIFICATE_ELEMENT, der)]
    return b"".join(struct.pack("<III", number, 1, len(value)) + value for number, value in elements)


def blob_elements(data):
    elements, offset = [], 0
    while offset < len(data):
        number, one, size = struct.unpack_from("<III", data, offset)
        assert one == 1 and offset + 12 + size <= len(data), "a Blob that does not add up"
        elements.append((number, data[offset + 12:offset + 12 + size]))
        offset += 12 + size
    return elements


def merge(hive, key, values):
    """Sets values (name -> text as in a .reg file) with hivexregedit; creates the key."""
    lines = ["Windows Registry Editor Version 5.00", ""]
    parts = key.split("\\")
    for depth in range(1, len(parts)):  # hivexregedit creates no parents
        lines += ["[\\" + "\\".join(parts[:depth]) + "]", ""]
    lines += [f"[\\{key}]", *(f'"{name}"={value}' for name, value in values.items()), ""]
    subprocess.run(["hivexregedit", "--merge", "--encoding", "UTF-8", hive], input="\n".join(lines), text=True, check=True,
                   capture_output=True)


def hex_value(data, kind=""):
    return f"hex{kind}:" + ",".join(f"{byte:02x}" for byte in data)


def dword(number):
    return f"dword:{number:08x}"


def qword(number):
    return hex_value(struct.pack("<Q", number), "(b)")


def text(string):
    return f'"{string}"'


def put_certificate(hive, store, der, location=MACHINE, properties=(), raw=None):
    merge(hive, rf"{location}\{store}\Certificates\{thumbprint(der)}",
          {"Blob": hex_value(blob(der, properties) if raw is None else raw)})


def put_policy_value(hive, value):
    merge(hive, POLICY, {"AcceptTrustedPublisherCerts": value})


def put_update_service(hive):
    merge(hive, POLICY, {"WUServer": text("http://wsus.example.com:8530")})
    merge(hive, POLICY + r"\AU", {"UseWUServer": dword(1)})


def get(hive, key, name):
    """The raw value as hivexget prints it, or None."""
    done = subprocess.run(["hivexget", hive, "\\" + key, name], capture_output=True)
    return done.stdout if done.returncode == 0 else None


def subkeys(hive, key):
    done = subprocess.run(["hivexsh", hive], input=f"cd \\{key}\nls\n", text=True, capture_output=True)
    return sorted(done.stdout.split()) if done.returncode == 0 else []


def entry_elements(hive, store, der, location=MACHINE):
    """The elements of one entry, or None when it is not there."""
    data = get(hive, rf"{location}\{store}\Certificates\{thumbprint(der)}", "Blob")
    return None if data is None else blob_elements(data)


def reglookup(hive, prefix):
    done = subprocess.run(["reglookup", "-H", "-p", prefix, hive], capture_output=True, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    put_certificate(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).read_bytes())
