"""Times of the server as Azure's SDKs tell them."""

from __future__ import annotations

import datetime
from typing import Any, Optional


def iso(milliseconds: Any) -> Optional[str]:
    """Milliseconds since the epoch as ISO 8601 in UTC, to the millisecond; None for none."""
    if not milliseconds:
        return None
    return moment(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(milliseconds: Any) -> datetime.datetime:
    """Milliseconds since the epoch as a time in UTC."""
    return datetime.datetime.fromtimestamp(int(milliseconds) / 1000, tz=datetime.timezone.utc)
