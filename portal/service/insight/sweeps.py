"""What time brings: marks and days kept up, lost buyers taken, old files gone."""

from portal.service.insight.keeping import count, keep, miss
from portal.service.insight.running import forget

__all__ = ["count", "forget", "keep", "miss"]
