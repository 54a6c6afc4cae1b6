"""Between the client and a real server: the server's bytes arrive as slowly, or as far, as a script wants it."""

import socket
import threading

from servers import LOOPBACK

RECORD_HEADER = 5  # bytes of a TLS record, the last two of them its length


def relaying(server, deliver):
    """A script for a HostileServer; `deliver(peer, answers)` gets a file of what `server` sends."""

    def script(peer):
        with socket.create_connection((LOOPBACK, server.port)) as upstream, upstream.makefile("rb") as answers:
            asking = threading.Thread(target=_pass_on, args=(peer, upstream), daemon=True)
            asking.start()
            deliver(peer, answers)
            while asking.is_alive() and not peer.server.stopping.is_set():
                asking.join(0.02)

    return script


def _pass_on(peer, upstream):
    try:
        while data := peer.receive():
            upstream.sendall(data)
    except OSError:
        pass  # one of them left


def records(count, more=0):
    """Delivers so many TLS records, and `more` bytes of the next."""

    def deliver(peer, answers):
        for _ in range(count):
            header = answers.read(RECORD_HEADER)
            peer.send(header + answers.read(int.from_bytes(header[-2:], "big")))
        peer.send(answers.read(more))

    return deliver


def drops(pause):
    """Delivers one byte at a time."""

    def deliver(peer, answers):
        while not peer.server.stopping.wait(pause) and (byte := answers.read(1)):
            peer.send(byte)

    return deliver
