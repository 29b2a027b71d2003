"""The ``mule`` command, as a shell sees it."""

from __future__ import annotations

from tests.commands.calling import CommandCase


class HelpTests(CommandCase):
    """What the command says of itself."""

    def test_every_verb_has_an_example(self) -> None:
        """The help of each verb shows one call of it, and the options that all have."""
        verbs = (
            "status",
            "doctor",
            "id",
            "nodes import",
            "nodes export",
            "nodes inspect",
            "share add",
            "share remove",
            "share rescan",
            "share list",
            "search",
            "searches",
            "sources",
            "notes",
            "comment",
            "lookup",
            "keywords",
            "inspect datagram",
        )
        for verb in verbs:
            text = self.mule(*verb.split(), "--help").stdout
            self.assertIn(f"Example: mule {verb}", text)
            for option in ("--data DIR", "--config FILE", "--json"):
                self.assertIn(option, text)

    def test_exit_codes_are_told(self) -> None:
        """The help lists how the command ends, a code a line."""
        text = self.mule("--help").stdout
        for line in ("  3  no node runs", "  5  no I2P router was found"):
            self.assertIn(line, text)

    def test_usage(self) -> None:
        """Words that mean nothing end with 2."""
        for words in (("fly",), ("status", "--fast"), ("nodes", "import")):
            self.mule(*words, code=2)

    def test_bad_settings(self) -> None:
        """A configuration that cannot be used ends with 2 and its sentence."""
        path = self.file(b"practise = 8", "bad.toml")
        self.assertIn("did you mean", self.sentence("status", "--config", path, code=2))
