"""Servers for the tests, all on free loopback ports: nginx, squid, openssl s_server, and hostile ones on raw sockets."""

import errno
import os
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

LOOPBACK = "127.0.0.1"


def free_port():
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


class Process:
    """A server program in the foreground; it is ready when its port accepts, and ended by its process id."""

    def __init__(self, arguments, port, log, **options):
        self.port = port
        self._log = Path(log)
        with open(log, "wb") as out:
            self._process = subprocess.Popen(
                list(map(str, arguments)), stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options
            )
        self._wait_until_ready()

    def _wait_until_ready(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended at once: {self._log.read_text(errors='replace')}")
            try:
                socket.create_connection((LOOPBACK, self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"the server did not start: {self._log.read_text(errors='replace')}")

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Nginx(Process):
    """Serves `folder` over https (with `identity`) or http; `locations` are further nginx directives of the server, `http` of
    what is around it."""

    def __init__(self, prefix, identity=None, locations="", port=None, http=""):
        prefix = Path(prefix)
        self.folder = prefix / "www"
        self.folder.mkdir(parents=True)
        self.access_log = prefix / "access.log"
        port = port or free_port()
        tls = ""
        if identity:
            tls = f"ssl_certificate {identity.certificate}; ssl_certificate_key {identity.key};"
        temp = " ".join(
            f"{kind}_temp_path {prefix}/temp_{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (prefix / "nginx.conf").write_text(
            f"""
            daemon off; master_process off; pid {prefix}/nginx.pid; error_log {prefix}/error.log;
            events {{ worker_connections 64; }}
            http {{
                {temp}
                log_format all '$request|$http_if_none_match|$http_authorization|$http_accept_encoding|$status';
                access_log {self.access_log} all;
                {http}
                server {{
                    listen {LOOPBACK}:{port} {"ssl" if identity else ""};
                    {tls}
                    root {self.folder};
                    {locations}
                }}
            }}
            """
        )
        super().__init__(
            ["/usr/sbin/nginx", "-p", prefix, "-c", prefix / "nginx.conf", "-e", prefix / "error.log"],
            port,
            prefix / "out.log",
        )

    def publish(self, name, data):
        (self.folder / name).write_bytes(data)

    def requests(self):
        return self.access_log.read_text().splitlines() if self.access_log.exists() else []


class Squid(Process):
    """A plain forwarding proxy. `names` are host names that only this proxy can resolve, besides localhost; `login` is the
    scheme by which it demands a log-on."""

    LOGINS = {
        "Basic": "basic_fake_auth",
        "NTLM": "ntlm_fake_auth",
        "Negotiate": "negotiate_kerberos_auth -s HTTP/localhost",
    }

    def __init__(self, names=(), access="allow all", login=None):
        # Started by root, squid changes to its own user, which cannot enter the test's folder.
        self._folder = Path(tempfile.mkdtemp(prefix="squid-"))
        if os.getuid() == 0:
            shutil.chown(self._folder, "proxy", "proxy")
        (self._folder / "hosts").write_text("".join(f"{LOOPBACK} {name}\n" for name in ("localhost", *names)))
        self._access_log = self._folder / "access.log"
        port = free_port()
        demand = ""
        if login:
            helper = f"auth_param {login.lower()} program /usr/lib/squid/{self.LOGINS[login]}"
            demand = f"{helper}\nacl known proxy_auth REQUIRED\n"
        (self._folder / "squid.conf").write_text(
            f"http_port {LOOPBACK}:{port}\n"
            f"hosts_file {self._folder}/hosts\n"
            f"pid_filename none\n"
            f"cache deny all\n"
            f"cache_log {self._folder}/cache.log\n"
            f"coredump_dir {self._folder}\n"
            f"logfile_rotate 0\n"
            f"pinger_enable off\n"
            f"shutdown_lifetime 0 seconds\n"
            f"logformat plain %rm %ru %>Hs %{{Proxy-Authorization}}>h %{{Authorization}}>h\n"
            f"access_log stdio:{self._access_log} plain\n"
            f"{demand}"
            f"http_access {'allow known' if login else access}\n"
            f"http_access deny all\n"
        )
        super().__init__(["/usr/sbin/squid", "-N", "-f", self._folder / "squid.conf"], port, self._folder / "out.log")

    def requests(self):
        """Lines of "METHOD target status proxy-authorization authorization" ("-": none)."""
        lines = self._access_log.read_text().splitlines() if self._access_log.exists() else []
        return [line for line in lines if not line.startswith("- ")]  # "-": the probe for readiness

    def stop(self):
        self._process.kill()  # its orderly end takes seconds
        super().stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class OpensslServer(Process):
    """openssl s_server with the given switches; security level 0, so that it offers what is long forbidden."""

    def __init__(self, folder, identity, *switches):
        port = free_port()
        super().__init__(
            [
                *("openssl", "s_server", "-accept", f"{LOOPBACK}:{port}", "-quiet", "-www"),
                *("-cert", identity.certificate, "-key", identity.key, "-cipher", "ALL:@SECLEVEL=0", *switches),
            ],
            port,
            Path(folder) / "s_server.log",
            env={"PATH": "/usr/bin:/bin", "OPENSSL_CONF": "/dev/null"},
        )


def server_context(identity, ciphers="ALL", dh=None):
    """A TLS context for a server that may use weak certificates; with `dh`, a PEM file of parameters, it uses those."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    if dh:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_dh_params(dh)
    context.load_cert_chain(identity.certificate, identity.key)
    return context


class Peer:
    """One accepted connection, as a script sees it; after a handshake everything goes through TLS."""

    def __init__(self, server, sock):
        self.server = server
        self._socket = sock

    def start_tls(self, identity, **how):
        self._socket = server_context(identity, **how).wrap_socket(self._socket, server_side=True)

    def read_request(self):
        """The bytes up to the empty line; less when the client ends before."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.receive()
            if not more:
                break
            data += more
        return data

    def receive(self):
        data = self._socket.recv(65536)
        self.server.received += data
        return data

    def send(self, data):
        self._socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        self.server.sent += len(data)

    def send_without_end(self, data, pause=0.0, most=None):
        """Sends the same again and again until the client has enough (or the test is over), or `most` bytes."""
        end = None if most is None else self.server.sent + most
        while not self.server.stopping.wait(pause) and (end is None or self.server.sent < end):
            self.send(data)

    def hang(self):
        """Does nothing until the client leaves or the test is over."""
        self._socket.settimeout(0.05)
        while not self.server.stopping.is_set():
            try:
                if not self.receive():
                    return
            except TimeoutError:
                continue

    def end_tls(self):
        """Sends close_notify without waiting for the client's."""
        self._socket.settimeout(1)
        try:
            self._socket.unwrap()
        except OSError:
            pass

    def end_sending(self):
        """Ends the connection in this direction, without close_notify."""
        socket.socket.shutdown(self._socket, socket.SHUT_WR)

    def reset_on_close(self):
        """Makes close() send RST instead of FIN."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def block(self):
        """Makes the socket one for functions that know no time-out."""
        self._socket.settimeout(None)

    def fileno(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()


class HostileServer:
    """Runs `script(peer)` for every connection, in threads; `received` is every byte that clients sent (inside TLS the
    plain text), `sent` the number of those that the script sent, `connections` their number."""

    def __init__(self, script, identity=None, address=LOOPBACK, port=0):
        self._script = script
        self._identity = identity
        self._threads = []
        self.received = bytearray()
        self.sent = 0
        self.connections = 0
        self.tls_handshakes = 0
        self.stopping = threading.Event()
        self._listener = socket.create_server((address, port))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self):
        while not self.stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except TimeoutError:
                continue
            sock.settimeout(20)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock):
        peer = Peer(self, sock)
        try:
            if self._identity:
                peer.start_tls(self._identity)
                self.tls_handshakes += 1
            self._script(peer)
        except OSError:
            pass  # the client left: what the tests are about is seen at the client
        finally:
            peer.close()
            sock.close()

    def stop(self):
        self.stopping.set()
        self._accepting.join()
        for thread in self._threads:
            thread.join(timeout=5)
        self._listener.close()


class DeadPort:
    """A port whose connections never come about: its backlog is full, so the system drops what knocks."""

    def __init__(self, address=LOOPBACK, port=0):
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, port))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        self._fillers = []
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            if filler.connect_ex((address, self.port)) not in (0, errno.EINPROGRESS):
                raise RuntimeError("the backlog cannot be filled")
            self._fillers.append(filler)

    def stop(self):
        for filler in self._fillers:
            filler.close()
        self._listener.close()


def response(body=b"", status="200 OK", headers=(), length=None):
    """A complete answer of HTTP/1.1 with a Content-Length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def answering(data):
    """A script that reads the request and sends `data`."""

    def script(peer):
        peer.read_request()
        peer.send(data)

    return script
