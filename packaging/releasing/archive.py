"""A ZIP archive whose bytes depend on nothing but names, modes and contents of its files, and one date for all of them."""

import time
import zipfile

EARLIEST = time.struct_time((1980, 1, 1, 0, 0, 0, 1, 1, 0))  # what the format can say


def write_zip(target, files, epoch):
    """`files`: the content and the mode (0o644, 0o755) of each name. `epoch`: the date, in seconds since 1970 UTC."""
    date = max(time.gmtime(epoch)[:6], EARLIEST[:6])
    with zipfile.ZipFile(target, "w") as archive:
        for name, (content, mode) in sorted(files.items()):
            entry = zipfile.ZipInfo(name, date)
            entry.create_system = 3  # Unix: the modes count, on each building machine
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=9)
