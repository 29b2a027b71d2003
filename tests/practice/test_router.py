"""Tests for :mod:`twisted_mule.practice.router`."""

from __future__ import annotations

from random import Random

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.practice import router
from twisted_mule.practice.keys import DSA_SHA1, KeyPair, KeyTextError, b32, generate
from twisted_mule.practice.router import Attachment, OccupiedError, Parcel, Style, Switch
from twisted_mule.practice.weather import CALM, I2P_LIKE, Weather


class SwitchTests(SynchronousTestCase):
    """The switch carries datagrams between those who are there, as the weather allows."""

    def setUp(self) -> None:
        """A calm network of three on a virtual clock."""
        self.entropy = Random(0).randbytes
        self.begin(CALM)

    def begin(self, weather: Weather, seed: int = 1) -> None:
        """A network under ``weather``."""
        self.clock = Clock()
        self.switch = Switch(self.clock, Random(seed), weather)
        self.got: dict[str, list[Parcel]] = {}
        self.alice, self.bob, self.carol = (self.join(self.keys()) for _ in range(3))

    def keys(self) -> KeyPair:
        """Fresh keys."""
        return generate(DSA_SHA1, self.entropy)

    def join(self, keys: KeyPair, style: Style = Style.DATAGRAM) -> Attachment:
        """Attach, and keep what arrives."""
        box = self.got.setdefault(keys.destination, [])
        return self.switch.attach(keys, box.append, style)

    def box(self, attachment: Attachment) -> list[bytes]:
        """The payloads that arrived."""
        return [parcel.payload for parcel in self.got[attachment.destination]]

    def wait(self, seconds: float = 1.0) -> None:
        """Let time pass."""
        self.clock.pump([seconds / 20] * 20)

    def test_arrives_later_with_its_sender(self) -> None:
        """A datagram arrives after a delay, at its destination alone, and says who sent it."""
        self.alice.send(self.bob.destination, b"hi")
        self.assertEqual([], self.box(self.bob))
        self.wait()
        self.assertEqual([Parcel(self.alice.destination, b"hi")], self.got[self.bob.destination])
        self.assertEqual([], self.box(self.carol))

    def test_to_oneself(self) -> None:
        """A datagram to oneself travels like any other."""
        self.alice.send(self.alice.destination, b"me")
        self.wait()
        self.assertEqual([b"me"], self.box(self.alice))

    def test_by_name(self) -> None:
        """The b32 name of a destination does as well as its base64."""
        self.alice.send(b32(self.bob.destination).upper(), b"hi")
        self.wait()
        self.assertEqual([b"hi"], self.box(self.bob))

    def test_nobody_there(self) -> None:
        """Datagrams to the absent, to nonsense, or of no size or too large vanish."""
        self.alice.send(self.keys().destination, b"x")
        self.alice.send("nonsense", b"x")
        self.alice.send("nobody.i2p", b"x")
        self.alice.send(self.bob.destination, b"")
        self.alice.send(self.bob.destination, bytes(router.LARGEST + 1))
        self.assertEqual([], self.clock.getDelayedCalls())
        self.alice.send(self.bob.destination, bytes(router.LARGEST))
        self.wait()
        self.assertEqual([bytes(router.LARGEST)], self.box(self.bob))

    def test_first_datagrams_to_a_new_destination(self) -> None:
        """Until the lease set is found everything to it is lost, for each pair anew."""
        self.begin(evolve(CALM, search=(3.0, 3.0)))
        for sender in (self.alice, self.carol):
            before = len(self.box(self.bob))
            sender.send(self.bob.destination, b"lost")
            self.wait(4.0)
            self.assertEqual(before, len(self.box(self.bob)))
            sender.send(self.bob.destination, b"found")
            self.wait()
            self.assertEqual(before + 1, len(self.box(self.bob)))

    def test_coming_back(self) -> None:
        """Who leaves gets nothing; who comes back with the same keys has to be found again."""
        self.begin(evolve(CALM, search=(3.0, 3.0)))
        self.alice.send(self.bob.destination, b"looking")
        self.wait(4.0)
        self.alice.send(self.bob.destination, b"one")
        self.bob.close()
        self.bob.close()
        self.wait()
        bob = self.join(self.bob.keys)
        self.alice.send(bob.destination, b"two")
        self.wait(4.0)
        self.alice.send(bob.destination, b"three")
        self.wait()
        self.assertEqual([b"three"], self.box(bob))

    def test_taken(self) -> None:
        """A destination is there once; an old attachment cannot throw a new one out."""
        self.assertRaises(OccupiedError, self.join, self.bob.keys)
        self.bob.close()
        bob = self.join(self.bob.keys)
        self.bob.close()
        self.assertIs(bob, self.switch.found(bob.destination))
        self.bob.send(self.alice.destination, b"from the past")
        self.wait()
        self.assertEqual([], self.box(self.alice))

    def test_styles_do_not_mix(self) -> None:
        """A raw datagram does not arrive at a session for repliable ones."""
        raw, other = self.join(self.keys(), Style.RAW), self.join(self.keys(), Style.RAW)
        raw.send(self.bob.destination, b"raw")
        raw.send(other.destination, b"raw")
        self.wait()
        self.assertEqual(([], [b"raw"]), (self.box(self.bob), self.box(other)))

    def test_unpublished(self) -> None:
        """Nobody finds a session that is still being built."""
        keys = self.keys()
        box = self.got.setdefault(keys.destination, [])
        dave = self.switch.attach(keys, box.append, published=False)
        self.assertIsNone(self.switch.resolve(b32(keys.destination)))
        self.alice.send(dave.destination, b"too early")
        self.wait()
        dave.published = True
        self.alice.send(dave.destination, b"in time")
        self.wait()
        self.assertEqual([b"in time"], self.box(dave))

    def test_names(self) -> None:
        """Names are looked up, destinations are checked, nonsense is an error."""
        self.assertEqual(self.bob.destination, self.switch.resolve(b32(self.bob.destination)))
        self.assertEqual(self.bob.destination, self.switch.resolve(self.bob.destination))
        stranger = self.keys().destination
        self.assertEqual(stranger, self.switch.resolve(stranger))
        self.assertIsNone(self.switch.resolve("somebody.i2p"))
        self.assertRaises(KeyTextError, self.switch.resolve, "AAAA")

    def test_room(self) -> None:
        """The number of destinations and of datagrams under way is bounded."""
        self.patch(router, "ROOM", 3)
        self.assertRaises(OccupiedError, self.join, self.keys())
        self.patch(router, "IN_FLIGHT", 10)
        for _ in range(20):
            self.alice.send(self.bob.destination, b"x")
        self.wait()
        self.assertEqual(10, len(self.box(self.bob)))

    def test_failing_receiver(self) -> None:
        """A receiver that fails is logged; the others get theirs."""
        dave = self.switch.attach(self.keys(), lambda _: 1 // 0)  # type: ignore[arg-type]
        self.alice.send(dave.destination, b"x")
        self.alice.send(self.bob.destination, b"x")
        self.wait()
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual([b"x"], self.box(self.bob))

    def test_one_pair_does_not_shift_another(self) -> None:
        """What others send changes nothing about the weather between two."""
        arrivals = []
        for busy in (False, True):
            self.entropy = Random(0).randbytes
            self.begin(I2P_LIKE, seed=9)
            for _ in range(60):
                self.alice.send(self.bob.destination, b"x")
                if busy:
                    self.carol.send(self.bob.destination, b"y")
                    self.alice.send(self.carol.destination, b"y")
                self.clock.advance(1.0)
            arrivals.append([p for p in self.got[self.bob.destination] if p.payload == b"x"])
        self.assertEqual(len(arrivals[0]), len(arrivals[1]))
        self.assertGreater(len(arrivals[0]), 40)

    def test_stop(self) -> None:
        """After stopping nobody is there, nothing is under way and no timer is left."""
        self.alice.send(self.bob.destination, b"x")
        self.switch.stop()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertIsNone(self.switch.found(self.bob.destination))
        self.alice.send(self.bob.destination, b"x")
        self.wait()
        self.assertEqual([], self.box(self.bob))
