"""Who buys from the demo company, what it sells, and how each payer pays. All names are invented."""

from __future__ import annotations

import random
from dataclasses import dataclass

# code, Chinese, English, parent
UNITS = (
    ("BU1", "BU", "中国饮料休食", "China Beverage & Snack", ""),
    ("MU-E", "MU", "华东市场", "East market", "BU1"),
    ("MU-W", "MU", "中西部市场", "Central and west market", "BU1"),
    ("RU-SH", "RU", "上海大区", "Shanghai region", "MU-E"),
    ("RU-JZ", "RU", "江浙大区", "Jiangsu-Zhejiang region", "MU-E"),
    ("RU-CW", "RU", "川鄂大区", "Sichuan-Hubei region", "MU-W"),
    ("AU-SH", "AU", "上海片区", "Shanghai area", "RU-SH"),
    ("AU-NJ", "AU", "南京片区", "Nanjing area", "RU-JZ"),
    ("AU-HZ", "AU", "杭州片区", "Hangzhou area", "RU-JZ"),
    ("AU-CD", "AU", "成都片区", "Chengdu area", "RU-CW"),
    ("AU-WH", "AU", "武汉片区", "Wuhan area", "RU-CW"),
)
CITIES = (
    ("上海", "Shanghai", "AU-SH", "310101"),
    ("南京", "Nanjing", "AU-NJ", "320102"),
    ("苏州", "Suzhou", "AU-NJ", "320508"),
    ("杭州", "Hangzhou", "AU-HZ", "330102"),
    ("宁波", "Ningbo", "AU-HZ", "330203"),
    ("成都", "Chengdu", "AU-CD", "510104"),
    ("重庆", "Chongqing", "AU-CD", "500103"),
    ("武汉", "Wuhan", "AU-WH", "420102"),
    ("长沙", "Changsha", "AU-WH", "430102"),
)
# number, name, English, unit, tax code rate, list price (yuan without tax, per case), spec
ITEMS = (
    ("10001", "沪光可乐 330ml*24", "Huguang Cola 330 ml x 24", "箱", "V13", "38.50"),
    ("10002", "沪光柠檬汽水 330ml*24", "Huguang Lemon Soda 330 ml x 24", "箱", "V13", "37.20"),
    ("10003", "沪光橙汁 1L*12", "Huguang Orange Juice 1 L x 12", "箱", "V13", "72.80"),
    ("10004", "沪光乌龙茶 500ml*15", "Huguang Oolong Tea 500 ml x 15", "箱", "V13", "41.36"),
    ("10005", "沪光天然水 550ml*24", "Huguang Spring Water 550 ml x 24", "箱", "V13", "19.825"),
    ("10006", "沪光电解质水 500ml*15", "Huguang Electrolyte Water 500 ml x 15", "箱", "V13", "52.66"),
    ("10007", "沪光纯牛奶 250ml*24", "Huguang Pure Milk 250 ml x 24", "箱", "V09", "56.40"),
    ("20001", "脆香薯片 原味 75g*22", "Crisp Potato Chips 75 g x 22", "箱", "V13", "88.00"),
    ("20002", "脆香薯片 番茄味 75g*22", "Crisp Tomato Chips 75 g x 22", "箱", "V13", "88.00"),
    ("20003", "海苔花生 180g*20", "Seaweed Peanuts 180 g x 20", "箱", "V13", "115.50"),
    ("20004", "全麦饼干 300g*12", "Wholemeal Biscuits 300 g x 12", "箱", "V13", "79.333"),
    ("20005", "混合坚果 25g*30", "Mixed Nuts 25 g x 30", "箱", "V13", "148.20"),
)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer of the demo. `habit` is how it pays; `weight` how often it orders; `size` how much, in cases."""

    number: str
    name: str
    name_en: str
    klass: str
    city: int
    terms: str
    limit: int | None  # yuan
    habit: str
    weight: int
    size: int
    payer: str = ""
    group: str = ""
    distributor: str = ""
    account: str = ""
    uscc: str = ""


HABITS = ("exact", "early", "late", "batch", "short", "over", "no_reference", "other_account", "slow", "rebate")
GROUPS = (("G01", "联惠超市集团", "Lianhui Supermarket Group"), ("G02", "禾家乐便利集团", "Hejiale Convenience Group"))
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def uscc(region: str, serial: int) -> str:
    """A well-formed 统一社会信用代码 (GB 32100-2015) for an invented firm."""
    body = f"MA{serial:06d}"
    off = 11 - sum(w * (ord(c) - 55 if c.isalpha() else int(c)) for w, c in zip(_ORG_WEIGHTS, body, strict=True)) % 11
    organisation = body + {10: "X", 11: "0"}.get(off, str(off))
    text = f"91{region}{organisation}"
    total = sum(w * _ALPHABET.index(c) for w, c in zip(_WEIGHTS, text, strict=True))
    return text + _ALPHABET[(31 - total % 31) % 31]


_FAMILY = tuple("恒泰 盛源 嘉禾 鑫隆 百顺 泰和 丰茂 瑞康 宏达 德润 金穗 同辉 长青 佳味 益民 华鲜".split())
_FAMILY_EN = tuple(
    "Heng-tai Sheng-yuan Jia-he Xin-long Bai-shun Tai-he Feng-mao Rui-kang Hong-da De-run Jin-sui Tong-hui Chang-qing Jia-wei "
    "Yi-min Hua-xian".split()
)


def family(i: int) -> tuple[str, str]:
    """The i-th family name of a firm, in both scripts. After the first sixteen the second signs are exchanged."""
    n, turn = i % len(_FAMILY), i // len(_FAMILY)
    other = (n + 5 * turn) % len(_FAMILY)
    count = "" if turn < len(_FAMILY) else f" {turn // len(_FAMILY) + 1}"
    first, second = _FAMILY_EN[n].split("-")[0], _FAMILY_EN[other].split("-")[1]
    return _FAMILY[n][0] + _FAMILY[other][1] + count.strip(), first + second + count


def buyers(count: int, seed: int) -> list[Buyer]:
    """`count` customers: key accounts with branches under a paying head office, distributors, special channels, shops."""
    rng = random.Random(seed)  # noqa: S311 - a fixed seed is the point  # nosec B311 # a demo, not a secret
    out: list[Buyer] = []

    def add(
        name: str,
        name_en: str,
        klass: str,
        city: int,
        terms: str,
        limit: int | None,
        habit: str,
        weight: int,
        size: int,
        **more: str,
    ) -> str:
        n = len(out) + 1
        number = f"C{n:05d}"
        region = CITIES[city][3]
        account = f"{rng.choice(('1001', '6222', '3100', '4402'))}{rng.randrange(10**12):012d}"
        out.append(Buyer(number, name, name_en, klass, city, terms, limit, habit, weight, size, account=account, uscc=uscc(region, 100000 + n), **more))  # fmt: skip
        return number

    head = add(
        "联惠超市股份有限公司",
        "Lianhui Supermarkets Co., Ltd.",
        "ka",
        0,
        "M030",
        1_200_000,
        "batch",
        6,
        160,
        group="G01",
    )
    for city in (1, 3):
        where, where_en = CITIES[city][0], CITIES[city][1]
        add(
            f"联惠超市股份有限公司{where}分公司",
            f"Lianhui Supermarkets {where_en} Branch",
            "ka",
            city,
            "M030",
            None,
            "batch",
            5,
            120,
            group="G01",
            payer=head,
        )
    other = add(
        "禾家乐便利店连锁有限公司",
        "Hejiale Convenience Stores Ltd.",
        "ka",
        0,
        "X015",
        800_000,
        "rebate",
        6,
        110,
        group="G02",
    )
    add(
        f"禾家乐便利店连锁有限公司{CITIES[5][0]}分公司",
        "Hejiale Convenience Stores Chengdu Branch",
        "ka",
        5,
        "X015",
        None,
        "rebate",
        4,
        90,
        group="G02",
        payer=other,
    )
    first = ""
    i = 0
    while len(out) < count:
        city = rng.randrange(len(CITIES))
        where, where_en = CITIES[city][0], CITIES[city][1]
        brand, brand_en = family(i)
        habit = HABITS[i % len(HABITS)]
        turn = i % 8
        if turn < 4:
            terms = "BASE" if i == 3 else ("N030", "N045", "M030", "N030")[turn]  # one dealer has base stock (铺底)
            number = add(
                f"{where}{brand}商贸有限公司",
                f"{where_en} {brand_en} Trading Co., Ltd.",
                "distributor",
                city,
                terms,
                rng.choice((150, 200, 300, 500)) * 1000,
                habit,
                4,
                80,
            )
            first = first or number
        elif turn == 4:
            add(
                f"{where}{brand}特通供应链有限公司",
                f"{where_en} {brand_en} Special Channels Ltd.",
                "special",
                city,
                "R030",
                120_000,
                habit,
                3,
                50,
            )
        elif turn == 5:
            add(
                f"{where}{brand}副食品商行",
                f"{where_en} {brand_en} Grocery",
                "indirect",
                city,
                "N015",
                30_000,
                habit,
                2,
                15,
                distributor=first,
            )
        elif turn == 6:
            add(
                f"{where}{brand}食品商店",
                f"{where_en} {brand_en} Food Shop",
                "shop",
                city,
                "CASH",
                0,
                "exact",
                2,
                12,
            )
        else:
            add(
                f"{where}{brand}物流配送有限公司",
                f"{where_en} {brand_en} Logistics Ltd.",
                "distributor",
                city,
                "S030",
                250_000,
                habit,
                3,
                70,
            )
        i += 1
    return out
