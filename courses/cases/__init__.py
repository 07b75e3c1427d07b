"""Cases: what a resolved complaint, or service done well, teaches, told without anybody's name."""
