"""Billing: the commercial claim from deliveries, before tax law; credit notes; cancellations; the printed document."""
