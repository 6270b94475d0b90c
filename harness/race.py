"""Races: many rivals want the same thing at the same moment, with its guard and without.

    python -m harness.race                                             short, on SQLite: 8 processes
    python -m harness.race --database postgres --rounds 200 --write    16 threads in 2 processes on PostgreSQL
    python -m harness.race --only "credit limit" --rounds 20

Each contest is played for so many rounds; a round is bad when its judge finds anything but what must be (one done and the
others told so, credit to the limit and not beyond, numbers without gaps …). Then its guard is taken away in a copy of the
database, and rivals are held between reading and writing until all have read: the same judge must find at least half
of those rounds bad, or it sees nothing. The last contest has two web and two worker processes at work at once.
"""

from __future__ import annotations

import contextlib
import re
import time
from typing import Any

from harness import day, frame
from harness.contests import CONTESTS, Contest, OfficeHour, once
from harness.rivals import Rivals
from harness.stage import Stage
from harness.stakes import STAKES

EVERY: tuple[type[Contest], ...] = (*CONTESTS, *STAKES)

# Whoever writes the locking into its SQL by hand loses it too.
LOCKS = re.compile(r" FOR (?:NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)\b")


class Race:
    def __init__(self, stage: Stage, company: int, shape: tuple[int, int]) -> None:
        self.stage, self.company, self.shape = stage, company, shape
        self.violations: list[str] = []
        self.rows: list[dict[str, Any]] = []
        self.contests = {c.name: c(company, shape[0] * shape[1]) for c in (*EVERY, OfficeHour)}

    def do(self, task: dict[str, Any], n: int, meet: Any) -> str:
        """What one rival does: with `n` -1 it sets its whole process up."""
        if n == -1:
            self.stage.use(task["database"])
            _set_files(task["files"])
            if task["off"]:
                self.switch_off(self.contests[task["contest"]], meet)
            return "ready"
        return self.contests[task["contest"]].rival(task, n, meet)

    def switch_off(self, contest: Contest, meet: Any) -> None:
        """No locks of rows on PostgreSQL, no turn and no transaction on SQLite; and the contest's own guard."""
        from django.db.backends.utils import CursorWrapper

        from huikuan.kit import failpoints
        from huikuan.office.trail import act, actions

        real = CursorWrapper.execute

        def unlocked(cursor: Any, sql: Any, params: Any = None) -> Any:
            return real(cursor, LOCKS.sub("", sql) if isinstance(sql, str) else sql, params)

        CursorWrapper.execute = unlocked  # type: ignore[method-assign]
        if self.stage.database == "sqlite":
            from django.db import connection

            act.writing = actions.writing = lambda _name, **_k: contextlib.nullcontext()
            options = connection.settings_dict["OPTIONS"]
            lax = "PRAGMA foreign_keys=OFF;PRAGMA ignore_check_constraints=ON;PRAGMA synchronous=OFF;"
            options["init_command"] = options["init_command"] + lax
        contest.off()
        failpoints._armed = failpoints.meets(contest.meets, meet, 2.0)

    def play(
        self, contest: Contest, rounds: int, rivals: Rivals, *, off: bool, until: int | None = None
    ) -> tuple[int, int, str]:
        """(rounds, bad rounds, the first bad one)."""
        from django.db import connection

        bad, first, n = 0, "", 0
        for facts in contest.rounds(rounds):
            n += 1
            connection.close()
            fates = rivals.round({"contest": contest.name, "control": off, **facts})
            wrong = contest.judge(facts, fates)
            errors = [f for f in fates if f.startswith("error")]
            if wrong or errors:
                bad += 1
                first = first or (wrong + (f"; {errors[0]}" if errors else ""))
        return n, bad, first

    def run(self, rounds: int, control: int, only: list[str]) -> None:
        names = [c.name for c in EVERY if not only or c.name in only]
        if names:
            self.real(names, rounds, self.shape)
        for name in names:
            self.without(name, control)
        if not only or OfficeHour.name in only:
            self.real([OfficeHour.name], max(3, rounds // 8), (4, max(1, self.shape[0] * self.shape[1] // 4)))

    def real(self, names: list[str], rounds: int, shape: tuple[int, int]) -> None:
        """All guards stand: no round may be bad, and the books are whole afterwards."""
        for name in names:
            self.contests[name].rivals = shape[0] * shape[1]
        copy = self.stage.fresh()
        rivals = Rivals(*shape, self.do)
        rivals.round({"database": copy, "files": _files(), "off": False})
        for name in names:
            began = time.monotonic()
            n, bad, first = self.play(self.contests[name], rounds, rivals, off=False)
            self.rows.append({
                "contest": name, "rivals": f"{shape[0]} processes x {shape[1]} threads", "rounds": n, "bad": bad,
                "seconds": round(time.monotonic() - began, 1), "without its guard": "", "bad without": "", "seen without": "",
            })  # fmt: skip
            if bad:
                self.violations.append(f"{name}: {bad} of {n} rounds bad, first: {first}")
        rivals.close()
        self.violations += frame.violations_of_verify(self.company)
        self.stage.drop(copy)

    def without(self, name: str, rounds: int) -> None:
        """The negative control, in processes and a database of its own."""
        from huikuan.office.trail import guards

        contest = self.contests[name]
        copy = self.stage.fresh()
        guards.drop()
        for table, constraint in contest.drops:
            self.stage.lose(table, constraint)
        rivals = Rivals(*self.shape, self.do)
        rivals.round({"database": copy, "files": _files(), "off": True, "contest": name})
        n, bad, first = self.play(contest, rounds, rivals, off=True)
        rivals.close()
        self.stage.drop(copy)
        row = next(r for r in self.rows if r["contest"] == name)
        row |= {"without its guard": n, "bad without": bad, "seen without": first[:140]}
        if bad * 2 < n:
            self.violations.append(
                f"{name}: without its guard only {bad} of {n} rounds were bad: the judge sees nothing"
            )


def _files() -> str:
    from django.conf import settings

    return str(settings.FILES_HOME)


def _set_files(path: str) -> None:
    from pathlib import Path

    from django.conf import settings

    settings.FILES_HOME = Path(path)


def main() -> None:
    options = frame.parser(__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=12)
    options.add_argument(
        "--control", type=int, default=0, help="rounds without the guard (default: a fifth, at least 4)"
    )
    options.add_argument("--shape", default="", help="PROCESSESxTHREADS of the rivals")
    options.add_argument("--only", nargs="*", default=[], help="only these contests, by name")
    given = options.parse_args()
    began = time.monotonic()
    home = frame.fresh_home(given.database)
    frame.set_up()
    company = day.prepare()
    day.read_here()
    import logging

    logging.disable(logging.CRITICAL)
    from huikuan.office.work import bots

    bots._bots["harness.once"] = bots.Bot("harness.once", once, "", 60)
    stage = Stage(given.database, home)
    stage.keep()
    shape = given.shape or ("2x8" if given.database == "postgres" else "8x1")
    processes, _x, threads = shape.partition("x")
    race = Race(stage, company, (int(processes), int(threads)))
    race.run(given.rounds, given.control or max(4, given.rounds // 5), given.only)
    figures = {
        "database": given.database, "rivals": int(processes) * int(threads), "rounds": sum(r["rounds"] for r in race.rows),
        "bad_rounds": sum(r["bad"] for r in race.rows), "seconds": round(time.monotonic() - began), "rows": race.rows,
    }  # fmt: skip
    frame.report("race", figures, race.violations, write=given.write)


if __name__ == "__main__":
    main()
