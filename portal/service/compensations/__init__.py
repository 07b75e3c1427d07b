"""What the desk gives: proposals, the authority to make them, approvals above it, and every fen paid exactly once."""
