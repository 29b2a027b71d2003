"""The kinds of files."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.sharing.filetypes import FileType, file_type


class FileTypeTests(SynchronousTestCase):
    """What names say."""

    def test_kinds(self) -> None:
        """The extension says what a file holds, whatever its case."""
        for name, kind in {
            "song.mp3": "Audio",
            "Song.FLAC": "Audio",
            "film.part1.mkv": "Video",
            "photo.JPEG": "Image",
            "book.epub": "Doc",
            "setup.exe": "Pro",
        }.items():
            self.assertEqual(kind, file_type(name))

    def test_archives_and_discs(self) -> None:
        """Archives and images of discs are programs on the wire."""
        for name in ("a.zip", "a.7z", "a.tar.gz", "a.rar", "a.iso", "a.nrg", "a.cue"):
            self.assertIs(FileType.PROGRAM, file_type(name))

    def test_unknown(self) -> None:
        """A name whose ending says nothing has no kind."""
        for name in ("", "README", ".mp3", "mp3", "a.", "a.unheard", "a.mp3 "):
            self.assertIsNone(file_type(name))

    def test_words(self) -> None:
        """The five words are those of the network."""
        self.assertEqual(
            ["Audio", "Video", "Image", "Doc", "Pro"], [str(kind) for kind in FileType]
        )
