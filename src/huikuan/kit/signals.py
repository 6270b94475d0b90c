"""A signal is heard at once, whichever thread the system hands it to."""

from __future__ import annotations

import os
import signal
import threading
import time


def heed() -> None:
    """Python's handlers run in the main thread. Waiting for a lock without an end, it wakes only for a signal that it was
    given itself; a thread that is just being born may be given one instead, and then nobody hears it (a web process asked
    to stop while a thread of its pool begins: it went on serving). From here on the main thread is woken for every one.

    To be called in the main thread of a process that waits so; costs a thread that sleeps. Not for a child of a fork.
    """
    main = threading.main_thread().ident
    listening, speaking = os.pipe()
    os.set_blocking(speaking, False)
    woken: list[int] = []
    signal.signal(signal.SIGURG, lambda number, _frame: woken.append(number))
    signal.set_wakeup_fd(speaking, warn_on_full_buffer=False)

    def pass_on() -> None:
        while said := os.read(listening, 1):
            if said[0] == signal.SIGURG or main is None:
                continue
            woken.clear()
            while not woken:  # on its way to sleep it does not hear this one either
                signal.pthread_kill(main, signal.SIGURG)
                time.sleep(0.02)

    threading.Thread(target=pass_on, name="heed", daemon=True).start()
