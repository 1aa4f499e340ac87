"""Which Chinese sentence belongs to which English one? The table that `say_in` reads."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # things
    "base grid": "基础网格",
    "community grid": "社区网格",
    "unit": "单元",
    "community": "社区",
    "town": "全镇",
    "any number": "不限",
    # measures, as they are labelled
    "residents": "居民",
    "persons": "人",
    "migrants": "流动人口",
    "elderly": "老年人",
    "objects enterprise": "企业",
    "objects housing estate": "住宅小区",
    "objects public place": "公共场所",
    "objects rental house": "出租屋",
    "objects small place": "小场所",
    "objects other": "其他对象",
    "registered residents": "户籍人口",
    "migrant residents": "流动人口",
    "households": "户数",
    "objects": "监管对象",
    "hazards": "隐患",
    "reports": "上报",
    "area": "面积",
    "area_km2": "面积",
    "workload": "工作量",
    "workload_min": "每月工作量",
    "member": "网格员",
    "leader": "网格长",
    "workload in a month": "每月工作量",
    "minutes of visits a month": "每月走访分钟数",
    "minutes": "分钟",
    "street_km": "街道长度（公里）",
    "street length": "街道长度",
    "longest walk": "最长步行距离",
    "members": "网格员",
    "Residents": "居民",
    "Households": "户数",
    "Objects": "监管对象",
    # ways of proof
    "by counting": "计数推得",
    "by a relaxation": "松弛推得",
    "proven exactly": "精确证明",
    "so this is the best possible": "因此已是最优",
    "upper": "上",
    "lower": "下",
    "min": "分钟",
    "h": "小时",
    "km": "公里",
    "km²": "平方公里",
    "people": "人",
    "share of all": "占比",
    "none": "无",
    "short": "不足",
    "over": "超出",
    "Fewest transfers from today's posts": "从现有岗位出发最少的调动",
    # classes of objects that gridkit's own towns have
    "rental house": "出租屋",
    "small place": "小场所",
    "public place": "公共场所",
    "enterprise": "企业",
    "housing estate": "住宅小区",
    "other": "其他",
    "green": "绿色",
    "yellow": "黄色",
    "red": "红色",
    "blue": "蓝色",
    # what was asked
    "Base grids": "基础网格",
    "Even load": "负荷均衡",
    "Members": "网格员",
    "Always": "始终满足",
    "Units that change base grid": "变更基础网格的单元",
    "Members who stay in their grid": "留在原网格的网格员",
    "every unit in one base grid, every base grid in one community, every grid in one piece": "每个单元属于一个基础网格，每个基础网格属于一个社区，每个网格连成一片",
    "as many as the work needs": "按工作量需要配备",
    "fewer": "减少",
    "more": "增加",
    # comparison
    "base grids": "基础网格",
    "largest deviation of load": "负荷最大偏差",
    "compactness, mean": "平均紧凑度",
    "compactness, worst": "最低紧凑度",
    "load, largest": "最大负荷",
    "load, least": "最小负荷",
    "broken rules": "违反的规则",
    "units moved": "变更网格的单元",
    "residents moved": "变更网格的居民",
    "households moved": "变更网格的户数",
    "objects moved": "变更网格的监管对象",
    # records
    "grid": "网格",
    "category": "类别",
    "repeated or later reports": "重复或更晚的上报",
    "not yet": "尚未办结",
    "Seed": "随机种子",
    "Town": "城镇",
    "Reference system": "坐标参考系",
    "Started": "开始时间",
    "Units": "单元数",
    # indicators
    "received": "受理数",
    "all": "全部",
    "disposal_rate": "处置率",
    "closing_rate": "办结率",
    "on_time_rate": "按时率",
    "self_disposal_rate": "自行处置率",
    "rework_rate": "返工率",
    "return_rate": "退回率",
    "due": "已到期",
    "without a limit": "无时限",
    "deferred": "延期",
    "open": "未办结",
    "open_overdue": "逾期未办结",
    "unanswered": "未响应",
    "time not known": "时间不详",
    "open_age_median": "未办结时长中位数",
    "response_median": "响应时长中位数",
    "response_p90": "响应时长九成分位",
    "closing_median": "办结时长中位数",
    "closing_p90": "办结时长九成分位",
    "reported": "上报",
    "accepted": "受理",
    "dispatched": "派遣",
    "disposed": "处置",
    "closed": "办结",
    "verified": "核查",
    "evaluated": "评价",
    # methods of hotspots
    "density": "密度聚类",
    "gi_star": "Gi*",
    "getis_ord": "Gi*",
    "street_density": "沿街密度",
    "hotspots": "热点",
    "scan": "扫描统计",
    "scan_time": "时空扫描",
    "street_scan": "沿街扫描",
    "hdbscan": "HDBSCAN",
    "local_moran": "局部莫兰",
    "emerging": "新兴热点",
    "circular": "圆形",
    "elliptic": "椭圆形",
    "more than an even spread would give at 999 of 1,000 places": "多于均匀分布时千分之九百九十九的地点",
}
"""Words and phrases that stand in the holes of templates."""

COUNTED: dict[str, str] = {"households": "户", "residents": "人", "objects": "个"}
"""Words after a number, where they differ from the name of the measure."""

TEMPLATES: tuple[tuple[str, str], ...] = (
    # what was asked, what changes
    ("Limit on {label}", "{label}限值"),
    ("objects: {name}", "监管对象：{name}"),
    ("{label} concerned", "涉及的{label}"),
    ("{n} in the town", "全镇 {n} 个"),
    ("{n}, given for each community", "共 {n} 个，按社区分别给定"),
    (
        "{label} within ±{share} of the mean of the {level}",
        "{label}与{level}平均值相差不超过 ±{share}",
    ),
    ("at least {low} and at most {high} in each {level}", "每个{level}不少于 {low}，不超过 {high}"),
    ("at least {low} in each {level}", "每个{level}不少于 {low}"),
    ("at most {high} in each {level}", "每个{level}不超过 {high}"),
    ("{n}, at least {floor} in each base grid", "{n} 人，每个基础网格至少 {floor} 人"),
    ("{n} of {total} ({share})", "{n} / {total}（{share}）"),
    ("{n} of {total}", "{n} / {total}"),
    ("Version of {name}", "{name} 版本"),
    ("Input {name}", "输入 {name}"),
    # cover, contiguity, parents
    (
        "{n} of {total} units are in no base grid: {ids}.",
        "{total} 个单元中有 {n} 个不属于任何基础网格：{ids}。",
    ),
    (
        "{n} of {total} base grids hold no unit: {ids}.",
        "{total} 个基础网格中有 {n} 个没有单元：{ids}。",
    ),
    (
        "base grid '{id}' is in {n} pieces; apart from the rest: {ids}.",
        "基础网格“{id}”分为 {n} 块，分离的单元：{ids}。",
    ),
    ("{ids}; the nearest link is '{a}' to '{b}', {m} m", "{ids}；最近的连接为“{a}”至“{b}”，{m} 米"),
    (
        "{n} of {total} base grids are in no community grid: {ids}.",
        "{total} 个基础网格中有 {n} 个不属于任何社区网格：{ids}。",
    ),
    (
        "base grid '{id}' of {name} crosses a community line: {n} of its {total} units lie outside ({parts}): {ids}.",
        "{name}的基础网格“{id}”跨越社区界线：其 {total} 个单元中有 {n} 个在界外（{parts}）：{ids}。",
    ),
    ("{n} in {name}", "{name} {n} 个"),
    (
        "{name} has {n} base grids; {want} are asked for.",
        "{name}有 {n} 个基础网格，要求 {want} 个。",
    ),
    (
        "the plan has {n} base grids; {want} are asked for.",
        "方案有 {n} 个基础网格，要求 {want} 个。",
    ),
    (
        "the plan has {n} base grids; between {low} and {high} are asked for.",
        "方案有 {n} 个基础网格，要求在 {low} 与 {high} 之间。",
    ),
    # limits
    (
        "{level} '{id}' holds {got} of {label}, {share} from its ideal {ideal}; {side} allowed.",
        "{level}“{id}”的{label}为 {got}，与理想值 {ideal} 相差 {share}；允许{side}。",
    ),
    (
        "{level} '{id}' has {label} {got}; {side} allowed ({off} {way}).",
        "{level}“{id}”的{label}为 {got}；允许{side}（{way} {off}）。",
    ),
    ("at least {x}", "不少于 {x}"),
    ("at most {x}", "不超过 {x}"),
    (
        "{n} units that must stay together are in {k} base grids: {ids}.",
        "必须在一起的 {n} 个单元分在 {k} 个基础网格：{ids}。",
    ),
    (
        "the carved-out grid '{id}' is not exactly its {n} units in the plan.",
        "方案中专属网格“{id}”与其 {n} 个单元不完全一致。",
    ),
    ("{n} locked units changed grid: {ids}.", "{n} 个锁定单元变更了网格：{ids}。"),
    (
        "{n} of {total} {label} ({share}) change grid; at most {most} allowed.",
        "{total} {label}中有 {n}（{share}）变更网格，允许不超过 {most}。",
    ),
    (
        "{n} base grids have fewer than {least} members: {ids}.",
        "{n} 个基础网格的网格员少于 {least} 人：{ids}。",
    ),
    (
        "the head counts add up to {n}; {want} members are asked for.",
        "配备人数合计 {n}，要求 {want} 人。",
    ),
    # why nothing is possible
    (
        "the limits need {n} base grids; grids.highest allows {most}.",
        "各限值需要 {n} 个基础网格，grids.highest 只允许 {most} 个。",
    ),
    (
        "{n} units alone hold more {label} than a grid may ({high}): {ids} (the heaviest {most}). Cut the units, or raise the limit to {limit}.",
        "{n} 个单元单独的{label}已超过网格上限（{high}）：{ids}（最大 {most}）。请拆分单元，或将上限提高到 {limit}。",
    ),
    (
        "units that must stay together lie in {n} communities ({names}): {ids}.",
        "必须在一起的单元位于 {n} 个社区（{names}）：{ids}。",
    ),
    (
        "unit '{id}' is in two carved-out grids, '{a}' and '{b}'.",
        "单元“{id}”同时属于两个专属网格“{a}”和“{b}”。",
    ),
    (
        "{n} members are too few for {k} base grids of at least {least}: {need} are needed, or at most {most} grids.",
        "{n} 名网格员不足以配备 {k} 个至少 {least} 人的基础网格：需要 {need} 人，或最多 {most} 个网格。",
    ),
    (
        "{name}: {n} {label} do not fit into {k} base grids of at most {high}. It needs {more} grids more, or an upper limit of {limit}.",
        "{name}：{n} {label}放不进 {k} 个上限为 {high} 的基础网格。需要增加 {more} 个网格，或将上限改为 {limit}。",
    ),
    (
        "{name}: {n} {label} are too few for {k} base grids of at least {low}. It needs {fewer} grids fewer, or a lower limit of {limit}.",
        "{name}：{n} {label}不足以组成 {k} 个下限为 {low} 的基础网格。需要减少 {fewer} 个网格，或将下限改为 {limit}。",
    ),
    (
        "{what} holds {n} of {label}, {ratio} times an ideal grid; no whole number of grids between {low} and {high} fits. Ways out: {ways}.",
        "{what}的{label}为 {n}，是理想网格的 {ratio} 倍；在 {low} 与 {high} 之间没有合适的整数网格数。解决办法：{ways}。",
    ),
    (
        "a piece of {name} that touches nothing else ({n} units: {ids})",
        "{name}中与其他部分不相连的一块（{n} 个单元：{ids}）",
    ),
    (
        "allow a deviation of {x}, declare a link (bridge, ferry) to the rest, or allow its grids to be in several pieces: '{id}' in `multi_part` of [rules.contiguity]",
        "允许偏差 {x}，声明与其余部分的连接（桥、渡口），或允许其网格分为多块：把“{id}”写入 [rules.contiguity] 的 `multi_part`",
    ),
    ("allow a deviation of {x}", "允许偏差 {x}"),
    (
        "{name} is in {n} pieces that do not touch, and has {k} base grids: give it {m} grids, declare links between the pieces, or allow its grids to be in several pieces: '{id}' in `multi_part` of [rules.contiguity].",
        "{name}由 {n} 块互不相连的部分组成，有 {k} 个基础网格：请给它 {m} 个网格，声明各块之间的连接，或允许其网格分为多块：把“{id}”写入 [rules.contiguity] 的 `multi_part`。",
    ),
    (
        "{name} has {n} units that can be moved for {k} base grids; every grid needs one.",
        "{name}可调整的单元有 {n} 个，基础网格有 {k} 个；每个网格至少需要一个单元。",
    ),
    (
        "{name}: {n} units touch no base grid that may take them; give the community a grid more, unlock one beside them, or declare a link.",
        "{name}：{n} 个单元不与任何可接收它们的基础网格相邻；请给该社区增加一个网格，解锁相邻网格，或声明连接。",
    ),
    (
        "{where}: 1 base grid {more}, or a {word} limit of {x} instead of {y} {label}.",
        "{where}：{more} 1 个基础网格，或将{label}的{word}限由 {y} 改为 {x}。",
    ),
    (
        "{name}: {n} members are too few for {k} base grids of at least {least}.",
        "{name}：{n} 名网格员不足以配备 {k} 个至少 {least} 人的基础网格。",
    ),
    ("head counts by community: {why}: {ids}.", "按社区的配备人数：{why}：{ids}。"),
    (
        "{n} of {label} are {x} for each of {k} members; at most {most} allowed. It needs {m} members, or a limit of {limit}.",
        "{label}共 {n}，{k} 名网格员人均 {x}；允许不超过 {most}。需要 {m} 名网格员，或将上限改为 {limit}。",
    ),
    (
        "{name}: {n} of {label} are more than {k} members may have ({most} each). It needs {m} members.",
        "{name}：{label} {n} 超过 {k} 名网格员所能承担（每人 {most}）。需要 {m} 名网格员。",
    ),
    # bounds
    (
        "{where}: the heaviest base grid has {x} of {label}; no plan has less than {bound} ({how}), {rest}",
        "{where}：最重的基础网格{label}为 {x}；任何方案都不低于 {bound}（{how}），{rest}",
    ),
    (
        "{where}: the heaviest base grid has {x}; no plan has less than {bound} ({how}), {rest}",
        "{where}：最重的基础网格为 {x}；任何方案都不低于 {bound}（{how}），{rest}",
    ),
    (
        "{where}: the most loaded base grid has {x} of {label} per member; {n} members cannot all have less than {bound} (by counting){rest}",
        "{where}：负荷最大的基础网格人均{label}为 {x}；{n} 名网格员不可能都低于 {bound}（计数推得）{rest}",
    ),
    ("so this is the best possible.", "因此已是最优。"),
    (", so this is the best possible.", "，因此已是最优。"),
    (
        ", a gap of {gap}; the bound is loose: it splits units, and members over the grids of a community.",
        "，差距 {gap}；该下界较松：它允许拆分单元，并允许人员在社区各网格间分摊。",
    ),
    (
        "a gap of {gap}; a plan with {best} is known, the rest is the price of the other goals.",
        "差距 {gap}；已知有为 {best} 的方案，其余差距是其他目标的代价。",
    ),
    (
        "a gap of {gap}; a plan with {best} is known, the rest is the price of the other goals; the bound is loose: it ignores shape and indivisible units.",
        "差距 {gap}；已知有为 {best} 的方案，其余差距是其他目标的代价；该下界较松：未考虑形状和不可分的单元。",
    ),
    (", a gap of {gap}.", "，差距 {gap}。"),
    ("a gap of {gap}.", "差距 {gap}。"),
    (
        "a gap of {gap}; the bound is loose: it ignores shape and indivisible units.",
        "差距 {gap}；该下界较松：未考虑形状和不可分的单元。",
    ),
    (
        "{where}: {n} base grids; the upper limits need at least {bound}, so there are no fewer.",
        "{where}：{n} 个基础网格；上限至少需要 {bound} 个，因此不可能更少。",
    ),
    (
        "{where}: {n} base grids; the upper limits need at least {bound}, {gap} fewer; the bound ignores shape.",
        "{where}：{n} 个基础网格；上限至少需要 {bound} 个，少 {gap} 个；该下界未考虑形状。",
    ),
    (
        "{n} base grids stand at the {side} bound of {label}: {ids}.",
        "{n} 个基础网格处于{label}的{side}限：{ids}。",
    ),
    (
        "{n} base grid stands at the {side} bound of {label}: {ids}.",
        "{n} 个基础网格处于{label}的{side}限：{ids}。",
    ),
    # goals
    (
        "Even load: the largest deviation of {label} from the ideal is {worst}, the mean one {mean}.",
        "负荷均衡：{label}与理想值的最大偏差为 {worst}，平均偏差 {mean}。",
    ),
    (
        "Even load {who}: the largest deviation of {label} from the ideal is {worst}, the mean one {mean}.",
        "负荷均衡（{who}）：{label}与理想值的最大偏差为 {worst}，平均偏差 {mean}。",
    ),
    ("per member", "按网格员人均"),
    (
        "Round grids: mean Polsby-Popper compactness {x}; the least round is '{id}' with {y}.",
        "形状紧凑：Polsby-Popper 紧凑度平均 {x}；最不紧凑的是“{id}”，为 {y}。",
    ),
    (
        "Short borders: {km} km of borders between grids, {share} of all borders between units.",
        "边界较短：网格间边界 {km} 公里，占全部单元间边界的 {share}。",
    ),
    (
        "Few cuts: {n} of {total} pairs of neighbouring units lie in different grids.",
        "切分较少：{total} 对相邻单元中有 {n} 对分在不同网格。",
    ),
    (
        "Ground near the middle of its grid: {m} m from it (root mean square).",
        "地块靠近网格中心：距离（均方根）{m} 米。",
    ),
    (
        "One kind of building inside a grid: {share} of the differences of density ({label} per km², logarithm) lie inside grids.",
        "网格内建筑类型一致：密度差异（每平方公里{label}，取对数）有 {share} 在网格内部。",
    ),
    (
        "Like the current plan: {n} of {total} units ({share}) stay in their grid.",
        "与现行方案相近：{total} 个单元中有 {n} 个（{share}）留在原网格。",
    ),
    (
        "Borders one can see: {share} of {km} km between grids run along streets, rail or water.",
        "边界清晰可辨：网格间 {km} 公里边界中有 {share} 沿街道、铁路或水域。",
    ),
    (
        "Short walks: from end to end of a grid it is {mean} m on average, at most {most} m ('{id}').",
        "步行较短：网格两端平均相距 {mean} 米，最长 {most} 米（“{id}”）。",
    ),
)
"""English and Chinese, with the same holes."""
