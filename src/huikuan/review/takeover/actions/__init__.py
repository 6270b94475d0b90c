"""The take-over, written. loads.py the frame of a load and the rows that wait · claims.py items into the ledger ·
papers.py documents and master data · settings.py who leads · ties.py tie-out and post-back."""

from huikuan.review.takeover.actions.claims import land
from huikuan.review.takeover.actions.loads import (
    ask_load,
    close_load,
    drop,
    fail_load,
    keep_mended,
    mark_fixed,
    open_load,
    set_aside,
)
from huikuan.review.takeover.actions.mends import mend
from huikuan.review.takeover.actions.papers import land_papers, land_partners
from huikuan.review.takeover.actions.settings import set_leader
from huikuan.review.takeover.actions.ties import ask_post_back, keep_tie_out, keep_tie_outs, post_back

__all__ = [
    "ask_load",
    "ask_post_back",
    "close_load",
    "drop",
    "fail_load",
    "keep_mended",
    "keep_tie_out",
    "keep_tie_outs",
    "land",
    "land_papers",
    "land_partners",
    "mark_fixed",
    "mend",
    "open_load",
    "post_back",
    "set_aside",
    "set_leader",
]
