"""Verify keys: the number that proves to us that a peer once received something of ours."""

from __future__ import annotations

from functools import lru_cache
from hashlib import md5
from struct import Struct
from typing import Final

_TWO_WORDS: Final = Struct("<2I")
_FOUR_WORDS: Final = Struct("<4I")
_MODULUS: Final = 0xFFFF_FFFE
#: An answer is written under the key with which its request was opened a moment ago.
_REMEMBERED: Final = 64


@lru_cache(_REMEMBERED)
def verify_key(secret: int, dest_hash: int) -> int:
    """
    The key that the owner of ``secret`` gives to one destination (wire-format section 8).

    Only the one who gave it ever checks it; the peer just returns it.

    :param secret: an unsigned 32-bit number kept for the life of the installation.
    :param dest_hash: of the peer, an unsigned 32-bit number.
    :return: 1 to 2**32 - 2; never 0, which means "no key".
    """
    digest = md5(_TWO_WORDS.pack(dest_hash, secret), usedforsecurity=False).digest()
    a, b, c, d = _FOUR_WORDS.unpack(digest)
    return int((a ^ b ^ c ^ d) % _MODULUS) + 1
