"""A TLS server of OpenSSL's own functions: sends what Python's ssl cannot, tickets, key updates, demands to renegotiate."""

import ctypes
import ctypes.util
import os

_ssl = ctypes.CDLL(ctypes.util.find_library("ssl"))
for _name in ("TLS_server_method", "SSL_CTX_new", "SSL_new", "SSL_get_wbio"):
    getattr(_ssl, _name).restype = ctypes.c_void_p
_ssl.BIO_number_written.restype = ctypes.c_uint64

PEM = 1
UPDATE_REQUESTED = 1
SET_MIN_PROTOCOL, SET_MAX_PROTOCOL = 123, 124
TLS_1_2, TLS_1_3 = 0x0303, 0x0304


class LibsslServer:
    """One connection of a Peer, from the handshake on; the peer itself is not to be used any more."""

    def __init__(self, peer, identity, version):
        peer.block()
        self._context = ctypes.c_void_p(_ssl.SSL_CTX_new(ctypes.c_void_p(_ssl.TLS_server_method())))
        for limit in (SET_MIN_PROTOCOL, SET_MAX_PROTOCOL):
            assert _ssl.SSL_CTX_ctrl(self._context, limit, ctypes.c_long(version), None) == 1
        assert _ssl.SSL_CTX_use_certificate_chain_file(self._context, str(identity.certificate).encode()) == 1
        assert _ssl.SSL_CTX_use_PrivateKey_file(self._context, str(identity.key).encode(), PEM) == 1
        self._connection = ctypes.c_void_p(_ssl.SSL_new(self._context))
        assert _ssl.SSL_set_fd(self._connection, peer.fileno()) == 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        _ssl.SSL_free(self._connection)
        _ssl.SSL_CTX_free(self._context)

    # Each is False as soon as the client has left.

    def accept(self):
        return _ssl.SSL_accept(self._connection) == 1

    def read_request(self):
        buffer = ctypes.create_string_buffer(65536)
        return _ssl.SSL_read(self._connection, buffer, len(buffer)) > 0

    def ticket(self):
        return _ssl.SSL_new_session_ticket(self._connection) == 1 and self._send()

    def key_update(self):
        return _ssl.SSL_key_update(self._connection, UPDATE_REQUESTED) == 1 and self._send()

    def renegotiate(self):
        return _ssl.SSL_renegotiate(self._connection) == 1 and self._send()

    def _send(self):
        return _ssl.SSL_do_handshake(self._connection) == 1

    @property
    def written(self):
        """Bytes, with everything of TLS."""
        return _ssl.BIO_number_written(ctypes.c_void_p(_ssl.SSL_get_wbio(self._connection)))


def renegotiating_once(identity):
    """A script that demands to renegotiate; `peer.server.received` is then the first byte of what the client says to that: the
    kind of a TLS record."""

    def script(peer):
        with LibsslServer(peer, identity, TLS_1_2) as tls:
            if tls.accept() and tls.read_request() and tls.renegotiate():
                peer.server.received = os.read(peer.fileno(), 1)

    return script


def repeating(identity, version, send, most):
    """A script that reads the request and then sends one thing again and again, up to `most` bytes."""

    def script(peer):
        with LibsslServer(peer, identity, version) as tls:
            going = tls.accept() and tls.read_request()
            while going and tls.written < most and not peer.server.stopping.is_set():
                going = send(tls)
                peer.server.sent = tls.written

    return script
