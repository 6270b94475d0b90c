"""What deposits ask of the database itself: a balance is the sum of its moves, and one payment of the bank is one return."""

from __future__ import annotations

from huikuan.office.trail.hands import Guard, Kept

KEPT = (
    Kept(
        "deposits_deposit",
        free=("purpose", "agreement", "due_back", "balance", "base_balance", "reserved", "state", "version"),
    ),
    Kept("deposits_request", free=("state", "granted_by")),
    Kept("deposits_move"),
)

_SUM = "I07 deposits_deposit: the balance is the sum of its moves"
_ONCE = "I09 deposits_move: a payment of the bank is one return"
_OFF = (
    "(SELECT COALESCE(SUM(amount), 0) FROM deposits_move WHERE deposit_id = NEW.id) <> NEW.balance"
    " OR (SELECT COALESCE(SUM(base), 0) FROM deposits_move WHERE deposit_id = NEW.id) <> NEW.base_balance"
)
_TWICE = (
    "NEW.what = 'returned' AND NEW.line IS NOT NULL AND EXISTS (SELECT 1 FROM deposits_move m WHERE m.company_id = NEW.company_id"
    " AND m.line = NEW.line AND m.what = 'returned' AND m.id <> NEW.id"
    " AND NOT EXISTS (SELECT 1 FROM deposits_move u WHERE u.undoes_id = m.id))"
)


def _guard(name: str, table: str, moment: str, words: str, wrong: str) -> Guard:
    sqlite = f"CREATE TRIGGER hk_{name} {moment} ON {table} FOR EACH ROW WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{words}'); END"  # nosec B608 # names of our own, values bound
    body = f"BEGIN IF {wrong} THEN RAISE EXCEPTION '{words}' USING ERRCODE = '23514'; END IF; RETURN NULL; END"
    return Guard(name, table, (sqlite,), ((f"hk_{name}", table, body, moment, "FOR EACH ROW"),))


GUARDS = (
    _guard("deposit_sum_i", "deposits_deposit", "AFTER INSERT", _SUM, _OFF),
    _guard("deposit_sum_u", "deposits_deposit", "AFTER UPDATE", _SUM, _OFF),
    _guard("deposit_line_once", "deposits_move", "AFTER INSERT", _ONCE, _TWICE),
)
