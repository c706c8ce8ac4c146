"""An object store that speaks S3 over HTTP, on loopback: moto's server, in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

KEY, SECRET, BUCKET = "AKIDEXAMPLE0000", "do-not-tell-me", "growing-lake"


class Objects:
    """The store, and what it holds."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"127.0.0.1:{port}"

    def put_bucket(self, name: str = BUCKET) -> None:
        request = urllib.request.Request(f"http://{self.endpoint}/{name}", method="PUT")
        urllib.request.urlopen(request, timeout=10).close()

    def names(self, name: str = BUCKET) -> list[str]:
        """The keys of all objects of the bucket (up to 1,000)."""
        import xml.etree.ElementTree as tree

        with urllib.request.urlopen(f"http://{self.endpoint}/{name}?list-type=2", timeout=10) as answer:
            found = tree.fromstring(answer.read())
        return sorted(str(one.text) for one in found.iter() if one.tag.endswith("}Key"))

    @property
    def settings(self) -> str:
        """What charter.yaml says of it, below spec.store."""
        return f"    data: s3://{BUCKET}/group\n    objectStore: {{endpoint: '{self.endpoint}', urlStyle: path, useSsl: false, region: eu-central-1}}\n"


@contextmanager
def storing() -> Iterator[Objects]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # It says on stderr when it listens.
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        for line in server.stderr or ():
            if "Running on" in line:
                break
        # It tells of each request there as well: unread, a full pipe would stop it after some hundreds.
        threading.Thread(target=lambda: deque(server.stderr or (), maxlen=0), daemon=True).start()
        found = Objects(port)
        found.put_bucket()
        yield found
    finally:
        server.kill()
        server.communicate()
