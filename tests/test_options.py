"""The command line of ``twistd mule``."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.options import Options, default_data


class OwnOptions(Options):
    """Options with an environment of their own."""

    environment: ClassVar[dict[str, str]] = {}


class OptionsTests(SynchronousTestCase):
    """Words in, settings out."""

    def setUp(self) -> None:
        """A directory without a configuration of this machine."""
        self.root = Path(self.mktemp()).absolute()
        self.root.mkdir()
        self.config = self.root / "mule.toml"
        self.config.write_text("practice = 3\n")
        self.patch(OwnOptions, "environment", {"MULE_CONFIG": str(self.config)})

    def parsed(self, *words: str) -> Options:
        """What these words mean."""
        options = OwnOptions()
        options.parseOptions(list(words))
        return options

    def test_flags(self) -> None:
        """All flags arrive, long and short, with absolute paths."""
        nodes = self.root / "nodes.dat"
        nodes.touch()
        settings = self.parsed(
            "-d", "state", "--web", "unix:web", "--nodes", str(nodes), "-p", "8"
        ).settings
        self.assertEqual(Path("state").absolute(), settings.data)
        self.assertEqual(
            ("unix:web:mode=600", nodes, 8), (settings.web, settings.nodes, settings.practice)
        )

    def test_configuration(self) -> None:
        """The file that the environment names is read, and --config names another."""
        self.assertEqual(3, self.parsed().settings.practice)
        other = self.root / "other.toml"
        other.write_text("practice = 4\n")
        self.assertEqual(4, self.parsed("--config", str(other)).settings.practice)

    def test_usual_directory(self) -> None:
        """Without a word the state is where this user's data is."""
        self.assertEqual(default_data(), self.parsed().settings.data)
        self.assertIn("mule", default_data().parts)

    def test_refusals(self) -> None:
        """What cannot be used is a usage error of one sentence."""
        broken = self.root / "broken.toml"
        broken.write_bytes(b"\xff\xfe")
        large = self.root / "large.toml"
        large.write_bytes(b"#" * (1 << 21))
        for words, part in (
            (("--web", "tcp:80"), "for this machine only"),
            (("--practice", "65"), "from 1 to 64"),
            (("--sam", "localhost:7656"), "write tcp:localhost:7656"),
            (("--nodes", "nowhere.dat"), "is not a file"),
            (("--config", "nowhere.toml"), "no configuration file"),
            (("--config", str(broken)), "not UTF-8"),
            (("--config", str(large)), "too large"),
            (("--config", str(self.root)), "cannot be read"),
        ):
            with self.assertRaises(UsageError) as caught:
                self.parsed(*words)
            self.assertIn(part, str(caught.exception))

    def test_unknown_words(self) -> None:
        """Words that mean nothing are not passed over."""
        for words in (("--speed", "9"), ("surplus",)):
            with self.assertRaises(UsageError):
                self.parsed(*words)

    def test_help(self) -> None:
        """The help shows every flag, the file, examples, and where things are on this machine."""
        text = str(OwnOptions())
        for part in (
            "--sam=",
            "--data=",
            "--web=",
            "--nodes=",
            "--practice=",
            "--config=",
            "    [sam.options]",
            "    twistd -n mule --practice 8",
            str(default_data()),
        ):
            self.assertIn(part, text)
        self.assertLessEqual(max(map(len, text.splitlines()[:-3])), 80)
