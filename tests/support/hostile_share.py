"""A mounted share with one file that hangs, drips or never ends: a file system of this process, spoken in the kernel's own
protocol (linux/fuse.h). Needs root, as the other mounts of the tests."""

import ctypes
import os
import select
import struct
import threading
from pathlib import Path

LOOKUP, GETATTR, OPEN, READ, RELEASE, FLUSH, INIT, ACCESS, OPENDIR = 1, 3, 14, 15, 18, 25, 26, 34, 27
INTERRUPT = 36
WITHOUT_ANSWER = (2, 42)  # FORGET, BATCH_FORGET
ROOT, FILE = 1, 2
FOLDER_MODE, FILE_MODE = 0o040755, 0o100644
DIRECT_IO = 1
ENOENT, EINTR, ENOSYS = 2, 4, 38
MNT_DETACH = 2
MOST_REQUEST = 1 << 20

_libc = ctypes.CDLL(None, use_errno=True)


class HostileShare:
    """`folder / "a.cer"` claims to have `size` bytes. What is in `hangs` is not answered until the one who asked is killed
    (as with NFS and SMB); READ gets `piece` bytes after `pause` seconds, however often it asks."""

    def __init__(self, folder, hangs=(), piece=4096, pause=0.0, size=1000):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.file = self.folder / "a.cer"
        self._hangs = hangs
        self._piece = piece
        self._pause = pause
        self._size = size
        self._stopping = threading.Event()
        self._device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self._device},rootmode={FOLDER_MODE:o},user_id=0,group_id=0,allow_other"
        if _libc.mount(b"hostile", os.fsencode(self.folder), b"fuse", 0, options.encode()) != 0:
            raise OSError(ctypes.get_errno(), "the hostile share cannot be mounted")
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self):
        self._stopping.set()
        self._thread.join()
        os.close(self._device)  # whoever still waits for an answer gets an error
        _libc.umount2(os.fsencode(self.folder), MNT_DETACH)

    def _serve(self):
        while not self._stopping.is_set():
            if select.select([self._device], [], [], 0.05)[0]:
                try:
                    self._answer(os.read(self._device, MOST_REQUEST + 4096))
                except OSError:
                    continue  # the one who asked has left

    def _answer(self, request):
        _, opcode, unique, node = struct.unpack_from("<IIQQ", request)
        arguments = request[40:]
        if opcode == INTERRUPT:
            self._reply(struct.unpack_from("<Q", arguments)[0], EINTR, b"")
        elif opcode not in self._hangs and opcode not in WITHOUT_ANSWER:
            self._reply(unique, *self._content(opcode, node, arguments))

    def _reply(self, unique, error, content):
        os.write(self._device, struct.pack("<IiQ", 16 + len(content), -error, unique) + content)

    def _content(self, opcode, node, arguments):
        if opcode == INIT:
            return 0, struct.pack("<IIIIHHIIHHI7I", 7, 31, 0, 0, 0, 0, MOST_REQUEST, 1, 0, 0, 0, *[0] * 7)
        if opcode == LOOKUP:
            if arguments.rstrip(b"\0") != b"a.cer":
                return ENOENT, b""
            return 0, struct.pack("<QQQQII", FILE, 0, 0, 0, 0, 0) + self._attributes(FILE)
        if opcode == GETATTR:
            return 0, struct.pack("<QII", 0, 0, 0) + self._attributes(node)
        if opcode in (OPEN, OPENDIR):
            return 0, struct.pack("<QII", 0, DIRECT_IO, 0)
        if opcode == READ:
            self._stopping.wait(self._pause)
            wanted = struct.unpack_from("<QQI", arguments)[2]
            return 0, b"x" * min(self._piece, wanted)
        if opcode in (RELEASE, FLUSH, ACCESS):
            return 0, b""
        return ENOSYS, b""

    def _attributes(self, node):
        mode, size = (FOLDER_MODE, 0) if node == ROOT else (FILE_MODE, self._size)
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, 0, *[0] * 6, mode, 1, 0, 0, 0, 4096, 0)
