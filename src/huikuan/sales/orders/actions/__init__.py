"""Orders, written. Every change to an order is one function of these files; rules says what is decided and why."""

from huikuan.sales.orders.actions.holding import (
    cancel,
    check_again,
    granted,
    let_go,
    money_came,
    recheck_held,
    reject,
    release,
    within_limit,
)
from huikuan.sales.orders.actions.placing import change, copy, place, place_many
from huikuan.sales.orders.actions.sheets import Fed, drop_rows, feed, feed_again
from huikuan.sales.orders.actions.shipping import (
    cancel_delivery,
    deliver,
    deliver_many,
    mark_billed,
    redate,
    sign_off,
    unmark_billed,
)

__all__ = [
    "Fed",
    "cancel",
    "cancel_delivery",
    "change",
    "check_again",
    "copy",
    "deliver",
    "deliver_many",
    "drop_rows",
    "feed",
    "feed_again",
    "granted",
    "let_go",
    "mark_billed",
    "money_came",
    "place",
    "place_many",
    "recheck_held",
    "redate",
    "reject",
    "release",
    "sign_off",
    "unmark_billed",
    "within_limit",
]
