"""Tests of the files that an iMule wrote, its index files included."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from tests.samples import destination
from tests.store.index_files import (
    read_key_index,
    read_load_index,
    read_source_index,
)
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import file_keywords, keyword_id
from twisted_mule.kad.tags import (
    COMPLETE_SOURCES,
    ENCRYPTION,
    FILENAME,
    FILESIZE,
    FILETYPE,
    FLAGS,
    MEDIA_ARTIST,
    MEDIA_LENGTH,
    SOURCEDEST,
    SOURCES,
    SOURCETYPE,
    SOURCEUDEST,
    Tag,
    address,
    text,
)
from twisted_mule.store.nodes_dat import read, write

CLOCK = 1_700_000_000
HOUR = 3600
OWN_ID = KadID.from_hex("00112233445566778899aabbccddeeff")
UBUNTU = KadID.from_hex("31d6cfe0d16ae931b73c59d7e0c089c0")
SONG = KadID.from_hex("a448017aaf21d8525fc10ae87aa6729d")
PEER = KadID.from_hex("0f1e2d3c4b5a69788796a5b4c3d2e1f0")


def written(name: str) -> bytes:
    """The bytes of one file that iMule wrote."""
    contents = recorded("indexfiles_imule")
    assert contents["clock"] == CLOCK
    (found,) = [file["hex"] for file in contents["files"] if file["file"] == name]
    return bytes.fromhex(found)


class NodesFileTests(SynchronousTestCase):
    """The ``nodes.dat`` of an iMule that also wrote itself."""

    def test_contacts(self) -> None:
        """Twelve contacts are read, the writer first, each key bound to its destination."""
        file = read(written("nodes.dat"))
        self.assertEqual((file.form, len(file.contacts), file.skipped), (2, 12, 0))
        me, *others = file.contacts
        self.assertEqual((me.kad_id, me.destination), (OWN_ID, destination(100)))
        self.assertEqual([n.version for n in others], [8, 1, 8, 5, 8, 8, 8, 8, 5, 8, 0])
        keys = {n.udp_key: n.udp_key_hash for n in others if n.udp_key}
        self.assertEqual(set(keys), {119, 153, 102})
        self.assertEqual(set(keys.values()), {destination(100).dest_hash})

    def test_written_again(self) -> None:
        """What we write from it is byte for byte what iMule wrote."""
        data = written("nodes.dat")
        self.assertEqual(write(read(data).contacts), data)

    def test_without_oneself(self) -> None:
        """Its writer leaves itself out when it reads the file again."""
        data = written("nodes.dat")
        everybody = read(data).contacts
        self.assertEqual(read(data, OWN_ID).contacts, everybody[1:])
        self.assertEqual(read(data, None, destination(100)).contacts, everybody[1:])


class IndexFileTests(SynchronousTestCase):
    """The index files, whose tags have the serial that datagrams have (wire-format D6)."""

    def test_keywords(self) -> None:
        """The keyword index holds two files under one word, each with its name and publisher."""
        file = read_key_index(written("key_index.dat"))
        self.assertEqual((file.version, file.clock, file.owner), (3, CLOCK + 24 * HOUR, OWN_ID))
        self.assertEqual(list(file.entries), [keyword_id("ubuntu")])
        files = file.entries[keyword_id("ubuntu")]
        self.assertEqual(list(files), [UBUNTU, SONG])
        for (entry,) in files.values():
            name = text(entry.tags, FILENAME)
            assert name is not None
            self.assertIn("ubuntu", file_keywords(name))
            self.assertEqual(entry.names, ((name, 1),))
            self.assertEqual(entry.publishers, ((0xFA5077D1, CLOCK),))
            self.assertEqual(entry.expiry, CLOCK + 24 * HOUR)

    def test_keyword_tags(self) -> None:
        """An entry keeps its tags, in reverse order but for the name and the size at the end."""
        files = read_key_index(written("key_index.dat")).entries[keyword_id("ubuntu")]
        (image,), (song,) = files.values()
        self.assertEqual(
            image.tags,
            (
                Tag(FILETYPE, "Pro"),
                Tag(SOURCES, 5),
                Tag(COMPLETE_SOURCES, 3),
                Tag(FILENAME, "ubuntu-24.04-desktop-amd64.iso"),
                Tag(FILESIZE, 6_114_656_256),
            ),
        )
        self.assertEqual(song.tags[:2], (Tag(MEDIA_LENGTH, 215), Tag(MEDIA_ARTIST, "Art")))
        self.assertEqual(text(song.tags, FILENAME), "ubuntu été.mp3")

    def test_sources(self) -> None:
        """The source index holds one source, with both of its destinations."""
        file = read_source_index(written("src_index.dat"))
        self.assertEqual((file.version, file.clock), (2, CLOCK + 5 * HOUR))
        ((entry,),) = file.entries[UBUNTU].values()
        self.assertEqual(list(file.entries[UBUNTU]), [PEER])
        self.assertEqual(
            [tag.name for tag in entry.tags],
            [ENCRYPTION, FLAGS, SOURCEDEST, SOURCETYPE, SOURCEUDEST, FILESIZE],
        )
        datagrams, streams = address(entry.tags, SOURCEUDEST), address(entry.tags, SOURCEDEST)
        assert datagrams is not None
        self.assertEqual(datagrams.dest_hash, 0xFA5077D1)
        self.assertEqual(streams, destination(101))

    def test_loads(self) -> None:
        """The load index has nothing in it."""
        file = read_load_index(written("load_index.dat"))
        self.assertEqual((file.version, file.clock, file.loads), (1, CLOCK, ()))
