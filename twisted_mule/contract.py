"""
Every number of the behaviour contract, with the clause that it keeps.

Nothing here is read from options, files, the environment or the hardware, and nothing in this
module imports settings: a node with other numbers would be a node that an observer can name.
Units are seconds, datagrams and bytes.  Source: design.md sections 4 to 6.
"""

from __future__ import annotations

from typing import Final

# Clause 1, timing: ticks are a renewal process, X = TICK_BASE + TICK_SPREAD * Beta(2,2).
TICK_BASE: Final = 0.4
TICK_SPREAD: Final = 1.2
#: A tick that comes later than this is skipped: no catch-up burst.
TICK_LATE: Final = 0.5

# Clause 1: delay = base + jitter, one law for every type, counted from arrival.
DELAY_BASE: Final = 0.5
DELAY_JITTER: Final = 2.5
#: An answer that is not there so long before its tick is dropped, never sent late.
COMMIT_DEADLINE: Final = 0.1
#: The request of a tick is made as of so long before it: never earlier than the last tick was.
REQUEST_LEAD: Final = TICK_BASE
#: Datagrams of a tick leave within this span ...
BATCH_SPAN: Final = 0.25
#: ... and never closer to each other than this.
BATCH_GAP: Final = 0.002
#: Bounds of the delay that follow: [0.5, 3.25] seconds after arrival.
DELAY_LEAST: Final = DELAY_BASE
DELAY_MOST: Final = DELAY_BASE + DELAY_JITTER + BATCH_SPAN

# Clause 5, caps: the places of a tick.
ANSWER_PLACES: Final = 12
REQUEST_PLACES: Final = 1
PLACES: Final = ANSWER_PLACES + REQUEST_PLACES
#: A search may be answered in so many parts; every other request in one.
SEARCH_PARTS: Final = 4

# Clause 5: admission at arrival, one token a datagram whatever its type.
PEER_RATE: Final = 12 / 60
PEER_BURST: Final = 4
GLOBAL_RATE: Final = 3.0
GLOBAL_BURST: Final = 20
#: Under overload chance lets in this share of what comes, one of three steps.  It is decided by the
#: demand of the epoch before, against the rate of all and twice that, and kept for a whole epoch of
#: drawn length: loss is no live meter of load.
SATURATION_SHARES: Final = (1.0, 0.5, 0.25)
SATURATION_EPOCH: Final = (480.0, 720.0)
#: Datagrams that may answer one request of ours, within its life.
ANSWERS_PER_REQUEST: Final = 4
REQUEST_LIFE: Final = 180.0
#: Peers whose buckets are remembered; the longest-untouched one goes first.
PEERS_REMEMBERED: Final = 4096
#: Requests of ours that await an answer, at the most.
REQUESTS_TRACKED: Final = 1024

# Clause 5: our own requests to one peer in any 60 seconds, by kind.
REQUEST_WINDOW: Final = 60.0
HELLO_PER_PEER: Final = 2
BOOTSTRAP_PER_PEER: Final = 1
PING_PER_PEER: Final = 1
REQ_PER_PEER: Final = 8
SEARCH_PER_PEER: Final = 4
PUBLISH_PER_PEER: Final = 4

# Clause 5: greetings of contacts never greeted before.
GREETING_INTERVAL: Final = 4.0
GREETINGS_PER_CONTACT: Final = 2
GREETING_SPACING: Final = 60.0

# Clause 3, participation: fixed weights of the lot for the request place.
WEIGHT_LOOKUP: Final = 3
WEIGHT_GREETING: Final = 12
WEIGHT_MAINTENANCE: Final = 3
#: Lookups that walk at once, and the requests that each one spends.
LOOKUPS_AT_ONCE: Final = 2
LOOKUP_REQUESTS: Final = 24
LOOKUP_WALK: Final = 14
LOOKUP_FINISH: Final = LOOKUP_REQUESTS - LOOKUP_WALK
#: The sorts of twenty lookups: the mix is the same for every node and every use.
PACK_STORES: Final = 9
PACK_VALUES: Final = 8
PACK_NODES: Final = 3
#: Who has nobody more to ask keeps its slot so long from its begin, as if it asked; and where the
#: one in reserve has nobody either, the next one begins so long after it.  So the caps of an hour
#: last for the hour.
SLOT_LEAST: Final = 48.0
RESERVE_SPACING: Final = 240.0
#: Cover lookups: the share whose target is a key of others' requests, where one is known; so long
#: and so many are remembered.
COVER_SEEN: Final = 0.75
SEEN_LIFE: Final = 3600.0
SEEN_KEYS: Final = 512
#: Nobody fills that alone: so many of the keys, and of the entries below, are of one source.
SEEN_OF_ONE: Final = 16
FRESH_OF_ONE: Final = 16
#: Where nobody told what a key is a key of, the share of searches for files and for sources of one;
#: the rest asks for notes.
COVER_FILES: Final = 0.50
COVER_SOURCES: Final = 0.45
#: What others search for is searched as they did up to so many bytes of expression.
SEEN_EXPRESSION: Final = 512
#: Of cover stores only this share publishes, however much there is to publish: what others publish
#: to us, and so how much they ask of us, is not to be seen in what we do.
COVER_PUBLISHES: Final = 1 / 16
#: It publishes once more what others published to us within this time, each once.
FRESH_LIFE: Final = 1800.0
FRESH_ENTRIES: Final = 256
#: Clause 5: in any hour no more lookups begin than this, and no more stores among them.
LOOKUPS_PER_HOUR: Final = 150
STORES_PER_HOUR: Final = 70
#: Stores an hour of the steady mix, 45 % of 140: what publishing can count on.
STORES_STEADY: Final = 63

# Clauses 1 and 6, publishing: when a record is due again, drawn anew each time, well within the
# 5 h and the 24 h that other nodes keep it; and the hold of the first one after a start.
SOURCE_REPUBLISH: Final = (4.2 * 3600.0, 4.9 * 3600.0)
KEYWORD_REPUBLISH: Final = (20 * 3600.0, 24 * 3600.0)
NOTE_REPUBLISH: Final = (20 * 3600.0, 24 * 3600.0)
PUBLISH_HOLD: Final = (120.0, 900.0)
#: A publish that nobody acknowledged is tried again after about this.
PUBLISH_RETRY: Final = 1800.0
#: Files in one publish of a keyword.
FILES_PER_PUBLISH: Final = 150

# Clause 6, persistence: every period P is drawn anew from (1 -/+ PERIOD_SPREAD) * P.
PERIOD_SPREAD: Final = 0.25
#: Validity of a contact, by type, is drawn anew within this share of it.
VALIDITY_SPREAD: Final = 0.10
START_HOLD: Final = (5.0, 60.0)
STOP_CLOSE: Final = (30.0, 120.0)
RECONNECT_LEAST: Final = 10.0
RECONNECT_MOST: Final = 120.0

# Clause 1 and 5, sizes: what the receive buffer of iMule takes (wire-format section 5).
DATAGRAM_SIZE: Final = 10_240
PAYLOAD_SIZE: Final = 10_222
