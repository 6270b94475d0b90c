"""What the ledger asks of the database itself: entries balance and are sealed, periods hold, clearings add up."""

from __future__ import annotations

from huikuan.office.trail.hands import Guard, Kept

KEPT = (
    Kept("ledger_entry"),
    Kept("ledger_line"),
    Kept("ledger_account", free=("name", "name_en", "kind", "control", "blocked")),  # lines name it without a constraint
    Kept("ledger_clearing"),
    Kept("ledger_clearingleg"),
    Kept("ledger_itemchange"),
    Kept(
        "ledger_openitem",
        free=(
            "remaining", "base_remaining", "due_date", "base_date", "awaiting", "block", "dunning_level", "reference", "text",
            "owner", "expected_date", "reason_code", "version",
        ),
    ),
)  # fmt: skip

_LATE = "I01 ledger_line: this entry is sealed, no line may be added"
_FEW = "I01 ledger_entry: an entry has at least two lines and its debits are its credits"
_DATE = "I05 ledger_entry: the posting date is not in an open period"
_COMPANY = "I22 ledger_entry: a line has the company and date of its entry"
_MIRROR = "I04 ledger_entry: a reversal mirrors the entry it reverses"
_CLEAR = "I06 ledger_clearing: what is cleared adds up to nothing in each currency on each account"
_CLEAR_DATE = "I05 ledger_clearing: the date is not in an open period, or lies before one of the items"
_CLEAR_MIRROR = "I04 ledger_clearing: a reversal mirrors the clearing it reverses, and is not dated before it"
_LEG = "I01 ledger_clearingleg: this clearing is sealed, no leg may be added"
_CLOSED = "I05 ledger_period: a closed period keeps its dates"


def _sqlite(words: str, condition: str) -> str:
    return f"SELECT RAISE(ABORT, '{words}') WHERE {condition};"


def _pg(words: str, condition: str) -> str:
    return f"IF {condition} THEN RAISE EXCEPTION '{words}' USING ERRCODE = '23514'; END IF;"


_FRESH = "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"

GUARDS = (
    Guard(
        "seal_line",
        "ledger_line",
        (
            "CREATE TRIGGER hk_seal_line BEFORE INSERT ON ledger_line FOR EACH ROW"  # nosec B608 # names of our own, values bound
            " WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id)"
            f" BEGIN SELECT RAISE(ABORT, '{_LATE}'); END",
        ),
        (
            (
                "hk_seal_line",
                "ledger_line",
                "BEGIN "
                + _pg(
                    _LATE,
                    "EXISTS (SELECT 1 FROM fresh f WHERE (SELECT id FROM ledger_entry WHERE id = f.entry_id) IS NOT NULL)",
                )
                + " RETURN NULL; END",
                "AFTER INSERT",
                _FRESH,
            ),
        ),
    ),
    Guard(
        "seal_entry",
        "ledger_entry",
        (
            "CREATE TRIGGER hk_seal_entry AFTER INSERT ON ledger_entry FOR EACH ROW BEGIN "
            # One look at the lines; they are added up by currency only where there are two.
            + f"SELECT CASE WHEN n < 2 OR base <> 0 OR doc <> 0 OR several AND EXISTS (SELECT 1 FROM ledger_line WHERE"  # nosec B608 # names of our own, values bound
            " entry_id = NEW.id GROUP BY currency HAVING SUM(doc_amount) <> 0)"
            f" THEN RAISE(ABORT, '{_FEW}') WHEN strange THEN RAISE(ABORT, '{_COMPANY}') END FROM (SELECT COUNT(*) AS n,"
            " SUM(amount) AS base, SUM(doc_amount) AS doc, MIN(currency) <> MAX(currency) AS several,"
            " MAX(company_id <> NEW.company_id OR posting_date <> NEW.posting_date) AS strange FROM ledger_line WHERE entry_id = NEW.id);"
            + _sqlite(
                _DATE,
                "NOT EXISTS (SELECT 1 FROM ledger_period WHERE id = NEW.period_id AND state = 'open'"
                ' AND NEW.posting_date BETWEEN start AND "end")',
            )
            + _sqlite(
                _MIRROR,
                "NEW.reverses_id IS NOT NULL AND EXISTS (SELECT 1 FROM ledger_line WHERE entry_id IN (NEW.id, NEW.reverses_id)"
                " GROUP BY account_id, party_id, currency HAVING SUM(amount) <> 0 OR SUM(doc_amount) <> 0)",
            )
            + " END",
        ),
        (
            (
                "hk_seal_entry",
                "ledger_entry",
                # One look at the lines of each entry; reversals are looked at only where there are any.
                "DECLARE wrong int; BEGIN PERFORM 1 FROM ledger_period WHERE id IN (SELECT period_id FROM fresh) FOR SHARE;"  # nosec B608 # names of our own, values bound
                " SELECT MAX(CASE WHEN c.n < 2 OR c.base <> 0 OR c.doc <> 0 OR c.several AND EXISTS (SELECT 1 FROM ledger_line"
                " WHERE entry_id = f.id GROUP BY currency HAVING SUM(doc_amount) <> 0) THEN 2 WHEN c.strange THEN 1 ELSE 0 END)"
                " INTO wrong FROM fresh f CROSS JOIN LATERAL (SELECT COUNT(*) AS n, SUM(amount) AS base, SUM(doc_amount) AS doc,"
                ' MIN(currency COLLATE "C") <> MAX(currency COLLATE "C") AS several, BOOL_OR(company_id <> f.company_id'
                " OR posting_date <> f.posting_date) AS strange FROM ledger_line WHERE entry_id = f.id) c; "
                + _pg(_FEW, "wrong = 2")
                + _pg(
                    _DATE,
                    "EXISTS (SELECT 1 FROM fresh f LEFT JOIN ledger_period p ON p.id = f.period_id AND p.state = 'open'"
                    ' AND f.posting_date BETWEEN p.start AND p."end" WHERE p.id IS NULL)',
                )
                + _pg(_COMPANY, "wrong = 1")
                + "IF EXISTS (SELECT 1 FROM fresh WHERE reverses_id IS NOT NULL) THEN "
                + _pg(
                    _MIRROR,
                    "EXISTS (SELECT 1 FROM fresh f JOIN ledger_line l ON l.entry_id IN (f.id, f.reverses_id)"
                    " WHERE f.reverses_id IS NOT NULL GROUP BY f.id, l.account_id, l.party_id, l.currency"
                    " HAVING SUM(l.amount) <> 0 OR SUM(l.doc_amount) <> 0)",
                )
                + " END IF;"
                + " RETURN NULL; END",
                "AFTER INSERT",
                _FRESH,
            ),
        ),
    ),
    Guard(
        "seal_leg",
        "ledger_clearingleg",
        (
            "CREATE TRIGGER hk_seal_leg BEFORE INSERT ON ledger_clearingleg FOR EACH ROW"  # nosec B608 # names of our own, values bound
            " WHEN EXISTS (SELECT 1 FROM ledger_clearing WHERE id = NEW.clearing_id)"
            f" BEGIN SELECT RAISE(ABORT, '{_LEG}'); END",
        ),
        (
            (
                "hk_seal_leg",
                "ledger_clearingleg",
                "BEGIN "
                + _pg(
                    _LEG,
                    "EXISTS (SELECT 1 FROM fresh f WHERE (SELECT id FROM ledger_clearing WHERE id = f.clearing_id) IS NOT NULL)",
                )
                + " RETURN NULL; END",
                "AFTER INSERT",
                _FRESH,
            ),
        ),
    ),
    Guard(
        "seal_clearing",
        "ledger_clearing",
        (
            "CREATE TRIGGER hk_seal_clearing AFTER INSERT ON ledger_clearing FOR EACH ROW BEGIN "
            + f"SELECT CASE WHEN n = 0 OR total <> 0 OR several AND EXISTS (SELECT 1 FROM ledger_clearingleg g JOIN"  # nosec B608 # names of our own, values bound
            " ledger_openitem i ON i.id = g.item_id WHERE g.clearing_id = NEW.id GROUP BY i.currency, i.account_id"
            f" HAVING SUM(g.amount) <> 0) THEN RAISE(ABORT, '{_CLEAR}') WHEN strange THEN RAISE(ABORT, '{_CLEAR_DATE}') END FROM"
            " (SELECT COUNT(*) AS n, SUM(g.amount) AS total, MIN(i.currency) <> MAX(i.currency) OR MIN(i.account_id) <>"
            " MAX(i.account_id) AS several, MAX(i.posting_date > NEW.date OR g.date <> NEW.date OR g.company_id <>"
            " NEW.company_id) AS strange FROM ledger_clearingleg g JOIN ledger_openitem i ON i.id = g.item_id"
            " WHERE g.clearing_id = NEW.id);"
            + _sqlite(
                _CLEAR_DATE,
                "NOT EXISTS (SELECT 1 FROM ledger_period WHERE company_id = NEW.company_id AND state = 'open'"
                ' AND NEW.date BETWEEN start AND "end")',
            )
            + _sqlite(
                _CLEAR_MIRROR,
                "NEW.reverses_id IS NOT NULL AND (EXISTS (SELECT 1 FROM ledger_clearingleg WHERE clearing_id IN"
                " (NEW.id, NEW.reverses_id) GROUP BY item_id HAVING SUM(amount) <> 0 OR SUM(base_amount) <> 0) OR"
                " (SELECT date FROM ledger_clearing WHERE id = NEW.reverses_id) > NEW.date)",
            )
            + " END",
        ),
        (
            (
                "hk_seal_clearing",
                "ledger_clearing",
                "DECLARE wrong int; BEGIN PERFORM 1 FROM ledger_period p WHERE EXISTS (SELECT 1 FROM fresh f WHERE"  # nosec B608 # names of our own, values bound
                ' f.company_id = p.company_id AND f.date BETWEEN p.start AND p."end") FOR SHARE;'
                " SELECT MAX(CASE WHEN c.n = 0 OR c.total <> 0 OR c.several AND EXISTS (SELECT 1 FROM ledger_clearingleg g JOIN"
                " ledger_openitem i ON i.id = g.item_id WHERE g.clearing_id = f.id GROUP BY i.currency, i.account_id HAVING"
                " SUM(g.amount) <> 0) THEN 2 WHEN c.strange THEN 1 ELSE 0 END) INTO wrong FROM fresh f CROSS JOIN LATERAL (SELECT"
                ' COUNT(*) AS n, SUM(g.amount) AS total, MIN(i.currency COLLATE "C") <> MAX(i.currency COLLATE "C") OR'
                " MIN(i.account_id) <> MAX(i.account_id) AS several, BOOL_OR(i.posting_date > f.date OR g.date <> f.date OR"
                " g.company_id <> f.company_id) AS strange FROM ledger_clearingleg g CROSS JOIN LATERAL (SELECT currency,"
                " account_id, posting_date FROM ledger_openitem WHERE id = g.item_id OFFSET 0) i WHERE g.clearing_id = f.id) c; "
                + _pg(_CLEAR, "wrong = 2")
                + _pg(
                    _CLEAR_DATE,
                    "wrong = 1 OR EXISTS (SELECT 1 FROM fresh f WHERE NOT EXISTS (SELECT 1 FROM ledger_period p WHERE p.company_id ="
                    " f.company_id AND p.state = 'open' AND f.date BETWEEN p.start AND p.\"end\"))",
                )
                + "IF EXISTS (SELECT 1 FROM fresh WHERE reverses_id IS NOT NULL) THEN "
                + _pg(
                    _CLEAR_MIRROR,
                    "EXISTS (SELECT 1 FROM fresh f JOIN ledger_clearingleg g ON g.clearing_id IN (f.id, f.reverses_id)"
                    " WHERE f.reverses_id IS NOT NULL GROUP BY f.id, g.item_id HAVING SUM(g.amount) <> 0 OR"
                    " SUM(g.base_amount) <> 0) OR EXISTS (SELECT 1 FROM fresh f JOIN ledger_clearing c ON c.id = f.reverses_id"
                    " WHERE c.date > f.date)",
                )
                + " END IF;"
                + " RETURN NULL; END",
                "AFTER INSERT",
                _FRESH,
            ),
        ),
    ),
    Guard(
        "keep_period",
        "ledger_period",
        (
            "CREATE TRIGGER hk_keep_period BEFORE UPDATE ON ledger_period FOR EACH ROW WHEN OLD.company_id <> NEW.company_id"
            ' OR OLD.year <> NEW.year OR OLD.month <> NEW.month OR OLD.start <> NEW.start OR OLD."end" <> NEW."end"'
            f" BEGIN SELECT RAISE(ABORT, '{_CLOSED}'); END",
            "CREATE TRIGGER hk_keep_period_d BEFORE DELETE ON ledger_period FOR EACH ROW"
            f" BEGIN SELECT RAISE(ABORT, '{_CLOSED}'); END",
        ),
        (
            (
                "hk_keep_period",
                "ledger_period",
                f"BEGIN RAISE EXCEPTION '{_CLOSED}' USING ERRCODE = '23514'; END",
                "BEFORE UPDATE",
                "FOR EACH ROW WHEN (OLD.company_id <> NEW.company_id OR OLD.year <> NEW.year OR OLD.month <> NEW.month"
                ' OR OLD.start <> NEW.start OR OLD."end" <> NEW."end")',
            ),
            (
                "hk_keep_period_d",
                "ledger_period",
                f"BEGIN RAISE EXCEPTION '{_CLOSED}' USING ERRCODE = '23514'; END",
                "BEFORE DELETE",
                "FOR EACH ROW",
            ),
        ),
    ),
)
