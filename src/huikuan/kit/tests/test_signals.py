"""A signal that another thread is given wakes the main one all the same."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import signal, sys, threading
from huikuan.kit.signals import heed

asked = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: asked.set())
heed()

def thief():
    sys.stdin.readline()  # by now the main thread sleeps
    for _n in range(int(sys.argv[1])):
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    print("given", flush=True)

threading.Thread(target=thief, daemon=True).start()
print("ready", flush=True)
asked.wait()
print("heard", flush=True)
"""


def heard(times: int) -> bool:
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(times)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdin is not None and child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.stdin.write("now\n")
        child.stdin.close()
        child.wait(60)
        return "heard" in child.stdout.read()
    except subprocess.TimeoutExpired:
        return False
    finally:
        child.kill()
        child.wait(30)


def test_a_stolen_signal_is_heard() -> None:
    """Without `heed` nobody hears it (Python 3.11 to 3.13)."""
    assert heard(1)
    assert heard(50)  # and many at once
