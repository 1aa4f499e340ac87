import numpy as np
import pytest

from gridkit.errors import ConfigError
from gridkit.hotspots.clock import WorkClock, due_after, elapsed

# May 2024: Wed 1 - Fri 3 is a holiday here, Sat 11 is worked instead
CLOCK = WorkClock(
    hours=("09:00-12:00", "13:00-18:00"),
    holidays=("2024-05-01", "2024-05-02", "2024-05-03"),
    extra_days=("2024-05-11",),
)


def at(*texts):
    return np.array(texts, dtype="datetime64[s]")


# worked out by hand from the calendar above
@pytest.mark.parametrize(
    ("start", "end", "hours", "work_hours", "working_days"),
    [
        ("2024-05-06T10:00", "2024-05-06T12:30", 2.5, 2.0, 0),  # Monday, into the break
        ("2024-05-06T12:30", "2024-05-06T12:45", 0.25, 0.0, 0),  # inside the break
        ("2024-04-30T17:00", "2024-05-06T10:00", 137.0, 2.0, 1),  # over the holiday
        ("2024-05-10T17:30", "2024-05-13T09:30", 64.0, 9.0, 2),  # the Saturday is worked
        ("2024-05-04T10:00", "2024-05-05T10:00", 24.0, 0.0, 0),  # a weekend
        ("2024-05-07T20:00", "2024-05-08T07:00", 11.0, 0.0, 1),  # a night
    ],
)
def test_durations_by_three_clocks(start, end, hours, work_hours, working_days):
    for unit, want in (
        ("hours", hours),
        ("work_hours", work_hours),
        ("working_days", working_days),
    ):
        assert elapsed(at(start), at(end), unit=unit, clock=CLOCK)[0] == want


@pytest.mark.parametrize(
    ("start", "limit", "want"),
    [
        ("2024-05-06T10:00", "4 work hours", "2024-05-06T15:00"),
        ("2024-05-06T16:00", "4 work hours", "2024-05-07T11:00"),
        ("2024-04-30T17:00", "1 work hour", "2024-04-30T18:00"),
        ("2024-04-30T20:00", "3 work hours", "2024-05-06T12:00"),
        ("2024-05-10T10:00", "1 working day", "2024-05-11T18:00"),
        ("2024-05-10T10:00", "2 working days", "2024-05-13T18:00"),
        ("2024-05-04T10:00", "15 working days", "2024-05-23T18:00"),
        ("2024-05-06T10:00", "72 hours", "2024-05-09T10:00"),
    ],
)
def test_limits_run_out_when_the_calendar_says(start, limit, want):
    assert due_after(at(start), limit, clock=CLOCK)[0] == np.datetime64(want, "s")


def test_a_limit_in_work_hours_is_used_up_exactly_when_it_runs_out():
    rng = np.random.default_rng(0)
    start = np.datetime64("2024-04-20", "s") + rng.integers(0, 40 * 86_400, 300)
    end = due_after(start, "11 work hours", clock=CLOCK)
    np.testing.assert_allclose(elapsed(start, end, unit="work_hours", clock=CLOCK), 11.0)


def test_unknown_times_stay_unknown():
    assert np.isnan(elapsed(at("NaT"), at("2024-05-06"), unit="work_hours")[0])
    assert np.isnat(due_after(at("NaT"), "4 work hours")[0])


@pytest.mark.parametrize("limit", ["soon", "0 hours", "1.5 working days", "3 weeks"])
def test_a_limit_that_cannot_be_read_is_refused(limit):
    with pytest.raises(ConfigError, match="a limit is written as"):
        due_after(at("2024-05-06"), limit)


def test_impossible_office_hours_are_refused():
    with pytest.raises(ConfigError, match="run forward"):
        WorkClock(hours=("09:00-12:00", "11:00-15:00"))
    with pytest.raises(ConfigError, match="0 \\(Monday\\)"):
        WorkClock(work_days=(7,))
    with pytest.raises(ConfigError, match="days like"):
        WorkClock(holidays=("1 May",))
