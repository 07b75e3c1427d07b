"""Notices: what a person should know, in her inbox and, if she likes, by e-mail.

A room that has something to say calls `notify` inside its own transaction with a kind and parameters. The words come
from its catalog (`notice.<kind>.title`, `notice.<kind>.body`) when the notice is read or the mail is sent, in the
reader's language. Mail goes out from the outbox after the commit, at least once, and never holds up a page.
"""
