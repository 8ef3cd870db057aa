"""How each operator of torch passes on what its inputs see.

An operator that no rule knows makes what is behind it unknown, and never a number that may be wrong.
"""

from cnnbook.summary._tracing import mixing, moves, windows
from cnnbook.summary._tracing import seen as see
from cnnbook.summary._tracing.call import RULES, Call
from cnnbook.summary._tracing.seen import Seen


def seen_by(call: Call) -> list[Seen]:
    """Compute what each output of a call sees."""
    if not any(call.seen):
        return [{}] * len(call.outputs)
    if call.name in moves.SEVERAL:
        return moves.SEVERAL[call.name](call)
    rule = RULES.get(call.name) or (mixing.pointwise if call.pointwise else see_nothing_certain)
    return [rule(call)] * len(call.outputs)


def see_nothing_certain(call: Call) -> Seen:
    """Lose sight of all but what saw everything."""
    return see.lost(call.seen)


__all__ = ["seen_by", "windows"]
