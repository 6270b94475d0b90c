"""The demo company: a beverage and snack maker whose months are made by the same actions that users call."""
