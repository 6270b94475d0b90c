"""销售: from the order to the billing document."""
