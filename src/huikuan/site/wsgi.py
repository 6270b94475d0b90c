"""What granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.site.settings")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402 - the apps must be there first

# Every address is imported now: else the first visitor waits for it, three seconds and more on a small machine.
get_resolver().url_patterns  # noqa: B018
