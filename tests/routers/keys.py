"""
Ask a router for the keys of new destinations: run inside the namespace, prints a JSON list.

With keys made beforehand, one ``nodes.dat`` can name every node before any of them has started.
"""

from __future__ import annotations

import json
import socket
import sys

from tests.routers.talk import ask


def main(sam: int, count: int) -> None:
    """Print the private keys of ``count`` destinations of the old kind (DSA_SHA1)."""
    with (
        socket.create_connection(("127.0.0.1", sam), timeout=30.0) as connection,
        connection.makefile("rw", encoding="ascii", newline="\n") as control,
    ):
        ask(control, "HELLO VERSION MIN=3.0 MAX=3.1")
        replies = [ask(control, "DEST GENERATE SIGNATURE_TYPE=DSA_SHA1") for _ in range(count)]
    sys.stdout.write(json.dumps([reply["PRIV"] for reply in replies]) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
