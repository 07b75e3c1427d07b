"""Voices: what buyers say of an order, by a link without an account, and what their owner answers.

A rating stands once per order line, may be added to once, and is never taken away; a low one must be answered. A
question on an order is a thread; how long its reply took is kept.
"""
