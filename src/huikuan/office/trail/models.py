"""The trail's rows: what was done (Record), what it touched (Mention), replies kept for retries (Key), long work (Run)."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.models import Q


class Record(models.Model):
    """One act. Written once, in the act's own transaction; the sealer adds its place in the chain, once."""

    company = models.BigIntegerField(null=True)  # beneath company: the id, no foreign key
    name = models.CharField(max_length=60)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    door = models.CharField(max_length=12)
    key = models.CharField(max_length=200, blank=True)
    root = models.BigIntegerField()
    cause = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10)  # done, refused, denied
    subject = models.CharField(max_length=80, blank=True)
    input = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    changes = models.JSONField(default=list)
    reason = models.JSONField(null=True)  # a Say, when refused
    digest = models.CharField(max_length=64)
    number = models.BigIntegerField(null=True, unique=True)
    prev = models.CharField(max_length=64, null=True, unique=True)
    hash = models.CharField(max_length=64, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["company", "-id"], name="trail_company"),
            models.Index(fields=["root"], name="trail_root"),
            models.Index(fields=["id"], condition=Q(number__isnull=True), name="trail_unsealed"),
            models.Index(fields=["company", "name", "-id"], name="trail_name"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=["done", "refused", "denied"]), name="trail_outcome"),
            models.CheckConstraint(
                condition=Q(number__isnull=True, prev__isnull=True, hash__isnull=True)
                | Q(number__isnull=False, prev__isnull=False, hash__isnull=False),
                name="trail_sealed_whole",
            ),
        ]


class Mention(models.Model):
    """A subject that an act was about, so that one page can show everything that happened to it."""

    company = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=80)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="mentions")

    class Meta:
        indexes = [models.Index(fields=["company", "subject", "-id"], name="mention_subject")]


class Key(models.Model):
    """An idempotency key and the first reply to it (I12). Kept for ever."""

    company = models.BigIntegerField(default=0)
    client = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    record = models.BigIntegerField()
    reply = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "client", "key"], name="key_once")]

    def told(self) -> tuple[Any, ...]:
        """The key as its act tells it, the reply as text in one order: a database may give its parts in another."""
        reply = json.dumps(self.reply, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return (self.pk, self.company, self.client, self.key, self.action, self.digest, self.record, reply, self.at)


class Run(models.Model):
    """Long work in chunks: each chunk its own act and transaction. The row is the progress, the cancel and the resume."""

    company = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    state = models.CharField(max_length=10, default="running")  # running, done, cancelled, failed
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    input = models.JSONField(default=dict)
    by = models.CharField(max_length=80)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["company", "-id"], name="run_company")]


class RunItem(models.Model):
    """What a run has done with one of its items: at most once (I14)."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="items")
    item = models.CharField(max_length=120)
    outcome = models.CharField(max_length=10)
    note = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "item"], name="run_item_once")]


class Verification(models.Model):
    """One run of `verify`: what every check saw. `checks` is a list of {id, title, checked, wrong, broken}."""

    company = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    ok = models.BooleanField()
    checks = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["company", "-id"], name="verification_latest")]
