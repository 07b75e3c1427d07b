"""House rules that are checked on a database of each kind."""
