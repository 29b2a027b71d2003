"""Tests of packing."""

from __future__ import annotations

import random
import zlib

from Crypto.Hash import MD4
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.packing import INFLATED_CAP, deflated, pack, unpack


def digest(payload: bytes) -> str:
    """The MD4 of a payload, as recorded."""
    return MD4.new(payload).hexdigest()  # noqa: S303 - what the recording has


def packed(stream: bytes) -> bytes:
    """A packed SEARCH_RES of this zlib stream."""
    return b"\x06\x17" + stream


class RecordedTests(SynchronousTestCase):
    """Datagrams that iMule packed, and streams that rust-mule read."""

    def test_imule_unpacked(self) -> None:
        """Every datagram that iMule packed gives the payload back, even those it cannot read."""
        for case in recorded("packed_imule")["cases"]:
            plain = b"\x05\x17" + bytes.fromhex(case["plain_payload_hex"])
            self.assertEqual(unpack(bytes.fromhex(case["datagram_hex"])), plain, case["name"])

    def test_imule_packed(self) -> None:
        """We pack what iMule packs, except what iMule's receiver could not inflate."""
        cases = recorded("packed_imule")["cases"]
        self.assertEqual(len(cases), 6)
        for case in cases:
            plain = b"\x05\x17" + bytes.fromhex(case["plain_payload_hex"])
            readable = not case["imule_receiver_inflate"].startswith("fails")
            protocol = int(case["datagram_hex"][:2], 16) if readable else 5
            self.assertEqual(pack(plain)[0], protocol, case["name"])
            self.assertEqual(unpack(pack(plain)), plain)

    def test_rust_datagrams(self) -> None:
        """We read from iMule's datagrams what rust-mule reads."""
        cases = [c for c in recorded("packed_rust")["cases"] if "datagram_hex" in c]
        self.assertEqual(len(cases), 8)
        for case in cases:
            plain = unpack(bytes.fromhex(case["datagram_hex"]))
            result = case["result"]
            self.assertEqual((plain[0], plain[1]), (5, result["opcode"]))
            self.assertEqual(len(plain) - 2, result["payload_len"])
            self.assertEqual(digest(plain[2:]), result["payload_md4"])

    def test_rust_streams(self) -> None:
        """We accept and refuse the streams that rust-mule accepts and refuses."""
        cases = [c for c in recorded("packed_rust")["cases"] if "deflated_hex" in c]
        self.assertEqual(len(cases), 5)
        for case in cases:
            datagram = packed(bytes.fromhex(case["deflated_hex"]))
            if isinstance(case["result"], str):
                self.assertEqual(unpack(datagram)[2:].hex(), case["result"])
            else:
                self.assertRaises(DecodeError, unpack, datagram)


class PackTests(SynchronousTestCase):
    """When a datagram is packed."""

    def test_threshold(self) -> None:
        """Up to 200 payload bytes stay plain, 201 do not."""
        self.assertEqual(pack(b"\x05\x17" + b"A" * 200), b"\x05\x17" + b"A" * 200)
        self.assertEqual(pack(b"\x05\x17" + b"A" * 201)[:2], b"\x06\x17")

    def test_not_smaller(self) -> None:
        """What does not shrink stays plain."""
        noise = b"\x05\x17" + random.Random(1).randbytes(3000)
        self.assertEqual(pack(noise), noise)

    def test_other_protocols(self) -> None:
        """What is packed already, or not Kad, stays as it is."""
        for head in (b"\x06\x17", b"\x04\x60"):
            self.assertEqual(pack(head + b"A" * 400), head + b"A" * 400)

    @given(
        st.binary(max_size=600),
        st.integers(1, 400),
        st.sampled_from([1, 2, 5, 16, 64, 256]),
        st.integers(0, 4_200),
    )
    def test_the_small_window(self, word: bytes, times: int, letters: int, noise: int) -> None:
        """The quick way gives the bytes of zlib's own, whatever repeats and however far away."""
        some = random.Random(noise)
        noisy = bytes(some.randrange(letters) for _ in range(noise))
        payload = (noisy[: noise // 2] + word * times + noisy)[:4_200]
        self.assertEqual(deflated(payload), zlib.compress(payload, 9))

    @given(st.binary(max_size=60), st.integers(1, 170))
    def test_what_an_imule_can_inflate(self, word: bytes, times: int) -> None:
        """Nothing that we pack inflates beyond what an iMule makes room for."""
        plain = b"\x05\x17" + word * times
        datagram = pack(plain)
        self.assertLessEqual(len(datagram), len(plain))
        if datagram[0] == 6:
            self.assertLess(len(datagram), len(plain))
            self.assertLessEqual(len(plain) - 2, 10 * len(datagram) + 298)

    @given(st.integers(0, 255), st.binary(max_size=60), st.integers(0, 170))
    def test_round_trip(self, opcode: int, word: bytes, times: int) -> None:
        """What is packed comes back."""
        plain = bytes([5, opcode]) + word * times
        self.assertEqual(unpack(pack(plain)), plain)


class UnpackTests(SynchronousTestCase):
    """What is taken from others."""

    def refused(self, datagram: bytes, reason: str) -> None:
        """Assert the refusal of ``datagram`` with a text that holds ``reason``."""
        self.assertIn(reason, str(self.assertRaises(DecodeError, unpack, datagram)))

    def test_cap(self) -> None:
        """A payload of 100 KiB is read, one byte more is not."""
        most = bytes(INFLATED_CAP)
        self.assertEqual(unpack(packed(zlib.compress(most)))[2:], most)
        self.refused(packed(zlib.compress(most + b"\0")), "more than 102400 bytes")

    def test_bomb(self) -> None:
        """Inflation stops at the cap, long before a bomb of 40 MB has gone off."""
        block = zlib.compressobj(9)
        bomb = b"".join(block.compress(bytes(2**20)) for _ in range(40)) + block.flush()
        self.refused(packed(bomb), "more than 102400 bytes")

    def test_unfinished_stream(self) -> None:
        """A stream without its end or its checksum is refused."""
        stream = zlib.compress(b"hello " * 50)
        for size in range(len(stream)):
            self.refused(packed(stream[:size]), "before its zlib stream does")

    def test_wrong_checksum(self) -> None:
        """A stream with a wrong checksum is refused."""
        stream = zlib.compress(b"hello " * 50)
        self.refused(packed(stream[:-1] + bytes([stream[-1] ^ 1])), "not a zlib stream")

    def test_preset_dictionary(self) -> None:
        """A stream that wants a dictionary is refused."""
        deflater = zlib.compressobj(zdict=b"hello")
        stream = deflater.compress(b"hello hello") + deflater.flush()
        self.refused(packed(stream), "not a zlib stream")

    def test_bytes_after_the_stream(self) -> None:
        """Bytes after the stream are ignored, as iMule ignores them."""
        self.assertEqual(unpack(packed(zlib.compress(b"hello") + b"tail"))[2:], b"hello")

    def test_too_short(self) -> None:
        """Nothing and a single byte are refused."""
        self.refused(b"", "a protocol and an opcode")
        self.refused(b"\x05", "a protocol and an opcode")

    def test_other_protocols(self) -> None:
        """A protocol that is not Kad is refused by its number."""
        self.refused(b"\x04\x60", "protocol 0x04 is not Kad")

    @given(st.binary(max_size=64))
    def test_any_stream(self, stream: bytes) -> None:
        """Arbitrary bytes are refused with the one error or are a stream."""
        try:
            plain = unpack(packed(stream))
        except DecodeError:
            return
        self.assertEqual(plain[2:], zlib.decompressobj().decompress(stream))
