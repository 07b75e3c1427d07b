"""Suppliers and carriers judged: watch, ordered rectification, blacklist and back, white list; each verdict replays."""
