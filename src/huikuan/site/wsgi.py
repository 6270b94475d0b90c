"""What granian serves."""

import os
import threading

from django.core.wsgi import get_wsgi_application

from huikuan.kit.signals import heed

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.site.settings")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402 - the apps must be there first

# Every address is imported now: else the first visitor waits for it, three seconds and more on a small machine.
get_resolver().url_patterns  # noqa: B018


def _warm() -> None:
    """Add up the sums that key figures are made of (books/ledger/sums), beside the first requests: years of entries take
    seconds, once in the life of a process."""
    from django.db import Error, connections

    from huikuan.books.ledger.queries import month_sums
    from huikuan.office.company.queries import ids

    try:
        for company in ids():
            month_sums(company)
    except Error:  # not there, or not for this version: whoever asks is told
        pass
    finally:
        connections.close_all()


threading.Thread(target=_warm, name="warm", daemon=True).start()
if threading.current_thread() is threading.main_thread():  # granian's, which waits there for its signal to stop
    heed()
