"""Vendor SQL of the front step: looking at and emptying the demo's database."""

from __future__ import annotations

from django.db import connection


def has_tables() -> bool:
    with connection.cursor() as cursor:
        return "company_company" in connection.introspection.table_names(cursor)


def empty_schema() -> None:
    """PostgreSQL only: drop everything in the schema. The caller has made sure that it holds nothing but a demo."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
