"""Certification: what was learned is examined, proved by a certificate, and turned into the right to share.

`exams` draw, keep and grade attempts; `certificates` are issued for passed curricula; `rights` is the gate: the one
place that decides whether a store may share, from facts alone, with every decision kept.
"""
