"""The fixed cast of demo, tests and docs. Names and firms are invented."""

from __future__ import annotations

from typing import Any

PASSWORD = "huikuan-demo"  # noqa: S105 - the demo's own, printed by it  # nosec B105 # the demo's own, printed by it
COMPANY: dict[str, str] = {
    "code": "100",
    "name": "沪光食品饮料有限公司",
    "name_en": "Huguang Food & Beverage Co., Ltd.",
    "currency": "CNY",
    "uscc": "91310115MA20000195",
}
# login, roles, name and desk
PEOPLE: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
    ("liu.min", ("SAL", "CMD"), {"name": "刘敏", "name_en": "Liu Min", "title": "销售运营", "title_en": "Sales operations"}),
    ("wang.lei", ("SAL", "BIL"), {"name": "王磊", "name_en": "Wang Lei", "title": "订单到收款", "title_en": "Order to cash"}),
    ("chen.jing", ("BIL", "CRE", "COL", "CSH"), {"name": "陈静", "name_en": "Chen Jing", "title": "应收与信用", "title_en": "AR and credit"}),
    ("zhao.yan", ("CRE", "BIL", "SMG", "APR"), {"name": "赵燕", "name_en": "Zhao Yan", "title": "客服财务主管", "title_en": "Customer-service-finance lead"}),
    ("sun.tao", ("ARA", "CSH", "TRE"), {"name": "孙涛", "name_en": "Sun Tao", "title": "应收会计", "title_en": "AR accountant"}),
    ("zhou.hui", ("APR", "CLO"), {"name": "周慧", "name_en": "Zhou Hui", "title": "财务审批", "title_en": "Finance approver"}),
    ("wu.gang", ("AUD",), {"name": "吴刚", "name_en": "Wu Gang", "title": "内部审计", "title_en": "Auditor"}),
    ("admin", ("ADM",), {"name": "系统管理员", "name_en": "Administrator", "title": "系统管理", "title_en": "Administration"}),
    ("robot", ("BOT",), {"name": "数字员工", "name_en": "Robot", "kind": "bot", "title": "机器人", "title_en": "Bot"}),
)  # fmt: skip
