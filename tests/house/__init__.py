"""House rules that a machine holds. What stands here needs no database; `ground/` does."""
