"""Where the exit process begins: the other place at which reactor and clock enter."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
from typing import Any, Final

from twisted_mule.sparing import import_later, import_without, tidy  # isort: skip (before others)

# Nothing here speaks TLS or HTTP, and pycryptodome is as fast without cffi.
import_without("ssl", "asyncio")
import_later("http.cookiejar", "twisted.python.compat")
import_without("OpenSSL", "twisted.internet.posixbase")
import_without("cffi", "Crypto.Util._raw_api")

from twisted.internet.protocol import Factory
from twisted.logger import globalLogBeginner, textFileLogObserver

from twisted_mule.exit.inside import Inside
from twisted_mule.exit.pipe import Pipe
from twisted_mule.exit.slices import ask_for_short_slices
from twisted_mule.sam.carrier import READ_SIZE, Carrier

#: Descriptors that the node's process leaves open for us.
PIPE: Final = 3
UDP: Final = 4
#: Seconds after the start at which what is in memory by then is taken out of garbage collection.
_WARM: Final = 5.0


def main() -> None:
    """Run until the node's process closes the pipe, and not a moment longer."""
    # Ctrl-C reaches the whole group; the node's process drains, and needs us for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # Linux gives processor time to sessions: what the node's process uses is not held against ours.
    os.setsid()
    ask_for_short_slices()
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    reactor: Any = installed
    reactor.seconds = time.monotonic
    tidy()
    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stderr)])
    udp = socket.socket(fileno=UDP)
    udp.setblocking(False)

    def adopt(carrier: Carrier) -> None:
        carrier.adopt(reactor.adoptDatagramPort(UDP, udp.family, carrier, READ_SIZE))

    pipe = Pipe(reactor.stop)
    pipe.take = Inside(reactor, pipe.tell, adopt).take
    reactor.adoptStreamConnection(PIPE, socket.AF_UNIX, Factory.forProtocol(lambda: pipe))
    reactor.callLater(_WARM, settle)
    reactor.run(installSignalHandlers=False)


def settle() -> None:
    """What lives as long as the process need not be looked through again: no long pauses."""
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
