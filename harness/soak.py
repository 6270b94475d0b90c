"""`make soak ARGS="--steps 100000 --seed 7"`: histories of the whole flow, one after the other, until the steps are done.

Each history has a company of its own and real commits; its seed is made of the run's seed and its number, so that
`--seed S --only N` plays one history again, and `--seed S` all of them. Prints the steps of a history that fails.
"""

from __future__ import annotations

import random
import time

from harness import frame

EACH = 500  # steps of one history: 5 months in one company


def main() -> None:
    options = frame.parser("The whole flow at random, beside a notebook.")
    options.add_argument("--steps", type=int, default=5000)
    options.add_argument("--seconds", type=int, default=0, help="stop after so long, whatever the steps")
    options.add_argument("--only", type=int, default=None, help="play this one history")
    asked = options.parse_args()
    frame.fresh_home(asked.database)
    frame.set_up()

    from harness.flow import Differs, Flow, draw, open_world, reading_here

    violations, done, proofs, began = list[str](), 0, 0, time.monotonic()
    verbs: dict[str, int] = {}
    numbers = range(10**9) if asked.only is None else [asked.only]
    with reading_here():
        for n in numbers:
            over = asked.seconds and time.monotonic() - began > asked.seconds
            if violations or over or (asked.only is None and done >= asked.steps):
                break
            rng = random.Random(asked.seed * 1_000_003 + n)
            flow = Flow(open_world(f"{n % 10**9}"))
            try:
                for _step in range(EACH if asked.only is not None else min(EACH, asked.steps - done)):
                    verb, number = draw(rng)
                    flow.step(verb, number)
                    verbs[verb] = verbs.get(verb, 0) + 1
                flow.proved()
                proofs += 1
            except Differs as e:
                violations.append(f"history {n}: {e}")
                violations.append(f"steps: {flow.steps}")
            done += len(flow.steps)
    seconds = time.monotonic() - began
    figures = {
        "database": asked.database, "seed": asked.seed, "steps": done, "histories": proofs + bool(violations), "proofs": proofs,
        "seconds": round(seconds), "steps_per_second": round(done / max(seconds, 1), 1), "verbs": verbs,
    }  # fmt: skip
    frame.report("soak", figures, violations, write=asked.write)


if __name__ == "__main__":
    main()
