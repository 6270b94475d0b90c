"""Crashes: the power goes at every fail point of a fixed day of work, and at any moment of a busy one.

    python -m harness.crash                         a sample: every point once, and random kills
    python -m harness.crash --full --database postgres --write
    python -m harness.crash --list                  the registered points
    python -m harness.crash --only work:work.job.done:1   one crash again, by its name

Part one plays the day once undisturbed, then again and again with hard exits at chosen (step, point, time) and a fresh
process after each, which asks again for what it was not told. Trial balance, open items, numbers, run results and all the
rest must be the same. Part two kills posting, billing, import, matching and queue workers with SIGKILL at random moments,
and on PostgreSQL the server with all its processes: nothing that was acknowledged may be lost, nothing may stand twice.

`--plant` puts a bug in and must fail: the tests of the harness itself.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from harness import day, frame
from harness.stage import Child, Stage, quiet
from harness.storm import Storm

Kill = tuple[str, str, int]  # step, point, the how manieth time in that step

PLANTS: dict[str, tuple[str, dict[str, tuple[str, int]]]] = {
    "ack_early": ("acknowledges before the commit", {"place": ("trail.act.commit.before", 1), "reverse": ("trail.act.commit.before", 2)}),
    "no_key": ("does not look at the idempotency key", {"place_many": ("trail.act.commit.after", 1), "reverse": ("trail.act.commit.after", 1)}),
    "long_lease": ("holds leases for an hour", {"work": ("work.job.claimed", 1)}),
    "no_bytes": ("names a file before its bytes are safe", {"release": ("files.write.before", 1)}),
}  # fmt: skip


def plant(name: str, say: Callable[[Any], None], now: dict[str, Any]) -> Callable[[str], None] | None:
    """Put a bug into this (forked) process. Gives back a handler of points where the bug needs one."""
    from huikuan.office.files import actions as files
    from huikuan.office.trail import act
    from huikuan.office.work import bots

    if name == "ack_early":

        def early(point: str) -> None:
            if point == "trail.act.commit.before":
                say({"step": day.STEPS.index(now["step"]), "reply": None})

        return early
    if name == "no_key":
        act._claim = lambda *_a: None
    if name == "long_lease":
        for kind, able in bots.bots().items():
            bots._bots[kind] = bots.Bot(able.kind, able.does, able.role, 3600)
    if name == "no_bytes":
        real = files.store.write
        files.store.write = lambda content: _half(real, content)
    return None


def _half(real: Callable[[bytes], str], content: bytes) -> str:
    """A writer that believes the bytes to be there because their name is: torn bytes stay torn for ever."""
    from huikuan.office.files import rules, store

    target = store.path_of(rules.digest(content))
    if target.exists():
        return rules.digest(content)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content[: len(content) // 2])
    return real(content)


class Crash:
    """Part one, on one stage."""

    def __init__(self, stage: Stage, company: int) -> None:
        self.stage, self.company = stage, company
        self.kills = 0
        self.missed: list[str] = []
        self.violations: list[str] = []
        self.passed: Counter[tuple[str, str]] = Counter()
        self.undisturbed()

    def undisturbed(self) -> None:
        from huikuan.kit.failpoints import armed, points

        # Once in this process, so that what is loaded late is there for all children; but for the letter: Typst starts
        # threads, and threads do not survive a fork.
        name = self.stage.fresh()
        with quiet():
            for step in day.STEPS:
                if step != "statement":
                    getattr(day.Day(self.company), step)()
            frame.violations_of_verify(self.company)
        self.stage.drop(name)
        name = self.stage.fresh()

        def run(say: Callable[[Any], None]) -> None:
            now = {"step": ""}
            seen: Counter[tuple[str, str]] = Counter()

            def passing(point: str) -> None:
                seen[now["step"], point] += 1

            with quiet(), armed(passing):
                day.play(self.company, 0, day.later(0), say, lambda step: now.update(step=step))
            say({"passed": [[*k, n] for k, n in seen.items()]})

        said = Child(run).end()
        self.replies = {x["step"]: x["reply"] for x in said if "step" in x}
        for x in said:
            if "error" in x:
                raise RuntimeError(f"the undisturbed day does not work: {x['error']}")
            for step, point, n in x.get("passed", ()):
                self.passed[step, point] = n
        with quiet():
            self.picture = day.picture(self.company)
            self.violations += [f"undisturbed: {v}" for v in frame.violations_of_verify(self.company)]
        never = sorted(set(points()) - {p for _s, p in self.passed})
        self.violations += [f"the day never passes {p}" for p in never]
        self.stage.drop(name)

    def sample(self, rng: random.Random) -> list[Kill]:
        """Every point once, some time in some step where it is passed: in the step with the fewest crashes so far, so that
        a few days hold them all."""
        steps = {p: [s for s, q in self.passed if q == p] for p in sorted({p for _s, p in self.passed})}
        load: Counter[str] = Counter()
        out = []
        for point, some in sorted(steps.items(), key=lambda x: len(x[1])):
            step = min(some, key=lambda s: (load[s], rng.random()))
            load[step] += 1
            out.append((step, point, rng.randint(1, self.passed[step, point])))
        return out

    def everything(self, rng: random.Random) -> list[Kill]:
        """Every point in every step where it is passed: the first time, and some later time."""
        out = []
        for (step, point), n in sorted(self.passed.items()):
            out += [(step, point, k) for k in sorted({1, rng.randint(1, n)})]
        return out

    def chains(self, kills: list[Kill]) -> list[dict[str, tuple[str, int]]]:
        """Days with at most one crash a step, so that few days hold many crashes."""
        by_step: dict[str, list[tuple[str, int]]] = {}
        for step, point, n in kills:
            by_step.setdefault(step, []).append((point, n))
        longest = max((len(v) for v in by_step.values()), default=0)
        return [{s: v[i] for s, v in by_step.items() if i < len(v)} for i in range(longest)]

    def play(self, plan: dict[str, tuple[str, int]], planted: str = "") -> list[str]:
        """One day with these crashes. What is different at the end."""
        from huikuan.kit.failpoints import armed, at, hard_exit

        name = self.stage.fresh()
        left, first, n, wrong = dict(plan), 0, 0, []
        replies: dict[int, Any] = {}
        while first < len(day.STEPS):
            started = dict(left)

            def run(
                say: Callable[[Any], None], first: int = first, n: int = n, started: dict[str, Any] = started
            ) -> None:
                now: dict[str, Any] = {"step": "", "die": None}
                bug = plant(planted, say, now) if planted else None

                def before(step: str) -> None:
                    now["step"] = step
                    now["die"] = at(started[step][0], hard_exit, nth=started[step][1]) if step in started else None

                def passing(point: str) -> None:
                    if bug is not None:
                        bug(point)
                    if now["die"] is not None:
                        now["die"](point)

                with quiet(), armed(passing):
                    day.play(self.company, first, day.later(n), say, before)

            child = Child(run)
            said = child.end()
            for x in said:
                if "step" in x:
                    replies[x["step"]] = x["reply"]
                    first = x["step"] + 1
            errors = [x["error"] for x in said if "error" in x]
            if errors:
                wrong.append(f"after {n} crashes, in {day.STEPS[first]}: {errors[0].strip().splitlines()[-1]}")
                break
            if child.code == 0:
                break
            # It died in the step that was not acknowledged (with a planted bug maybe in one that was).
            for i in range(max(0, first - 1), len(day.STEPS)):
                if day.STEPS[i] in left:
                    del left[day.STEPS[i]]
                    break
            self.kills += 1
            n += 1
        if not planted:
            # A step that was cut off between two acts goes on where it was: it passes fewer points than the first time.
            self.missed += [f"{s}:{p}:{k}" for s, (p, k) in left.items()]
        with quiet():
            if not wrong:
                wrong += self.differences(day.picture(self.company), replies)
            wrong += frame.violations_of_verify(self.company)
        self.stage.drop(name)
        return wrong

    def differences(self, found: dict[str, Any], replies: dict[int, Any]) -> list[str]:
        out = []
        for part, meant in self.picture.items():
            if found[part] != meant:
                out.append(f"{part}: {_first(meant, found[part])}")
        for step, reply in self.replies.items():
            if replies.get(step) != reply:
                out.append(f"{day.STEPS[step]} answered {replies.get(step)!r}, undisturbed {reply!r}")
        return out

    def run(self, kills: list[Kill]) -> None:
        for plan in self.chains(kills):
            wrong = self.play(plan)
            if wrong:
                told = " ".join(f"{s}:{p}:{n}" for s, (p, n) in plan.items())
                self.violations += [f"{w} [--only {told}]" for w in wrong[:4]]


def _first(meant: Any, found: Any) -> str:
    if isinstance(meant, list) and isinstance(found, list):
        extra = [x for x in found if x not in meant][:2]
        lost = [x for x in meant if x not in found][:2]
        return f"lost {lost}, extra {extra}, {len(meant)} rows became {len(found)}"
    if isinstance(meant, dict) and isinstance(found, dict):
        return str({k: (meant.get(k), found.get(k)) for k in {*meant, *found} if meant.get(k) != found.get(k)})
    return f"{meant} became {found}"


def main() -> None:
    options = frame.parser(__doc__.splitlines()[0])
    options.add_argument(
        "--full", action="store_true", help="every point in every step, the first time and some later time"
    )
    options.add_argument("--only", nargs="*", default=[], metavar="STEP:POINT:N", help="only these crashes, in one day")
    options.add_argument("--kills", type=int, default=45, help="random kills of processes in part two")
    options.add_argument("--servers", type=int, default=3, help="kills of the whole PostgreSQL server in part two")
    options.add_argument("--plant", nargs="*", choices=[*PLANTS, "all"], default=[], help="put this bug in: must fail")
    options.add_argument("--list", action="store_true", help="print the registered fail points")
    given = options.parse_args()
    if given.list:
        from huikuan.kit.failpoints import points

        for name, said in points().items():
            print(f"{name:32} {said}")
        return
    began = time.monotonic()
    home = frame.fresh_home(given.database)
    frame.set_up()
    company = day.prepare()
    day.read_here()
    stage = Stage(given.database, home)
    stage.keep()
    crash = Crash(stage, company)
    figures: dict[str, Any] = {"database": given.database, "seed": given.seed}
    if given.plant:
        names = list(PLANTS) if "all" in given.plant else given.plant
        found = {p: crash.play(PLANTS[p][1], p) for p in names}
        figures["planted"] = {p: len(w) for p, w in found.items()}
        frame.report("crash", figures, [f"{p}: {w[0]}" for p, w in found.items() if w], write=False)
    rng = random.Random(given.seed)
    if given.only:
        kills = [(s, p, int(n)) for s, p, n in (x.split(":") for x in given.only)]
    else:
        kills = crash.everything(rng) if given.full else crash.sample(rng)
    crash.run(kills)
    figures |= {
        "points": len({p for _s, p in crash.passed}), "crashes_at_points": crash.kills, "not_reached_again": len(crash.missed),
        "trial_balance": frame.digest(crash.picture["trial balance"]),
    }  # fmt: skip
    if not given.only:
        storm = Storm(stage, company, rng)
        storm.blow(given.kills, given.servers if stage.server is not None else 0)
        crash.violations += storm.violations
        figures |= storm.figures()
    figures["kills"] = figures.get("random_kills", 0) + figures.get("server_kills", 0) + crash.kills
    figures["seconds"] = round(time.monotonic() - began)
    frame.report("crash", figures, crash.violations, write=given.write)


if __name__ == "__main__":
    main()
