"""When is a made-up report sent, accepted, dispatched, disposed and closed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.datasets.reports import CATEGORIES

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import FloatArray

HOURS = (3, 4, 2, 1, 2, 4, 15, 40, 53, 82, 89, 91, 91, 93, 84, 71, 68, 54, 48, 37, 27, 20, 12, 9)
"""Requests by hour of the day, per thousand (Washington, service requests of summer 2016, Open Data DC, CC BY 4.0)."""
URGENT_HOURS = (
    *(15, 13, 14, 8, 5, 6, 18, 34, 68, 75, 51, 60, 71, 57, 68, 70, 55, 70, 72, 41, 43, 39, 25, 20),
)
"""Urgent reports by hour of the day, per thousand (crashes in Cambridge, 2010-2016, public domain; those without a time left out)."""
HOURS_TO_CLOSE = (
    (0.0, 0.02),
    (0.05, 1.05),
    (0.10, 1.99),
    (0.25, 19.5),
    (0.50, 47.9),
    (0.75, 128.1),
    (0.90, 214.5),
    (0.95, 289.0),
    (0.99, 499.2),
    (1.0, 643.5),
)
"""Share of closed requests, and hours to close (the same source)."""
DISPOSED = 0.972
LIMIT_H = {"express": 4.0, "emergency": 24.0, "routine": 168.0}


def life_cycle(n: int, rng: np.random.Generator, *, year: int = 2025) -> pd.DataFrame:
    """Make the words and times of reports, in the order they were sent.

    Returns
    -------
    DataFrame
        ``report_id, category, subcategory, urgency, channel, reported_at, accepted_at, dispatched_at,
        disposed_at, closed_at, due_at, self_disposed, returned``; times that have not come are blank.
    """
    import pandas as pd  # noqa: PLC0415  importing gridkit must not load it

    begin = np.datetime64(f"{year}-01-01T00:00", "m")
    day = rng.integers(0, 365, n)
    urgency = rng.choice(np.array(["express", "emergency", "routine"]), n, p=[0.03, 0.17, 0.80])
    hour = rng.choice(24, n, p=np.array(HOURS) / sum(HOURS))
    urgent = urgency != "routine"
    hour[urgent] = rng.choice(24, int(urgent.sum()), p=np.array(URGENT_HOURS) / sum(URGENT_HOURS))
    minute = day * 1440 + hour * 60 + rng.integers(0, 60, n)
    order = np.argsort(minute, kind="stable")
    minute, urgency = minute[order], urgency[order]
    names = np.array(list(CATEGORIES))
    group = rng.choice(len(names), n, p=[0.3, 0.4, 0.2, 0.1])
    words = np.array([CATEGORIES[str(k)] for k in names])
    pace = np.select([urgency == "express", urgency == "emergency"], [0.12, 0.4], 1.0)
    took = _hours_to_close(rng.uniform(size=n)) * 60 * pace
    accepted = minute + 1 + rng.exponential(12, n)
    dispatched = accepted + 1 + rng.exponential(25, n)
    closed = np.maximum(dispatched + 15, minute + took)
    disposed = dispatched + 5 + (closed - dispatched - 15) * rng.uniform(0.6, 1.0, n)
    open_ = rng.uniform(size=n) > DISPOSED
    limit = np.select(
        [urgency == "express", urgency == "emergency"],
        [LIMIT_H["express"], LIMIT_H["emergency"]],
        LIMIT_H["routine"],
    )

    def moment(minutes: FloatArray, *, known: np.ndarray | None = None) -> np.ndarray:
        out: np.ndarray = begin + np.rint(minutes).astype(np.int64).astype("timedelta64[m]")
        out = out.astype("datetime64[s]")
        if known is not None:
            out[~known] = np.datetime64("NaT")
        return out

    width = max(7, len(str(n)))
    return pd.DataFrame(
        {
            "report_id": np.char.add("R", np.char.zfill(np.arange(1, n + 1).astype(str), width)),
            "category": names[group],
            "subcategory": words[group, rng.integers(0, 3, n)],
            "urgency": urgency,
            "channel": rng.choice(
                np.array(["member", "app", "hotline", "video"]), n, p=[0.72, 0.15, 0.1, 0.03]
            ),
            "reported_at": moment(minute.astype(np.float64)),
            "accepted_at": moment(accepted),
            "dispatched_at": moment(dispatched),
            "disposed_at": moment(disposed, known=~open_),
            "closed_at": moment(closed, known=~open_),
            "due_at": moment(minute + limit * 60),
            "self_disposed": rng.uniform(size=n) < 0.9,
            "returned": rng.poisson(0.04, n),
        }
    )


def _hours_to_close(share: FloatArray) -> FloatArray:
    """Read the measured curve, on a log scale."""
    at, hours = np.array(HOURS_TO_CLOSE).T
    return np.asarray(np.exp(np.interp(share, at, np.log(hours))))
