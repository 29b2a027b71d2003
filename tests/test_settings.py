"""Settings: which place wins, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.settings import (
    DEFAULT_SAM,
    DEFAULT_WEB,
    Settings,
    SettingsError,
    parse_file,
    settings,
)

HOME = Path("/home/somebody/mule")
FULL = """
data = "/srv/mule"
web = "tcp:9090:interface=127.0.0.1"
nodes = "/srv/nodes.dat"
practice = 5

[sam]
endpoint = "tcp:127.0.0.1:7666"
udp_port = 7000

[sam.options]
"inbound.length" = 1
outbound.length = 2
i2cp.leaseSetEncType = "0"
"i2cp.fastReceive" = true
"""


def found(file: str = "", environment: dict[str, str] | None = None, **flags: object) -> Settings:
    """The settings from these three places."""
    return settings(flags, environment or {}, parse_file(file, "mule.toml"), "mule.toml", HOME)


class PrecedenceTests(SynchronousTestCase):
    """Flag over environment over file over default."""

    def test_defaults(self) -> None:
        """With nothing said, the defaults hold and say so."""
        nothing = found()
        self.assertEqual(Settings(data=HOME), nothing)
        self.assertEqual((DEFAULT_SAM, DEFAULT_WEB, 7655), (nothing.sam, nothing.web, 7655))
        self.assertEqual({"default"}, set(nothing.origins.values()))

    def test_file(self) -> None:
        """Every key of the file arrives, with its name as origin."""
        full = found(FULL)
        self.assertEqual(
            Settings(
                data=Path("/srv/mule"),
                sam="tcp:127.0.0.1:7666",
                sam_udp_port=7000,
                sam_options={
                    "inbound.length": "1",
                    "outbound.length": "2",
                    "i2cp.leaseSetEncType": "0",
                    "i2cp.fastReceive": "true",
                },
                web="tcp:9090:interface=127.0.0.1",
                nodes=Path("/srv/nodes.dat"),
                practice=5,
            ),
            full,
        )
        self.assertEqual("sam.endpoint in mule.toml", full.origins["sam"])

    def test_each_place_wins_over_the_next(self) -> None:
        """A variable wins over the file, and a flag over the variable."""
        variable = {"MULE_PRACTICE": "6"}
        self.assertEqual(5, found(FULL).practice)
        self.assertEqual(6, found(FULL, variable).practice)
        flagged = found(FULL, variable, practice="7")
        self.assertEqual((7, "--practice"), (flagged.practice, flagged.origins["practice"]))

    def test_an_empty_variable(self) -> None:
        """An empty variable and a flag that was not given say nothing."""
        self.assertEqual(DEFAULT_SAM, found("", {"MULE_SAM": ""}, sam=None).sam)

    def test_short_form(self) -> None:
        """The router may stand in the file as one string."""
        self.assertEqual("tcp:r:1234", found('sam = "tcp:r:1234"').sam)

    def test_udp_port_beside(self) -> None:
        """Unless it is named, the UDP port is the number before the router's SAM port."""
        self.assertEqual(7665, found(sam="tcp:127.0.0.1:7666").sam_udp_port)
        self.assertEqual(7655, found(sam="unix:/run/sam").sam_udp_port)
        self.assertEqual(99, found("", {"MULE_SAM_UDP_PORT": "99"}).sam_udp_port)


class RefusalTests(SynchronousTestCase):
    """What cannot be used is an error in one sentence."""

    def refused(self, file: str = "", **flags: object) -> str:
        """The sentence."""
        with self.assertRaises(SettingsError) as caught:
            found(file, **flags)  # type: ignore[arg-type]
        sentence = str(caught.exception)
        self.assertNotIn("\n", sentence.rstrip())
        return sentence

    def test_unknown_key(self) -> None:
        """An unknown key comes with the one that was meant."""
        self.assertIn("did you mean 'practice'?", self.refused("practise = 8"))
        self.assertIn("did you mean 'sam.udp_port'?", self.refused("[sam]\nudpport = 1"))

    def test_far_from_any(self) -> None:
        """A key like no other comes with the list of all."""
        self.assertIn("known keys are data, nodes,", self.refused("zzz = 1"))

    def test_tuning(self) -> None:
        """Who wants to tune the timing learns why nobody can."""
        self.assertIn("the same in every node", self.refused("alpha = 5"))
        self.assertIn("the same in every node", self.refused("[sam]\nsend_rate = 5"))

    def test_no_number_of_the_contract(self) -> None:
        """No constant of the contract is a key, whatever the spelling."""
        for name in vars(contract):
            if name.isupper():
                for key in (name, name.lower()):
                    self.refused(f"{key} = 1")

    def test_values(self) -> None:
        """A value of the wrong kind or out of range is named with where it stands."""
        cases: list[tuple[dict[str, Any], str]] = [
            ({"file": "practice = 0"}, "from 1 to 64"),
            ({"file": "practice = 65"}, "from 1 to 64"),
            ({"file": "practice = true"}, "from 1 to 64"),
            ({"file": "practice = 1.5"}, "from 1 to 64"),
            ({"practice": "eight"}, "--practice 'eight'"),
            ({"practice": "9" * 5000}, "from 1 to 64"),
            ({"file": "web = 8080"}, "write it as text"),
            ({"file": "data = ''"}, "not empty"),
            ({"file": "sam = 7656"}, "table [sam]"),
            ({"file": "[data]\nx = 1"}, "write it as text"),
            ({"file": "[sam]\nudp_port = 0"}, "from 1 to 65535"),
            ({"file": "[sam]\noptions = 'x'"}, "table"),
            ({"file": "sam.options.x = [1]"}, "neither text nor"),
            ({"file": "sam.options.x = 'two words'"}, "plain characters"),
            ({"file": "sam.options.x = 'a\"b'"}, "quote"),
            ({"file": "sam.options.x = '''a\nb'''"}, "plain characters"),
            ({"file": "sam.options.'a=b' = 1"}, "plain characters"),
            ({"file": "sam.options.Signature_Type = 7"}, "said by the node itself"),
            ({"data": "a\0b"}, "null character"),
            ({"web": "tcp:8080"}, "for this machine only"),
            ({"file": "practice = "}, "not a TOML file"),
        ]
        for arguments, part in cases:
            self.assertIn(part, self.refused(**arguments), msg=str(arguments))

    def test_two_routers(self) -> None:
        """Practice and a router in one command line exclude each other."""
        self.assertIn("leave out", self.refused(sam="tcp:r:1", practice="8"))
        self.assertEqual(8, found('sam = "tcp:r:1"', practice="8").practice)

    @given(st.text(max_size=60))
    def test_any_file(self, text: str) -> None:
        """Any text is a file or one sentence."""
        try:
            parse_file(text, "mule.toml")
        except SettingsError as reason:
            self.assertIn("mule.toml", str(reason))

    @given(st.dictionaries(st.sampled_from(["sam", "web", "practice", "data"]), st.text()))
    def test_any_flags(self, flags: dict[str, str]) -> None:
        """Any words on the command line are settings or one sentence."""
        try:
            self.assertIsInstance(found(**flags), Settings)  # type: ignore[arg-type]
        except SettingsError as reason:
            self.assertIn("--", str(reason))
