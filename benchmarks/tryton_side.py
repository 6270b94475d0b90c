"""The same work by Tryton, through its public interface. Run by peers.py with the python of .venv-peers, not by ours.

    python tryton_side.py INVOICES TIMES  (ages so many TIMES; TRYTOND_DATABASE_URI and DB_NAME say where; peers.py sets both)

Drafts are saved in one transaction, posted in a second, as by its button "Post". For its numbers Tryton asks for a lock in
mid-post: it raises TransactionError, takes the lock that the error names and does everything again. Its dispatcher
(trytond/protocols/dispatcher.py) and proteus do so, and so does `tried` here; tries are counted, and what the last one alone
took is told beside the whole. Seconds are processor seconds of this process and of its database session.

Prints one JSON line.
"""

import json
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path


class Clock:
    """Processor seconds of this process and of the database session it works in (PostgreSQL: read from /proc)."""

    def __init__(self):
        self.sessions = {}

    def session(self, transaction):
        if transaction.database.__class__.__module__.endswith("postgresql.database"):
            cursor = transaction.connection.cursor()
            cursor.execute("SELECT pg_backend_pid()")
            self.sessions.setdefault(cursor.fetchone()[0], 0.0)

    def __call__(self):
        for pid in self.sessions:
            try:
                self.sessions[pid] = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
            except OSError:  # the session ended; what it took by then stays
                continue
        return time.process_time() + sum(self.sessions.values())


def main(count, times):
    from proteus import Model
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, create_tax, get_accounts
    from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
    from trytond.modules.company.tests.tools import create_company, get_company
    from trytond.pool import Pool
    from trytond.tests.tools import activate_modules
    from trytond.transaction import Transaction, TransactionError

    made = activate_modules(["account_invoice"], create_company, create_chart)
    config = made[0] if isinstance(made, (tuple, list)) else made
    company = get_company()
    year = set_fiscalyear_invoice_sequences(create_fiscalyear())
    year.click("create_period")
    accounts = {name: account.id for name, account in get_accounts().items() if account}
    firm, currency = company.id, company.currency.id  # proteus may not be asked while a transaction of ours is open
    tax = create_tax(Decimal("0.13"))
    tax.save()
    vat = tax.id
    people = []
    for n in range(20):
        person = Model.get("party.party")(name=f"Customer {n}")
        person.save()
        people.append(person.id)
    clock = Clock()
    today = date.today()  # noqa: DTZ011 - Tryton knows no other

    def tried(work):
        """What `work` gives, the seconds of all its tries, of the last one, and how many there were."""
        extras, tries, started = {}, 0, None
        while True:
            tries += 1
            with Transaction().start(config.database_name, 1, context={"company": firm}, **extras) as transaction:
                clock.session(transaction)
                last = clock()
                started = last if started is None else started
                try:
                    value = work()
                except TransactionError as e:
                    transaction.rollback()
                    transaction.tasks.clear()
                    e.fix(extras)
                    continue
                transaction.commit()
                return value, clock() - started, clock() - last, tries

    def draw(first, some):
        party = Pool().get("party.party")
        journal = Pool().get("account.journal").search([("type", "=", "revenue")], limit=1)[0]
        drafts = Pool().get("account.invoice").create(
            [
                {
                    "type": "out", "company": firm, "party": people[n % 20], "journal": journal.id,
                    "account": accounts["receivable"], "currency": currency, "invoice_date": today,
                    "invoice_address": party(people[n % 20]).addresses[0].id,
                    "lines": [
                        ("create", [
                            {"type": "line", "account": accounts["revenue"], "quantity": 3, "description": f"goods {k}",
                             "unit_price": Decimal("12.50") + n % 50, "taxes": [("add", [vat])], "company": firm,
                             "currency": currency}
                            for k in range(2)
                        ])
                    ],
                }
                for n in range(first, first + some)
            ]
        )  # fmt: skip
        Pool().get("account.invoice").update_taxes(drafts)
        return [d.id for d in drafts]

    def post(ids):
        invoice = Pool().get("account.invoice")
        invoice.post(invoice.browse(ids))

    def age():
        with Transaction().set_context(
            company=firm, type="customer", date=today, term1=30, term2=60, term3=90, unit="day"
        ):
            rows = Pool().get("account.aged_balance").search([])
            return len(rows), str(sum(r.balance for r in rows))

    warm, *_seconds = tried(lambda: draw(0, 1))  # as ours: one is posted before the clock starts
    tried(lambda: post(warm))
    ids, drawing, _last, _tries = tried(lambda: draw(1, count))
    _none, posting, last, tries = tried(lambda: post(ids))
    parties, total = tried(age)[0]
    ageing = sum(tried(age)[1] for _n in range(times)) / times
    from trytond import __version__

    told = {
        "peer": f"Tryton {__version__}", "invoices": count, "drawing": drawing, "posting": posting, "last_try": last,
        "tries": tries, "ageing": ageing, "parties": parties, "total": total,
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
