"""What the database itself holds of VAT invoice numbers: noted once and for all, on a posted bill, of one payer."""

from __future__ import annotations

from huikuan.office.trail.hands import Guard, Kept

KEPT = (
    Kept("fapiao_fapiao", free=("live",), once=("struck_reason", "struck_by", "struck_at")),
    Kept("fapiao_sheet"),
    Kept("fapiao_sheetrow", free=("mended", "faults", "state", "version", "later_id", "reason")),
)

_PAYER = "I11 fapiao_fapiao: one number belongs to one payer"
_OTHERS = (
    "NEW.live AND EXISTS (SELECT 1 FROM fapiao_fapiao f JOIN billing_document d ON d.id = f.document_id"
    " WHERE f.company_id = NEW.company_id AND f.number = NEW.number AND f.code = NEW.code AND f.live"
    " AND d.payer_id <> (SELECT payer_id FROM billing_document WHERE id = NEW.document_id))"
)
_BILL = "I11 fapiao_fapiao: a number stands on a posted bill, not before its date"
_NO_BILL = (
    "NOT EXISTS (SELECT 1 FROM billing_document d WHERE d.id = NEW.document_id AND d.state = 'posted'"
    " AND d.kind <> 'cancellation' AND d.date <= NEW.issued_on)"
)


def _guard(name: str, words: str, wrong: str) -> Guard:
    t = "fapiao_fapiao"
    sqlite = f"CREATE TRIGGER hk_{name} AFTER INSERT ON {t} FOR EACH ROW WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{words}'); END"  # nosec B608 # names of our own, values bound
    body = f"BEGIN IF {wrong} THEN RAISE EXCEPTION '{words}' USING ERRCODE = '23514'; END IF; RETURN NULL; END"
    return Guard(name, t, (sqlite,), ((f"hk_{name}", t, body, "AFTER INSERT", "FOR EACH ROW"),))


GUARDS = (_guard("fapiao_payer", _PAYER, _OTHERS), _guard("fapiao_bill", _BILL, _NO_BILL))
