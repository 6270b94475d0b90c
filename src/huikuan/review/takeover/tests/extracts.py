"""Small S/4 extracts for tests: said once, said otherwise later, written as the folder that a load reads."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

DAY = "2026-02-02"


def at(day: str) -> str | None:
    return f"{day}T00:00:00.000Z" if day else None


class Extract:
    """What SAP says; a document said again replaces what was said of it."""

    def __init__(self, folder: Path, currency: str = "CNY") -> None:
        self.folder, self.currency = folder, currency
        self.people: set[str] = set()
        self.items_known: set[str] = set()
        self.heads: dict[str, dict[str, dict[str, Any]]] = {}
        self.lines: dict[str, dict[str, list[dict[str, Any]]]] = {}

    def _say(self, entity: str, key: str, head: dict[str, Any], lines: list[dict[str, Any]] | None = None) -> None:
        self.heads.setdefault(entity, {})[key] = head
        if lines is not None:
            self.lines.setdefault(entity, {})[key] = lines

    def partner(self, number: str) -> None:
        self.people.add(number)

    def order(
        self,
        number: str,
        *lines: tuple[str, ...],
        customer: str = "C1",
        requested: str = "2026-02-10",
        status: str = "A",
    ) -> None:
        self.people.add(customer)
        rows = []
        for n, item, quantity, net, *rejected in lines:
            self.items_known.add(item)
            rows.append({"salesOrder": number, "salesOrderItem": n, "material": item, "requestedQuantity": quantity, "requestedQuantityUnit": "PC",
                         "netAmount": net, "salesDocumentRjcnReason": rejected[0] if rejected else ""})  # fmt: skip
        total = sum((Decimal(str(x["netAmount"])) for x in rows), Decimal("0.00"))
        head = {"salesOrder": number, "soldToParty": customer, "creationDate": at(DAY), "transactionCurrency": self.currency,
                "totalNetAmount": f"{total:.2f}", "overallDeliveryStatus": status, "requestedDeliveryDate": at(requested)}  # fmt: skip
        self._say("sales_order", number, head, rows)

    def delivery(self, number: str, order: str, *lines: tuple[str, str], moved: str = "") -> None:
        rows = [
            {"deliveryDocument": number, "deliveryDocumentItem": n.zfill(6), "actualDeliveryQuantity": quantity, "deliveryQuantityUnit": "PC",
             "referenceSdDocument": order, "referenceSdDocumentItem": n.zfill(6)}
            for n, quantity in lines
        ]  # fmt: skip
        head = {"deliveryDocument": number, "creationDate": at(DAY), "actualGoodsMovementDate": at(moved),
                "overallGoodsMovementStatus": "C" if moved else "A", "overallPickingStatus": "C"}  # fmt: skip
        self._say("outbound_delivery", number, head, rows)

    def bill(self, number: str, *lines: tuple[str, str, str, str, str], customer: str = "C1", cancelled: bool = False, cancels: str = "",
             kind: str = "") -> None:  # fmt: skip
        self.people.add(customer)
        rows = []
        for n, item, quantity, net, delivery in lines:
            self.items_known.add(item)
            rows.append({"billingDocument": number, "billingDocumentItem": n, "material": item, "billingQuantity": quantity,
                         "billingQuantityUnit": "PC", "netAmount": net, "referenceSdDocument": delivery, "referenceSdDocumentItem": n})  # fmt: skip
        total = sum((Decimal(str(x["netAmount"])) for x in rows), Decimal("0.00"))
        head = {"billingDocument": number, "billingDocumentType": kind or ("S1" if cancels else "F2"), "billingDocumentDate": at(DAY),
                "billingDocumentIsCancelled": cancelled, "cancelledBillingDocument": cancels, "totalNetAmount": f"{total:.2f}",
                "transactionCurrency": self.currency, "companyCode": "1000", "fiscalYear": "2026", "accountingDocument": f"94{number}",
                "soldToParty": customer}  # fmt: skip
        self._say("billing_document", number, head, rows)

    def item(self, bill: str, amount: str, *, customer: str = "C1", clearing: str = "", due: str = "") -> None:
        self.people.add(customer)
        row = {"companyCode": "1000", "fiscalYear": "2026", "accountingDocument": f"94{bill}", "accountingDocumentItem": "1",
               "referenceDocument": bill, "transactionCurrency": self.currency, "amountInTransactionCurrency": amount,
               "companyCodeCurrency": self.currency, "amountInCompanyCodeCurrency": amount, "postingDate": at(DAY), "documentDate": at(DAY),
               "customer": customer, "clearingDate": at(DAY) if clearing else None, "clearingAccountingDocument": clearing,
               "netDueDate": at(due)}  # fmt: skip
        self._say("journal_entry_items_accounts_receivable", bill, row)

    def write(self) -> Path:
        """The folder as it stands now."""
        self.folder.mkdir(parents=True, exist_ok=True)
        files: dict[str, list[dict[str, Any]]] = {
            "business_partners": [
                {"businessPartner": n, "customer": n, "businessPartnerFullName": f"Customer {n}"}
                for n in sorted(self.people)
            ],
            "products": [{"product": n, "baseUnit": "PC", "productGroup": "G"} for n in sorted(self.items_known)],
        }
        for entity, heads in self.heads.items():
            if entity in self.lines:
                files[f"{entity}_headers"] = list(heads.values())
                files[f"{entity}_items"] = [x for rows in self.lines[entity].values() for x in rows]
            else:
                files[entity] = list(heads.values())
        for name, rows in files.items():
            (self.folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
        return self.folder
