"""The page door of orders: lists, one order, the order form, deliveries, sheets."""
