"""
Every sentence that the node can tell its user, marked for the catalogues.

They are made elsewhere, where no language is known; here they stand with named places for what
changes in them.  A name says what may stand there, see :mod:`twisted_mule.web.said`.
"""

from __future__ import annotations

from typing import Final

from twisted_mule.web.language import mark

_EVENTS: Final = (
    mark("The dashboard is open."),
    mark("No keys for our streams from the router yet ({reason}); it is asked again."),
    mark("Router: {state}"),
    mark("Router: {state}: {problem}"),
    mark(
        "Stopping: answers are given for another {count} s, then all is saved; press Ctrl-C again "
        "to leave at once."
    ),
    mark("The state is saved."),
    mark("The state could not be saved."),
    mark("The time lines could not be saved."),
    mark("The index could not be saved."),
    mark("This is a practice network of {count} neighbours on this machine: no anonymity."),
    mark("Recording: every datagram is written down in {path}."),
    mark("Who reads it sees what this node does; delete it once it is no longer needed."),
    mark("The self-check finds {clause} broken: {findings}."),
    mark("The self-check finds {clause} kept."),
    mark("The self-check finds {clause} kept again."),
    mark("The self-check has not enough data for {clause} any more."),
    mark("clause 1 of the contract (timing)"),
    mark("clause 2 of the contract (ordering)"),
    mark("clause 3 of the contract (participation)"),
    mark("clause 4 of the contract (failures)"),
    mark("clause 5 of the contract (caps)"),
    mark("clause 6 of the contract (persistence)"),
    mark("clause 7 of the contract (no optimisation)"),
)
_STATE: Final = (
    mark("{name} is damaged ({reason}); it was set aside as {place}."),
    mark("{path} was open to other users; now only you can enter it."),
    mark("{path} was open to other users; now only you can read it."),
    mark("{path} is not a nodes.dat file ({reason}); nothing was taken from it."),
    mark("The identifier {place} was taken over from {name}."),
    mark(
        "{name} holds another identifier than {place}, which counts; to use the other one, move "
        "{again} away and start again."
    ),
    mark("{path} cannot be used ({reason}); check the free space of its disk."),
    mark("{path} cannot be read ({reason}); check the directory's owner and free space."),
    mark("{path} cannot be written ({reason}); check the directory's owner and free space."),
    mark("{path} cannot be set aside ({reason}); check the directory's owner and free space."),
    mark("{path} cannot be used: {reason}."),
    mark("{path} cannot be opened ({reason})."),
    mark("{path} cannot be read ({reason})."),
    mark("{path} is not open."),
    mark("The database cannot be used ({reason})."),
)
#: Reasons: ours first, then those of SQLite and of the system, as they come.
_REASONS: Final = (
    mark("it is not a database"),
    mark("it is not an identity file"),
    mark("it was written by a later version of this program"),
    mark("its keys are not text"),
    mark("an identifier is zero"),
    mark("the verify secret does not have 32 bits"),
    mark("datagrams and streams have the same destination"),
    mark("preferencesKad.dat has {count} bytes, not {size}"),
    mark("the identifier in preferencesKad.dat is zero"),
    mark("the file ends before its first contact"),
    mark("the file ends within its first words"),
    mark("form {count} of nodes.dat is not known"),
    mark("these keys are not I2P base64 text"),
    mark("the keys of an identity have {count} characters, not {size}"),
    mark("cannot use these keys: {reason}"),
    mark("this is not I2P base64"),
    mark(
        "this destination has 391 bytes (a key certificate, such as Ed25519); the KAD network "
        "carries only DSA_SHA1 destinations of 387 bytes"
    ),
    mark("a destination has {count} bytes, not {size}"),
    mark("this destination does not end in the null certificate"),
    mark("this destination begins with four zero bytes"),
    mark("the router opened the session for another identity"),
    mark("database or disk is full"),
    mark("database is locked"),
    mark("database disk image is malformed"),
    mark("disk I/O error"),
    mark("attempt to write a readonly database"),
    mark("unable to open database file"),
    mark("file is not a database"),
    mark("No space left on device"),
    mark("Disk quota exceeded"),
    mark("Permission denied"),
    mark("Operation not permitted"),
    mark("Read-only file system"),
    mark("No such file or directory"),
    mark("Not a directory"),
    mark("Is a directory"),
    mark("File exists"),
    mark("Input/output error"),
    mark("Too many open files"),
    mark("A process has ended with a probable error condition: {reason}"),
    mark("A process has ended without apparent errors: {reason}"),
    mark("process ended with exit code {count}."),
    mark("process ended by signal {count}."),
    mark("process finished with exit code {count}."),
)
_HEADLINES: Final = (
    mark("Stopping: answers are still given until the node closes"),
    mark("Stopped"),
    mark("Not connected to the I2P router yet"),
    mark("Online, but no contact is known"),
    mark("Online: those known to begin with are asked; none has answered yet"),
    mark("Online: the first question goes out in {count} s"),
    mark("{count} contacts are known; none has answered yet"),
    mark("{count} of {all} contacts verified"),
)
#: What can go wrong with the router, and the next thing to do.
_PROBLEMS: Final = (
    mark("I2P router not found at {place}"),
    mark("The name of the I2P router in {place} is not known"),
    mark("Whatever listens at {place} closed the connection without a greeting"),
    mark("Something other than SAM answers at {place}"),
    mark("The router's answer cannot be read"),
    mark("Nothing answers our greeting at {place}"),
    mark("The router speaks neither SAM 3.0 nor SAM 3.1"),
    mark("This identity is already in use in the router"),
    mark("The router does not accept the keys of this identity"),
    mark("The router refuses the SAM greeting: {said}"),
    mark("The router cannot open a session: {said}"),
    mark("These keys are not I2P base64 text"),
    mark("The keys of an identity have {count} characters, not {size}"),
    mark("Cannot use these keys: {reason}"),
    mark("This is not I2P base64"),
    mark(
        "This destination has 391 bytes (a key certificate, such as Ed25519); the KAD network "
        "carries only DSA_SHA1 destinations of 387 bytes"
    ),
    mark("A destination has {count} bytes, not {size}"),
    mark("This destination does not end in the null certificate"),
    mark("This destination begins with four zero bytes"),
    mark("The router opened the session for another identity"),
    mark("The new identity could not be written down: {reason}"),
    mark("No UDP port could be opened on {place}"),
    mark("No UDP port could be opened on any address"),
    mark("The router opened no session within {count} minutes"),
    mark("Session open, but nothing comes back"),
    mark("The router had not let go of the previous session"),
    mark("The session fell silent: nothing has come for {count} minutes"),
    mark("The process that sends and receives has ended: {reason}"),
    mark("Router connection lost"),
    mark("A fault in this program ended the session: {place}"),
    mark("The router opened a session for streams, but takes no calls for it"),
)
_ADVICE: Final = (
    mark(
        "Start the router and see that SAM is on: in Java I2P it is the SAM application bridge on "
        "the clients page, off by default; in i2pd it is on by default."
    ),
    mark("Write the router's IP address into the configuration."),
    mark(
        "See that this is the router's SAM port, usually 7656; a router that has just started "
        "needs a moment."
    ),
    mark(
        "Its answer begins with {said}; write the router's SAM port, usually 7656, into the "
        "configuration."
    ),
    mark(
        "It begins with {said}; the next try comes by itself, and if it stays so, report it with "
        "the router's version."
    ),
    mark("See that this is the router's SAM port, usually 7656, and that the router is not stuck."),
    mark("Update the router; every i2pd and Java I2P of the last years speaks both."),
    mark(
        "Stop any other copy of this node; if there is none, the router is still closing the old "
        "session, and the next try will do."
    ),
    mark("Put the identity back from a copy; without one, a new identity is a new node."),
    mark(
        "See whether its SAM bridge asks for a user name and a password; this node has none, so "
        "let local programs in without."
    ),
    mark(
        "Look at the router's own page or log, and at the SAM options in the configuration; the "
        "next try comes by itself."
    ),
    mark("Let the node make an identity of its own, or bring one of signature type DSA_SHA1 (0)."),
    mark("See to free space and write permission in the data directory."),
    mark("See whether something forbids this program to listen for UDP datagrams."),
    mark(
        "See on the router's own page whether it has peers and builds tunnels; a router that has "
        "just started needs some minutes."
    ),
    mark(
        "Neither UDP nor the control connection brings datagrams: see on the router's own page "
        "whether it has peers and tunnels."
    ),
    mark(
        "The router forwards to us, but does not take what we send: see that its SAM UDP port is "
        "{place}."
    ),
    mark(
        "Either {place} is not the router's SAM UDP port, or the router cannot reach us at "
        "{here}: see to that port, and to firewalls and containers between the two."
    ),
    mark("Nothing to do: it is opened anew in a moment."),
    mark("It is opened anew by itself; if this happens often, look at the router's log."),
    mark("It is started again by itself; if this happens often, look at what the node has logged."),
    mark(
        "Identity and contacts are kept and the node connects again by itself; see whether the "
        "router runs."
    ),
    mark("The log has the details; please report them."),
    mark("It is opened anew by itself; datagrams are not touched by this."),
)
_STATES: Final = (
    mark("offline"),
    mark("connecting"),
    mark("greeting"),
    mark("creating"),
    mark("testing"),
    mark("online"),
    mark("waiting"),
)
SENTENCES: Final = (
    *_EVENTS,
    *_STATE,
    *_REASONS,
    *_HEADLINES,
    *_PROBLEMS,
    *_ADVICE,
    *_STATES,
)
