"""Money is integer fen. Shares are basis points (1 bp = 1/10,000)."""

from decimal import ROUND_HALF_EVEN, Decimal

LARGEST_FEN = 2_000_000_000  # of one amount: twenty million yuan


def share_of(fen: int, basis_points: int) -> int:
    """`basis_points` of an amount in fen, rounded half-even once, here and nowhere else."""
    exact = Decimal(fen) * basis_points / 10_000
    return int(exact.to_integral_value(ROUND_HALF_EVEN))


def yuan(fen: int) -> str:
    """An amount for reading: `¥1,204.50`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
