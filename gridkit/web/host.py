"""What can only the folder of a run give: background layers, exports, a review page, imports?"""

from __future__ import annotations

import re
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.editor.importing import Arrival, proposal_from, read_arrival
from gridkit.editor.payload import Parcel
from gridkit.editor.refusal import Refusal, bad, both, unknown
from gridkit.errors import GridkitError
from gridkit.io.atomic import write_text
from gridkit.web.layers import LAYERS, layer_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from gridkit._typing import Json
    from gridkit.batch.chain import Work
    from gridkit.editor.ground import Ground
    from gridkit.editor.room import Room
    from gridkit.model.plan import Plan
    from gridkit.model.result import Progress

MOST_ARRIVALS = 5


class Host:
    """The run behind an editor.

    Parameters
    ----------
    room
        The editor's room.
    work
        What the run was made of; None in a notebook, where there is only a plan.
    folder
        The results.
    config
        The batch file, for exports.
    """

    def __init__(
        self,
        room: Room,
        *,
        work: Work | None = None,
        folder: Path | None = None,
        config: Path | None = None,
    ) -> None:
        self.room, self.work, self.folder, self.config = room, work, folder, config
        self._packed: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._arrivals: dict[str, Arrival] = {}
        if work is not None and config is not None and folder is not None:
            room.jobs.export = self.write

    # ------------------------------------------------------------------ background
    def layers(self) -> list[Json]:
        """List the layers that can be asked for."""
        g = self.room.editor.ground
        return [
            {"key": layer.key, "name": both(layer.name), "kind": layer.kind, "on": layer.on}
            for layer in LAYERS
            if layer.is_there(g, self.work, self.folder)
        ]

    def layer(self, key: str) -> bytes:
        """Give a layer, packed."""
        g = self.room.editor.ground
        found = next((v for v in LAYERS if v.key == key), None)
        if found is None or not found.is_there(g, self.work, self.folder):
            raise unknown(f"there is no layer '{key}'.", f"没有图层“{key}”。")
        with self._lock:
            if key not in self._packed:
                parcel = Parcel()
                layer_frame(parcel, key, g, self.work, self.folder)
                self._packed[key] = parcel.to_bytes()
            return self._packed[key]

    # ------------------------------------------------------------------ in
    def examine(self, name: str, content: bytes) -> Json:
        """Read a plan that was sent, and say how it fits."""
        arrival = read_arrival(self.room.editor.ground, name, content)
        with self.room.lock:
            number = f"i{secrets.token_hex(4)}"
            self._arrivals[number] = arrival
            for old in list(self._arrivals)[:-MOST_ARRIVALS]:
                del self._arrivals[old]
        return {"ok": True, "import": number, "report": arrival.report}

    def adopt(self, window: str, number: str, body: Json) -> Json:
        """Make a scenario of a plan that was sent."""
        room = self.room
        with room.lock:
            arrival = self._arrivals.get(number)
            if arrival is None:
                raise unknown(f"there is no import '{number}'.", f"没有导入“{number}”。")
            name = body.get("as")
            if not isinstance(name, str):
                raise bad("`as` must be the name of the new scenario.", "`as` 应为新方案的名称。")
            made = room.do(
                window, {"scenario": next(iter(room.editor.history.scenarios)), "op": {"kind": "branch", "name": name, "step": 0}}
            )  # fmt: skip
            editor = room.editor
            own = room.window(window)
            proposal = proposal_from(editor.table(name).desk, arrival, editor.slots)
            change = editor.make(name, proposal, by=own.name)
            del self._arrivals[number]
            change["scenarios"] = room.scenarios_json()
            room.tell({"type": "scenarios", "scenarios": change["scenarios"]}, but=window)
            return {**made, **change}

    # ------------------------------------------------------------------ out
    def write(self, plan: Plan, state: Json, name: str, tell: Callable[[Progress], None]) -> Path:
        """Write everything that a run writes, for an edited plan, into a folder of its own.

        Beside it ``edits.csv`` (names, codes, locks, head counts, notes and open comments as they stand in
        the editor) and the review page.
        """
        from gridkit.batch.chain import NAMES  # noqa: PLC0415  loads the whole chain
        from gridkit.batch.job import Job, run_job  # noqa: PLC0415  the same
        from gridkit.io.sheets import write_csv  # noqa: PLC0415  the same

        assert self.folder is not None  # noqa: S101  exports are offered only with a folder
        assert self.config is not None  # noqa: S101
        place = self.folder / "edit" / "exports"
        place.mkdir(parents=True, exist_ok=True)
        out = _free(place / slug(name))
        table = place / f".{out.name}-plan.csv"
        frame, first = plan.to_frame(), plan.levels[0]
        frame[NAMES] = [first.names[g] if g >= 0 else "" for g in plan.base.tolist()]
        write_csv(table, frame)
        try:
            run_job(Job(config=self.config, plan=table, out=out), on_progress=tell)
        finally:
            table.unlink(missing_ok=True)
        write_csv(out / "edits.csv", edits_frame(self.room.editor.ground, state))
        lang = self.work.batch.output.lang if self.work is not None else "en"
        write_text(out / "review.html", self.review(plan, state, state["comments"], lang))
        return out

    def review(self, plan: Plan, state: Json, comments: list[Json], lang: str) -> str:
        """Make one page with map, findings, notes and comments, to be opened from disk."""
        from gridkit.web.review import review_page  # noqa: PLC0415  loads the map page

        g = self.room.editor.ground
        return review_page(self.work, plan, g.current or g.opened, state, comments, lang)

    def in_words(self, error: GridkitError) -> Refusal:
        """Say an error of gridkit without the paths of this machine."""
        text = without_paths(str(error))
        return Refusal("refused", (text, text))


def without_paths(text: str) -> str:
    """Leave of every path only its last part.

    Examples
    --------
    >>> without_paths("there is no /home/li/town/plan.csv.")
    'there is no plan.csv.'
    """
    return re.sub(r"(?:[A-Za-z]:)?(?:[\\/][^\\/\s'\"]+)+[\\/]([^\\/\s'\"]+)", r"\1", text)


def slug(name: str) -> str:
    """Make a folder name of any text.

    Examples
    --------
    >>> slug("../方案 A: new")
    '方案-A-new'
    """
    text = re.sub(r"[^\w]+", "-", name, flags=re.UNICODE).strip("-_")[:60]
    reserved = re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)", text, re.IGNORECASE)
    return f"plan-{text}" if reserved or not text else text


def _free(path: Path) -> Path:
    n, out = 2, path
    while out.exists():
        out = path.with_name(f"{path.name}-{n}")
        n += 1
    return out


def edits_frame(ground: Ground, state: Json) -> pd.DataFrame:
    """Give a row for each grid: what the editor knows of it beside its units."""
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    said: dict[int, list[str]] = {}
    for c in state["comments"]:
        if not c["done"]:
            said.setdefault(c["grid"], []).append(f"{c['by']}: {c['text']}")
    rows = [
        {
            "base_grid_id": g["id"],
            "name": g["name"],
            "code": g["code"],
            "community_grid_id": ground.community_ids[g["community"]]
            if g["community"] >= 0
            else "",
            "locked": "yes" if g["locked"] else "no",
            "members": g["members"],
            "note": g["note"],
            "comments": "\n".join(said.get(g["grid"], [])),
        }
        for g in state["grids"]
        if g["alive"]
    ]
    return pd.DataFrame(rows)


def finite(values: Any) -> Any:
    """Tell which shapes are there."""
    return np.flatnonzero(~(shapely.is_missing(values) | shapely.is_empty(values)))
