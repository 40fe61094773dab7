"""client: one HTTP request, byte for byte as it is given, and the answer."""
import re
import socket
from urllib.parse import urlsplit


class Answer:
    """What came back: status 0 when nothing did."""

    def __init__(self, raw, method):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        match = re.match(r"HTTP/1\.[01] (\d{3})", lines[0])
        self.status = int(match[1]) if match else 0
        self.fields = [tuple(re.split(r":\s*", line, maxsplit=1)) for line in lines[1:] if ":" in line]
        self.head_only = method == "HEAD"
        if self.field("Transfer-Encoding") == "chunked":
            self.body = dechunk(self.body)

    def field(self, name):
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)

    def text(self):
        return self.body.decode("utf-8", "replace")

    def whole(self):
        return "".join(f"{key}: {value}\n" for key, value in self.fields) + "\n" + self.text()

    def by_the_program(self):
        """Did the program answer, and not the server itself?"""
        return self.field("X-Content-Type-Options") == "nosniff"


def dechunk(body):
    out = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        n = int(size.split(b";")[0] or b"0", 16)
        out, body = out + body[:n], body[n + 2:]
        if n == 0:
            break
    return out


def compose(line, fields, body, chunked):
    """The bytes of a request: `line` is its method and path."""
    lines = [line + " HTTP/1.1", "Connection: close", *fields]
    if not any(field.lower().startswith("host:") for field in fields):
        lines.insert(1, "Host: dashboard.test")
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        body = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 4096]), body[i:i + 4096])
                        for i in range(0, len(body), 4096)) + b"0\r\n\r\n"
    elif body is not None and not any(f.lower().startswith("content-length:") for f in fields):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines + ["", ""]).encode("latin-1") + (body or b"")


def connect(address):
    where = urlsplit(address)
    return socket.create_connection((where.hostname, where.port), timeout=60)


def exchange(address, line, fields=(), body=None, chunked=False):
    """Sends a request and returns the Answer. A server may answer, and close, before it has all."""
    with connect(address) as connection:
        try:
            connection.sendall(compose(line, fields, body, chunked))
        except (BrokenPipeError, ConnectionResetError):
            pass
        raw = b""
        try:
            while chunk := connection.recv(65536):
                raw += chunk
        except ConnectionResetError:
            pass
    return Answer(raw, line.split(" ")[0])
