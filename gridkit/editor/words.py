"""In which words does the editor speak? English and Chinese, for steps, findings and figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gridkit.maps.content import KNOWN_MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridkit.editor.desk import Desk
    from gridkit.maps.texts import Pair


def label_of(desk: Desk, measure: str) -> tuple[Pair, Pair]:
    """Give label and unit of a measure, both languages."""
    for m in desk.ground.measures:
        if m.name == measure:
            return m.words.label, m.words.unit
    if " per " in measure:
        above, below = measure.split(" per ")
        (a, _), (b, _) = label_of(desk, above), label_of(desk, below)
        return (f"{a[0]} per {b[0].lower()}", f"{a[1]}/{b[1]}"), ("", "")
    known = KNOWN_MEASURES.get(measure)
    return (known.label, known.unit) if known else ((measure, measure), ("", ""))


def number(x: float) -> str:
    """Write a number for a sentence."""
    return f"{x:,.0f}" if abs(x) >= 1000 or x == round(x) else f"{x:,.4g}"


def some_units(desk: Desk, units: Sequence[int], total: int) -> Pair:
    """Name a few units."""
    ids = [f"'{desk.ground.town.units.ids[u]}'" for u in units[:3]]
    more = total - len(ids)
    names = ", ".join(ids)
    if more <= 0:
        return names, names.replace(", ", "、")
    return f"{names} and {more} more", f"{names.replace(', ', '、')}等 {total} 个"


def grid_name(desk: Desk, slot: int) -> str:
    """Name a grid as people do."""
    g = desk.grids[slot]
    if g is None:
        return "?"
    return g.id if g.name in ("", g.id) else f"{g.name} ({g.id})"


def _outside(desk: Desk, where: Pair, facts: Mapping[str, Any]) -> Pair:
    label, unit = label_of(desk, facts["measure"])
    got = number(facts["got"])
    over = facts["side"] == "over"
    bound = number(facts["high"] if over else facts["low"])
    off = number(abs(facts["got"] - (facts["high"] if over else facts["low"])))
    u = (f" {unit[0]}" if unit[0] else "", unit[1])
    if "ideal" in facts and facts["ideal"] > 0:
        share = (facts["got"] - facts["ideal"]) / facts["ideal"]
        most = (facts["high" if over else "low"] - facts["ideal"]) / facts["ideal"]
        return (
            f"{where[0]}: {label[0].lower()} {got}{u[0]}, {share:+.0%} from the even share of {number(facts['ideal'])} (allowed {most:+.0%}).",
            f"{where[1]}：{label[1]} {got}{u[1]}，与均值 {number(facts['ideal'])} 相差 {share:+.0%}（允许 {most:+.0%}）。",
        )
    side = ("at most", "不超过", "too many") if over else ("at least", "不少于", "short")
    return (
        f"{where[0]}: {label[0].lower()} {got}{u[0]}, {side[0]} {bound} allowed ({off} {'over' if over else 'short'}).",
        f"{where[1]}：{label[1]} {got}{u[1]}，规定{side[1]} {bound}（{'超出' if over else '不足'} {off}）。",
    )


def say_finding(
    desk: Desk, rule: str, *, grids: Sequence[int], units: Sequence[int], facts: Mapping[str, Any]
) -> Pair:
    """Say a finding in one sentence."""
    name = grid_name(desk, grids[0]) if grids else ""
    en, zh = f"Grid {name}", f"网格 {name}"
    names = desk.ground.community_names
    c = facts.get("community")
    place = names[c] if isinstance(c, int) else ""
    n = facts.get("n_units", 0)
    some = some_units(desk, units, n)
    what = facts.get("what", "")
    if rule in ("limit", "balance") or (rule == "staffing" and not what):
        where = (en, zh) if grids else (f"Community {place}", f"社区 {place}")
        return _outside(desk, where, facts)
    said: dict[str, Pair] = {
        "cover:loose": (
            f"{n} unit{' is' if n == 1 else 's are'} in no grid: {some[0]}.",
            f"{n} 个单元未划入网格：{some[1]}。",
        ),
        "cover:empty": (f"{en} has no units yet.", f"{zh} 尚无单元。"),
        "contiguity:": (
            f"{en} is in {facts.get('n_pieces')} pieces; apart from the rest: {some[0]}.",
            f"{zh} 分成了 {facts.get('n_pieces')} 块；与主体分离的有：{some[1]}。",
        ),
        "barrier:": (
            f"{en} hangs together only across a barrier; on the other side: {some[0]}.",
            f"{zh} 只能越过阻隔（河流、铁路等）才相连；另一侧有：{some[1]}。",
        ),
        "hole:": (
            f"{en} encloses {n} unit{'' if n == 1 else 's'} not its own: {some[0]}.",
            f"{zh} 内部包着 {n} 个不属于它的单元：{some[1]}。",
        ),
        "parent:none": (f"{en} is in no community.", f"{zh} 不属于任何社区。"),
        "parent:outside": (
            f"{en} crosses the line of {place}: {n} of its units lie outside: {some[0]}.",
            f"{zh} 越过了{place}的边界：{n} 个单元在界外：{some[1]}。",
        ),
        "staffing:few": (
            f"{en} has {facts.get('got')} members; at least {facts.get('low')} are needed.",
            f"{zh} 有 {facts.get('got')} 名网格员，至少需要 {facts.get('low')} 名。",
        ),
        "staffing:total": (
            f"The grids have {facts.get('got')} members in all; there are {facts.get('want')}.",
            f"各网格共有 {facts.get('got')} 名网格员，实有 {facts.get('want')} 名。",
        ),
        "carved:": (
            f"Grid {facts.get('id')} was cut out for its own {facts.get('n')} units and no longer holds exactly these.",
            f"网格 {facts.get('id')} 是专属网格，应恰好包含其 {facts.get('n')} 个单元，现已改变。",
        ),
        "together:": (
            f"{n} units that belong together (an estate, a campus) are in {facts.get('n_grids')} grids: {some[0]}.",
            f"应在一起的 {n} 个单元（同一小区或园区）被分到 {facts.get('n_grids')} 个网格：{some[1]}。",
        ),
        "lock:": (
            f"{n} units that the rules hold in their grid have moved: {some[0]}.",
            f"规则要求不变的 {n} 个单元换了网格：{some[1]}。",
        ),
    }
    if rule == "change":
        label = label_of(desk, facts["measure"])[0]
        return (
            f"{label[0]} that change grid: {number(facts['got'])} of {number(facts['total'])}; at most {number(facts['most'])} allowed.",
            f"变更网格的{label[1]}：{number(facts['got'])}（共 {number(facts['total'])}），规定不超过 {number(facts['most'])}。",
        )
    if rule == "grid_count":
        return _say_count(facts, place)
    return said[f"{rule}:{what}"]


def _say_count(facts: Mapping[str, Any], place: str) -> Pair:
    where = (place or "The town", place or "全镇")
    if "want" in facts:
        return (
            f"{where[0]} has {facts['got']} base grids; {facts['want']} are asked for.",
            f"{where[1]}有 {facts['got']} 个基础网格，要求 {facts['want']} 个。",
        )
    high = facts.get("high") or "any number"
    return (
        f"{where[0]} has {facts['got']} base grids; between {facts['low']} and {high} are asked for.",
        f"{where[1]}有 {facts['got']} 个基础网格，要求在 {facts['low']} 与 {facts.get('high') or '不限'} 之间。",
    )


_STEPS: dict[str, Pair] = {
    "assign": ("{n} units to {to}", "{n} 个单元划入 {to}"),
    "erase": ("{n} units taken out of their grids", "{n} 个单元移出网格"),
    "new_grid": ("New grid {grid} with {n} units", "新建网格 {grid}，含 {n} 个单元"),
    "merge": ("{grids} united as {grid}", "{grids} 合并为 {grid}"),
    "remove": ("Grid {grid} taken out", "撤销网格 {grid}"),
    "rename": ("Grid {grid} named {name}", "网格 {grid} 更名为 {name}"),
    "code": ("Grid {grid} has code {code}", "网格 {grid} 的编码改为 {code}"),
    "move_grid": ("Grid {grid} to {community}", "网格 {grid} 划归 {community}"),
    "lock": ("Locked: {grids}", "锁定：{grids}"),
    "unlock": ("Unlocked: {grids}", "解锁：{grids}"),
    "lock_all": ("All grids locked", "锁定全部网格"),
    "unlock_all": ("All grids unlocked", "解锁全部网格"),
    "note": ("Note on grid {grid}", "网格 {grid} 的备注"),
    "members": ("Grid {grid} has {members} members", "网格 {grid} 配 {members} 名网格员"),
    "apportion": ("Members handed out again", "重新分配网格员"),
    "revert": ("{grids} as in the plan in force", "{grids} 恢复为现行方案"),
    "repair": ("Repaired by the engine: {n} units moved", "引擎修复：移动 {n} 个单元"),
    "balance": (
        "Balanced by the engine: {grids}, {n} units moved",
        "引擎均衡：{grids}，移动 {n} 个单元",
    ),
    "balance_all": (
        "Everything unlocked balanced by the engine: {n} units moved",
        "引擎均衡全部未锁定网格：移动 {n} 个单元",
    ),
    "finish": ("The rest finished by the engine: {n} units", "引擎划完剩余部分：{n} 个单元"),
    "split": ("Grid {grid} split by the engine", "引擎拆分网格 {grid}"),
    "alternative": ("Alternative of the engine: {n} units moved", "引擎备选方案：移动 {n} 个单元"),
    "import": ("Imported from {file}: {n} units moved", "自 {file} 导入：移动 {n} 个单元"),
    "opened": ("The plan as it was opened", "打开时的方案"),
}


def say_step(kind: str, facts: Mapping[str, Any]) -> Pair:
    """Say a step in a few words."""
    pattern = _STEPS[kind]
    given = {k: _listed(v) for k, v in facts.items()}
    english = pattern[0].format_map(_Blank({k: v[0] for k, v in given.items()}))
    return (
        re.sub(r"\b1 units\b", "1 unit", english),
        pattern[1].format_map(_Blank({k: v[1] for k, v in given.items()})),
    )


_STAGES: dict[str, Pair] = {
    "start": ("looking for a start", "寻找初始方案"),
    "improve": ("improving", "优化中"),
    "balance": ("evening out", "均衡中"),
    "alternatives": ("looking for alternatives", "寻找备选方案"),
    "prove": ("proving", "求界中"),
    "done": ("done", "完成"),
}


def say_stage(stage: str, text: str) -> Pair:
    """Say where a job is; what is not known is said as the engine says it."""
    return _STAGES.get(stage, (text or stage, text or stage))


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _listed(value: Any) -> Pair:
    if isinstance(value, (list, tuple)):
        names = [str(v) for v in value]
        if len(names) > 4:
            return (
                f"{', '.join(names[:3])} and {len(names) - 3} more",
                f"{'、'.join(names[:3])}等 {len(names)} 个",
            )
        return ", ".join(names), "、".join(names)
    return str(value), str(value)
