"""The unattended door of the take-over: loads, comparisons and what goes back.

frame.py what every load does · lists.py lists by a column map · extract.py an S/4 extract · compare.py tie-outs ·
sending.py the file for SAP · robots.py what the queue calls.
"""

from huikuan.review.takeover.bots.compare import their_figures, tie_json, tie_out
from huikuan.review.takeover.bots.extract import look, sap_s4
from huikuan.review.takeover.bots.frame import Outcome, caps_of
from huikuan.review.takeover.bots.lists import REJECT_HEADING, documents, receivables
from huikuan.review.takeover.bots.robots import daily_tie_out, load_kept, write_post_back
from huikuan.review.takeover.bots.sending import Sent, send_again, send_back

__all__ = [
    "REJECT_HEADING",
    "Outcome",
    "Sent",
    "caps_of",
    "daily_tie_out",
    "documents",
    "load_kept",
    "look",
    "receivables",
    "sap_s4",
    "send_again",
    "send_back",
    "their_figures",
    "tie_json",
    "tie_out",
    "write_post_back",
]
