"""The bridge's UDP port: it takes what clients send, and forwards to them what they are sent."""

from __future__ import annotations

from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger

from twisted_mule.practice.router import Parcel, Style
from twisted_mule.practice.sessions import RefusedError, Session, Sessions, ports_of
from twisted_mule.sam.datagram import FramingError, announce, read_order


class UdpPort(DatagramProtocol):
    """
    SAM's datagram port.

    It answers nothing: whatever cannot be sent is dropped, as a router does.

    :ivar sessions: who may send; set once it exists.
    """

    _log = Logger()
    sessions: Sessions | None = None

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """Send on behalf of the session that the first line names."""
        if self.sessions is None:
            return
        try:
            order = read_order(datagram)
            session = self.sessions.named(order.nickname)
        except (FramingError, RefusedError) as reason:
            self._log.debug("Dropped {size} bytes: {reason}", size=len(datagram), reason=reason)
            return
        if session.wish.style is not Style.STREAM:
            ports = ports_of(order.options, session.wish.ports)
            session.attachment.send(order.destination, order.payload, ports)

    def forward(self, session: Session, parcel: Parcel) -> None:
        """Send ``parcel`` to the place on this machine that ``session`` named."""
        if self.transport is None or session.wish.forward is None:
            return
        datagram = parcel.payload
        if parcel.style is Style.DATAGRAM:
            ports = parcel.ports if session.client.version >= (3, 2) else None
            datagram = announce(parcel.sender, parcel.payload, ports)
        try:
            self.transport.write(datagram, session.wish.forward)
        except OSError as reason:  # such as a full socket buffer
            self._log.debug("Could not forward: {reason}", reason=reason)
