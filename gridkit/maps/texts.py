"""In which words do the pages speak? One table, English and Chinese."""

from __future__ import annotations

from typing import Literal, TypeAlias

Lang: TypeAlias = Literal["en", "zh"]
Pair: TypeAlias = tuple[str, str]
"""English, Chinese."""

TEXTS: dict[str, Pair] = {
    # things
    "base_grid": ("Base grid", "基础网格"),
    "base_grids": ("Base grids", "基础网格"),
    "community_grid": ("Community grid", "社区网格"),
    "community_grids": ("Community grids", "社区网格"),
    "unit": ("Unit", "单元"),
    "units": ("Units", "单元"),
    "hotspot": ("Hotspot", "热点"),
    "hotspots": ("Hotspots", "热点"),
    "hazard": ("Hazard", "隐患"),
    "hazards": ("Reported hazards", "隐患上报"),
    "member": ("Member", "网格员"),
    "members": ("Members' posts", "网格员岗位"),
    "surface": ("Density of reports", "上报密度"),
    "streets": ("Streets", "街道"),
    "rail": ("Rail", "铁路"),
    "water": ("Water", "水域"),
    "barriers": ("Barriers", "阻隔"),
    "moved_unit": ("Unit that changes grid", "变更网格的单元"),
    "moves_from": ("From grid", "原网格"),
    "moves_to": ("To grid", "新网格"),
    "n_here": ("{n} here, zoom in", "此处 {n} 条，放大查看"),
    "which_plan": ("Plan", "方案"),
    "proposed": ("Proposed", "拟定"),
    "current": ("Current", "现行"),
    "moved": ("Units that change grid", "变更网格的单元"),
    "what_base_grid": (
        "A base grid is the area one team of full-time members looks after.",
        "基础网格由一组专职网格员负责。",
    ),
    "what_community_grid": (
        "A community grid holds base grids; no base grid crosses its border.",
        "社区网格由若干基础网格组成，基础网格不跨越其边界。",
    ),
    # controls
    "search_hint": ("Find a grid by code or name ( / )", "按编码或名称查找网格（/）"),
    "nothing_found": ("No grid of that code or name.", "没有该编码或名称的网格。"),
    "color_by": ("Colour by", "着色"),
    "plain": ("Borders only", "仅边界"),
    "layers": ("Layers", "图层"),
    "labels": ("Names and codes", "名称和编码"),
    "findings": ("Findings", "检查结果"),
    "about": ("About this map", "关于本图"),
    "licenses": ("Software licences", "软件许可"),
    "theme": ("Light or dark", "明暗切换"),
    "whole_town": ("Whole town", "全镇"),
    "print": ("Print", "打印"),
    "panel": ("Panel", "面板"),
    "close": ("Close", "关闭"),
    "zoom_in": ("Zoom in", "放大"),
    "zoom_out": ("Zoom out", "缩小"),
    "map_of": (
        "Map: {what}. Arrow keys move, + and - zoom.",
        "地图：{what}。方向键移动，+ 和 - 缩放。",
    ),
    "time": ("Time of report", "上报时间"),
    "play": ("Play", "播放"),
    "stop": ("Stop", "停止"),
    "from_day": ("From", "自"),
    "to_day": ("To", "至"),
    "days_shown": ("{a} to {b}: {n} reports", "{a} 至 {b}：{n} 条上报"),
    # legend
    "below": ("below {x}", "低于 {x}"),
    "from_up": ("{x} and more", "{x} 及以上"),
    "from_to": ("{a} to below {b}", "{a} 至 {b} 以下"),
    "all_values": ("all values", "全部"),
    "no_data": ("no data", "无数据"),
    "legend_note": (
        "The numbers on the right count the grids of each class; classes are about equally full.",
        "右侧数字为各级的网格数；各级数量大致相等。",
    ),
    # findings
    "broken": ("broken", "违反"),
    "warning": ("warning", "注意"),
    "note": ("note", "提示"),
    "no_findings": ("No findings: every rule holds.", "没有问题：所有规则均满足。"),
    "and_more_names": ("and {n} more", "等（另有 {n} 个）"),
    "and_more": ("and {n} more", "另有 {n} 条"),
    "synthetic": ("Synthetic data", "合成数据"),
    # hotspots, hazards, members
    "reports": ("Reports", "上报数"),
    "expected": ("Expected", "期望数"),
    "relative_risk": ("Relative risk", "相对风险"),
    "over_times": ("over {x} times", "{x} 倍以上"),
    "under": ("under {x}", "不足 {x}"),
    "more_rows": (
        "and {n} more, in {file}",
        "另有 {n} 条，见 {file}",
    ),
    "indicator": ("Indicator", "指标"),
    "group": ("Of", "范围"),
    "n_excluded": ("Left out", "排除"),
    "excluded": ("Why", "排除原因"),
    "by_grid": (
        "For the whole town; by grid, category and month in {file}.",
        "全镇指标；分网格、类别和月份见 {file}。",
    ),
    "by_category": ("By category", "分类别"),
    "by_each_grid": (
        "Every grid stands in the table of all base grids below, and in {file}.",
        "各网格见下文“全部基础网格”表及 {file}。",
    ),
    "next_members": ("Where the next members would go", "增员优先去向"),
    "missing": ("Missing members", "缺口人数"),
    "more_hotspots": (
        "The strongest of every method; {n} more in {file}, those with fewer reports than their exposure lets expect among them.",
        "各方法中最强者；另有 {n} 个见 {file}，其中含低于暴露量期望值的热点。",
    ),
    "codes_without": (
        "Codes on the map without {start}, with which all of them begin.",
        "图中编码省略共同的前缀 {start}。",
    ),
    "load_with_one_more": ("Load with one more", "增加一人后负荷"),
    "next_member_rank": ("Next member: rank", "增员顺序"),
    "times": ("{x} times", "{x} 倍"),
    "p_value": ("Could be chance", "偶然概率"),
    "method": ("Method", "方法"),
    "all_methods": ("All methods", "全部方法"),
    "grids": ("Touches grids", "涉及网格"),
    "suggestion": ("Suggestion", "建议"),
    "text": ("In words", "说明"),
    "period": ("Period", "时段"),
    "hotspot_id": ("Hotspot", "热点"),
    "hazard_id": ("Hazard", "隐患"),
    "unit_id": ("Unit", "单元"),
    "community_grid_id": ("Community grid", "社区网格"),
    "category": ("Category", "类别"),
    "urgency": ("Urgency", "紧急程度"),
    "reported_at": ("Reported", "上报时间"),
    "status": ("Status", "状态"),
    "grid_id": ("Grid", "网格"),
    "base_grid_id": ("Base grid", "基础网格"),
    "member_id": ("Member", "网格员"),
    "role": ("Role", "角色"),
    "kind": ("Kind", "类型"),
    "team": ("Team", "队伍"),
    "kept": ("Stays in the grid", "留任"),
    "skills_used": ("Skills used", "使用技能"),
    "site_id": ("Standby site", "待命点"),
    "n_blocks": ("Blocks of the week", "每周值守时段数"),
    "blocks": ("When", "值守时段"),
    "all_week": ("Teams here if none moved", "若不换点的队数"),
    "n_stops": ("Stops", "走访点数"),
    "shift_min": ("Shift (min)", "班次时长（分钟）"),
    "walk_m": ("On foot (m)", "步行（米）"),
    "length_m": ("Length (m)", "长度（米）"),
    "n_reports": ("Reports", "上报数"),
    "n_pieces": ("Pieces", "片数"),
    "own_workload_h": ("Work of its own staff (h)", "自有人员工作量（小时）"),
    "contacts_needed": ("Contacts needed", "应配联络员"),
    "contacts": ("Contacts", "已有联络员"),
    "coverage": ("In place, share", "到位比例"),
    "code": ("Code", "编码"),
    "name": ("Name", "名称"),
    "parent_id": ("Within", "所属"),
    # comparison
    "compare_intro": (
        "Plans side by side, with the same classes and the same scale.",
        "各方案并列，分级与比例尺相同。",
    ),
    "figures": ("Figures", "指标对比"),
    "tradeoff": ("Alternatives", "方案权衡"),
    "dot_size": ("Size of the dot: {name}", "圆点大小：{name}"),
    "difference": ("{name}, difference", "{name} 差值"),
    "measure": ("Measure", "指标"),
    "moved_units": ("Units that change grid", "变更网格的单元"),
    # atlas
    "atlas_of": ("Atlas of {n} base grids", "{n} 个基础网格图册"),
    "atlas_index": ("Index", "索引"),
    "holds": ("What the grid holds", "网格概况"),
    # report
    "report_intro": (
        "Plan of grids: what was asked, what was found, and what to look at before signing.",
        "网格划分方案：要求、结果以及签署前需要注意的事项。",
    ),
    "glance": ("The plan at a glance", "方案一览"),
    "asked": ("What was asked", "划分要求"),
    "certificate": ("How good is it, and how do we know?", "方案质量与依据"),
    "balance": ("Balance and compactness", "均衡与紧凑"),
    "headcount": ("Members", "网格员配备"),
    "shortfalls": ("Shortages", "人员缺口"),
    "no_shortfalls": ("None: every grid has the members it needs.", "无：每个网格人员均已配足。"),
    "indicators": ("Indicators", "指标"),
    "changes": ("What changes against the current plan", "与现行方案相比的变化"),
    "data_quality": ("Data quality", "数据质量"),
    "all_grids": ("All base grids", "全部基础网格"),
    "methods": ("Methods, versions and sources", "方法、版本与来源"),
    "methods_note": (
        "With the same inputs, seed and version, the same plan comes out again.",
        "输入、种子和版本相同，则结果相同。",
    ),
    "hotspots_note": (
        "A relative risk of 2 means twice as many reports as the exposure there lets expect; p is the share of random patterns that are at least as strong.",
        "相对风险为 2 表示上报数是按暴露量期望值的两倍；p 为随机分布中达到同等强度的比例。",
    ),
    "map_lines": ("Thick lines: community grids.", "粗线：社区网格。"),
    "map_lines_hotspots": (
        "Thick dark lines: community grids. Red outlines: hotspots.",
        "深色粗线：社区网格。红色轮廓：热点。",
    ),
    "spread": (
        "From {low} to {high}{unit}; the mean (dashed) is {mean}.",
        "自 {low} 至 {high}{unit}；平均（虚线）为 {mean}。",
    ),
    "mean_is": ("mean {x}", "平均 {x}"),
    "spread_counted": (
        "From {low} to {high}{unit}; the mean is {mean}. Each bar counts the grids of a range.",
        "自 {low} 至 {high}{unit}；平均为 {mean}。每柱为该区间的网格数。",
    ),
    "none": ("None.", "无。"),
    "n": ("Count", "数量"),
    "value": ("Value", "值"),
    "numerator": ("Numerator", "分子"),
    "denominator": ("Denominator", "分母"),
}


def say(key: str, lang: Lang, **facts: object) -> str:
    """Give the text of a key, with facts put into its braces.

    Parameters
    ----------
    key
        One of `TEXTS`; an unknown key is spoken as it is, with blanks for underscores.
    lang
        ``"en"`` or ``"zh"``.
    **facts
        What to put for ``{name}``.

    Examples
    --------
    >>> say("below", "en", x=5)
    'below 5'
    """
    pair = TEXTS.get(key)
    text = key.replace("_", " ") if pair is None else pair[1 if lang == "zh" else 0]
    for name, value in facts.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def check_lang(lang: str) -> Lang:
    """Return the language if the pages speak it.

    Raises
    ------
    InputError
        If not.
    """
    from gridkit.errors import InputError  # noqa: PLC0415  only to word an error

    if lang == "en":
        return "en"
    if lang == "zh":
        return "zh"
    msg = f"`lang` is {lang!r}; the pages speak 'en' and 'zh'."
    raise InputError(msg)
