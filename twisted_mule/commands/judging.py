"""Only a verdict ends with the number of one: whatever goes wrong on the way ends with 2."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from twisted_mule.commands.verb import Exit, Refusal

#: Set to anything, the traceback of a defect is shown as well.
DEBUG: Final = "MULE_DEBUG"


@contextmanager
def judging() -> Iterator[None]:
    """
    Let what is done within end with a sentence if it does not end well.

    :raise Refusal: for whatever was not foreseen, a defect, an interruption or lack of memory.
    """
    try:
        yield
    except click.ClickException:
        raise
    except KeyboardInterrupt:
        raise Refusal("It was interrupted, so nothing is judged.", Exit.USAGE) from None
    except MemoryError:
        raise Refusal(
            "There is not enough memory for all of that, so nothing is judged; "
            "give it fewer traces at once.",
            Exit.USAGE,
        ) from None
    except Exception as reason:  # noqa: BLE001 - else it ends with 1, which means FAIL
        if os.environ.get(DEBUG):
            traceback.print_exc()
        raise Refusal(
            f"A defect of the audit, not of the node: nothing is judged ({reason!r}). "
            f"Please report it with what {DEBUG}=1 shows.",
            Exit.USAGE,
        ) from None
