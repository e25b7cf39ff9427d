"""What a process of ours asks of the interpreter. Called once by whoever starts one: `server` and the worker command.

Never called by the library: a program that embeds Headway keeps its own settings.
"""

import gc
import sys

SWITCH_S = 0.0001
_GC_THRESHOLDS = (50_000, 20, 50)


def tune() -> None:
    """Switch threads ten times a millisecond, and look for garbage less often.

    The committer's thread and the event loop hand each other work thousands of times a second: at the usual 5 ms between two
    switches each batch would wait that long. What was loaded at the start is never garbage, and jobs leave no cycles behind: the
    usual collection after every 700 objects would find nothing, thousands of times a second.
    """
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
