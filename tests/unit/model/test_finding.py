from __future__ import annotations

import json

from gridkit.model.finding import Finding


def test_a_limit_that_is_not_there_is_null_in_json():
    facts = {"got": 7.0, "low": float("-inf"), "high": 5.0, "off_by": float("nan"), "n": 3}
    found = Finding(rule="limit", severity="broken", text="Too many.", facts=facts)
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert told["facts"] == {"got": 7.0, "low": None, "high": 5.0, "off_by": None, "n": 3}
