"""The same work by Tryton, through its public interface. Run by peers.py with the python of .venv-peers, not by ours.

Prints one JSON line: invoices made and posted per second, and the seconds of one aged balance over them.
"""

import json
import os
import sys
import time
from datetime import date
from decimal import Decimal

os.environ.setdefault("DB_NAME", ":memory:")
os.environ.setdefault("TRYTOND_DATABASE_URI", "sqlite://")


def main(count):
    from proteus import Model
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, create_tax, get_accounts
    from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
    from trytond.modules.company.tests.tools import create_company, get_company
    from trytond.pool import Pool
    from trytond.tests.tools import activate_modules
    from trytond.transaction import Transaction

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

    today = date.today()  # noqa: DTZ011 - Tryton knows no other
    with Transaction().start(config.database_name, 1, context={"company": firm}) as transaction:
        invoice = Pool().get("account.invoice")
        party = Pool().get("party.party")
        journal = Pool().get("account.journal").search([("type", "=", "revenue")], limit=1)[0]
        started = time.process_time()
        drawn = invoice.create(
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
                for n in range(count)
            ]
        )  # fmt: skip
        invoice.update_taxes(drawn)
        invoice.post(drawn)
        posting = time.process_time() - started
        transaction.commit()
        started = time.process_time()
        with Transaction().set_context(
            company=firm, type="customer", date=today, term1=30, term2=60, term3=90, unit="day"
        ):
            aged = Pool().get("account.aged_balance")
            rows = aged.search([])
            total = sum(r.balance for r in rows)
        ageing = time.process_time() - started
    from trytond import __version__

    told = {
        "peer": f"Tryton {__version__}", "invoices": count, "posted_per_second": round(count / posting, 1), "ageing": round(ageing, 3),
        "parties": len(rows), "total": str(total),
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
