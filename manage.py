"""Django's own commands, for developers: python manage.py shell, makemigrations, check."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
