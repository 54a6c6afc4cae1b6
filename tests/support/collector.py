"""A receiver of reports over https that answers as a test tells it to, and keeps everything that it was sent."""

import http.server
import json
import ssl
import threading
from dataclasses import dataclass

from servers import LOOPBACK


@dataclass
class Received:
    """One request, in the order of arrival."""

    id: str  # of the report
    fields: dict  # header fields, names in lower case
    body: bytes
    status: int | None  # that it was answered with; None: it was not

    @property
    def report(self):
        return json.loads(self.body)


class Collector:
    """`answer` says for each request (status, header fields) or None for the end of the connection without an answer."""

    def __init__(self, identity, answer=None, port=0):
        self.received = []
        self.answer = answer or (lambda received: (204, {}))
        self._lock = threading.Lock()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                collector._take(self, {name.lower(): value for name, value in self.headers.items()}, body)

            def log_message(self, *arguments):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.certificate, identity.key)
        self._server = Server((LOOPBACK, port), Handler, context)
        self.port = self._server.server_address[1]
        self.url = f"https://localhost:{self.port}/reports"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def _take(self, handler, fields, body):
        with self._lock:
            received = Received(fields.get("ce-id", ""), fields, body, None)
            self.received.append(received)
            answer = self.answer(received)
        if answer is None:
            handler.close_connection = True
            return
        received.status, extra = answer
        handler.send_response(received.status)
        for name, value in extra.items():
            handler.send_header(name, value)
        if received.status != 204:
            handler.send_header("content-length", "0")
        handler.end_headers()

    @property
    def acknowledged(self):
        """The ids of the reports that were answered with 2xx."""
        return [one.id for one in self.received if one.status and one.status // 100 == 2]

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, handler, context):
        self._context = context
        super().__init__(address, handler)

    def finish_request(self, request, client_address):
        """In the thread of the connection: a client that ends in the handshake must not hold up others."""
        try:
            request.settimeout(20)
            with self._context.wrap_socket(request, server_side=True) as wrapped:
                super().finish_request(wrapped, client_address)
        except OSError:
            pass

    def handle_error(self, request, client_address):
        pass
