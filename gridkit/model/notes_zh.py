"""How are notes on what was read, and on hotspots, said in Chinese? The second part of the table."""

from __future__ import annotations

NOTES: tuple[tuple[str, str], ...] = (
    # reading
    (
        "{n} of {total} objects of `{name}` lie in the town and are counted on its units.",
        "`{name}` 的 {total} 个对象中有 {n} 个位于城镇内，已计入其单元。",
    ),
    (
        "{n} of {total} objects of `{name}` lie in the town and are counted on its units; {lost} lie outside and are left out.",
        "`{name}` 的 {total} 个对象中有 {n} 个位于城镇内，已计入其单元；{lost} 个在镇外，未计入。",
    ),
    (
        "Units of which less than 90 % lies in one community: {n} of {total}; each is counted to the one that holds most of it: {ids}.",
        "{total} 个单元中有 {n} 个在单个社区内的面积不足 90%，各按面积最大者归属：{ids}。",
    ),
    (
        "{n} of {total} grids of the current plan have no name (rows {rows}); they are called {ids} here.",
        "现行方案 {total} 个网格中有 {n} 个没有名称（第 {rows} 行）；此处称为 {ids}。",
    ),
    (
        "Units in no grid of the current plan: {n} of {total}: {ids}.",
        "{total} 个单元中有 {n} 个不在现行方案的任何网格内：{ids}。",
    ),
    (
        "Units of which less than 90 % lies in one grid of the current plan: {n} of {total}; each is counted to the grid that holds most of it.",
        "{total} 个单元中有 {n} 个在现行方案单个网格内的面积不足 90%，各按面积最大者归属。",
    ),
    (
        "{n} of {total} rows of hazards were refused: {why}.",
        "{total} 行隐患记录中有 {n} 行被拒绝：{why}。",
    ),
    (
        "{n} of {total} hazards lie outside the town and are counted in no grid.",
        "{total} 条隐患中有 {n} 条位于镇外，未计入任何网格。",
    ),
    (
        "{n} values of hazards were set aside, for example: {why}.",
        "隐患记录中有 {n} 个值未采用，例如：{why}。",
    ),
    (
        "{n} reports repeat an earlier one of their category within {m} m and {h} h; they stay in the list (`same_as`) and count once.",
        "{n} 条上报与同类别先前上报相距 {m} 米、{h} 小时以内，视为重复；保留在清单中（`same_as`），只计一次。",
    ),
    (
        "{n} rows read = {kept} kept + {refused}; {out} kept rows lie outside the town, {again} repeat an earlier report.",
        "读入 {n} 行 = 保留 {kept} 行 + {refused}；保留的行中 {out} 行在镇外，{again} 行重复先前上报。",
    ),
    ("{n} refused", "拒绝 {n} 行"),
    ("{n} refused ({why})", "拒绝 {n} 行（{why}）"),
    (
        "{n} of {total} rows of `{name}` have no coordinates and are left out.",
        "`{name}` 的 {total} 行中有 {n} 行没有坐标，未采用。",
    ),
    (
        "Early warning for {a} to {b}: {n} of {total} grids, communities and categories had more reports than their own past lets one expect; {chance} would by chance alone.",
        "{a} 至 {b} 预警：{total} 个网格、社区和类别中有 {n} 个的上报多于其历史所能预期；仅凭偶然约为 {chance} 个。",
    ),
    ("{n} reported before {day}", "{n} 条早于 {day}"),
    ("{n} reported after {day}", "{n} 条晚于 {day}"),
    (
        "an outlook needs at least {n} periods of {days} days; the hazards cover {k}.",
        "预测至少需要 {n} 期（每期 {days} 天）；隐患记录只覆盖 {k} 期。",
    ),
    # notes on hotspots
    (
        "{n} hazards counted; {again} repeated reports and {out} outside the town were not.",
        "计入 {n} 条隐患；重复上报 {again} 条、镇外 {out} 条未计入。",
    ),
    (
        "Expectation: the same rate everywhere, hazards in proportion to `{name}`.",
        "期望：各处的率相同，隐患数与 `{name}` 成正比。",
    ),
    (
        "Expectation: the same rate everywhere, hazards in proportion to `{name}`; {n} hazards lie in units without any and count in no rate.",
        "期望：各处的率相同，隐患数与 `{name}` 成正比；{n} 条隐患位于没有该暴露量的单元，不计入率。",
    ),
    (
        "Exposure: `{name}`, as none was named and the town has it. Name what makes a report possible where you know it.",
        "暴露量：未指定，采用本镇已有的 `{name}`。如知道何者决定上报的可能，请指明。",
    ),
    (
        "Density clusters (DBSCAN): at least {n} hazards within {m} m ({how}); they are not tested against chance, and {k} hazards are in none.",
        "密度聚类（DBSCAN）：{m} 米内至少 {n} 条隐患（{how}）；未作偶然性检验，{k} 条隐患不属于任何聚类。",
    ),
    (
        "Density clusters (HDBSCAN) of at least {n} hazards: no distance has to be set, dense and sparse parts of the town are judged alike; not tested against chance, {k} hazards are in none.",
        "密度聚类（HDBSCAN），至少 {n} 条隐患：无需设定距离，疏密地区同等对待；未作偶然性检验，{k} 条隐患不属于任何聚类。",
    ),
    (
        "Of {n} hotspots by {method} the {most} strongest are listed.",
        "{method}得到 {n} 个热点，列出最强的 {most} 个。",
    ),
    (
        "{name} on {what}: a unit is compared together with the units that touch it or lie within {m} m; p by {how}, adjusted for {n} units ({by}), kept at {alpha}; touching units are united.",
        "{name}（{what}）：每个单元与相邻或 {m} 米内的单元一起比较；p 由{how}得到，按 {n} 个单元校正（{by}），取 {alpha}；相邻的热点单元合并。",
    ),
    ("Gi* on rates", "Gi*，率"),
    (
        "rates per {name}, in units of their own chance spread",
        "每{name}的率，以其自身偶然波动为单位",
    ),
    ("{n} permutations", " {n} 次置换"),
    (
        "Scan ({shape} windows with up to {share} of all {name}): p compares with the best of {total} windows on {k} maps of chance; no correction is needed for having looked everywhere.",
        "扫描统计（{shape}窗口，至多含全部{name}的 {share}）：p 与 {k} 幅偶然图中 {total} 个窗口的最佳者比较，无需为处处查看另作校正。",
    ),
    (
        "Scan ({shape} windows with up to {share} of all {name}): p compares with the best of {total} windows on {k} maps of chance, which scatter as much as this one does beyond chance (variance {ratio}); no correction is needed for having looked everywhere.",
        "扫描统计（{shape}窗口，至多含全部{name}的 {share}）：p 与 {k} 幅偶然图中 {total} 个窗口的最佳者比较（其波动与本图超出偶然的部分相当，方差 {ratio}），无需为处处查看另作校正。",
    ),
    (
        "Scan ({shape} windows with up to {share} of all {name}): p compares with the best of {total} windows on {k} maps of chance; no correction is needed for having looked everywhere. None is beyond chance; the strongest window holds {n} hazards where {expected} were expected (p = {p}).",
        "扫描统计（{shape}窗口，至多含全部{name}的 {share}）：p 与 {k} 幅偶然图中 {total} 个窗口的最佳者比较，无需为处处查看另作校正。没有超出偶然的窗口；最强窗口有 {n} 条隐患，期望 {expected} 条（p = {p}）。",
    ),
    (
        "Scan ({shape} windows with up to {share} of all {name}): p compares with the best of {total} windows on {k} maps of chance, which scatter as much as this one does beyond chance (variance {ratio}); no correction is needed for having looked everywhere. None is beyond chance; the strongest window holds {n} hazards where {expected} were expected (p = {p}).",
        "扫描统计（{shape}窗口，至多含全部{name}的 {share}）：p 与 {k} 幅偶然图中 {total} 个窗口的最佳者比较（其波动与本图超出偶然的部分相当，方差 {ratio}），无需为处处查看另作校正。没有超出偶然的窗口；最强窗口有 {n} 条隐患，期望 {expected} 条（p = {p}）。",
    ),
    (
        "Scan in space and time ({model}, periods of {days} days, circles with up to {share}): a place counts only for the time in which it stands out.",
        "时空扫描（{model}，每 {days} 天一期，圆形窗口至多 {share}）：地点仅在其突出的时段计入。",
    ),
    (
        "Scan along streets: windows of street with up to {share} of {km} km, hazards per km of street, distances along streets; p as in a scan. {n} hazards are more than {m} m from a street and left out.",
        "沿街扫描：街道窗口至多为 {km} 公里的 {share}，按每公里街道的隐患数，沿街量距；p 同扫描统计。{n} 条隐患距街道超过 {m} 米，未采用。",
    ),
    (
        "Crowds along streets (DBSCAN with distances along streets): at least {n} hazards within {m} m; a river or a railway divides. Not tested against chance, {k} hazards are in none.",
        "沿街聚集（沿街量距的 DBSCAN）：{m} 米内至少 {n} 条隐患，河流或铁路形成分隔；未作偶然性检验，{k} 条隐患不属于任何聚集。",
    ),
    (
        "Crowds in space and time (ST-DBSCAN): at least {n} hazards within {m} m and {days} days of each other; not tested against chance, {k} hazards are in none.",
        "时空聚集（ST-DBSCAN）：彼此 {m} 米、{days} 天内至少 {n} 条隐患；未作偶然性检验，{k} 条隐患不属于任何聚集。",
    ),
    (
        "Near repeat (Knox): {n} pairs of hazards lie within {m} m and {days} days, {expected} expected ({ratio} times, p = {p}): {told}.",
        "近重复（Knox）：相距 {m} 米、{days} 天内的隐患有 {n} 对，期望 {expected} 对（{ratio} 倍，p = {p}）：{told}。",
    ),
    ("go back to a place within {days} days of a report", "上报后 {days} 天内应回访该处"),
    (
        "Emerging hotspots (Gi* in space and time over {n} periods of {days} days from {day}, trend by Mann-Kendall): units by class: {told}. The classes describe; they are not adjusted for looking at every unit.",
        "新兴热点（自 {day} 起 {n} 期、每期 {days} 天的时空 Gi*，趋势用 Mann-Kendall）：各类单元数：{told}。分类仅作描述，未为逐一查看所有单元作校正。",
    ),
    (
        "No emerging hotspots: they need 4 periods of {days} days and 10 units.",
        "无新兴热点分析：需要 4 期（每期 {days} 天）和 10 个单元。",
    ),
    (
        "No scan in time: it needs at least 3 periods of {days} days.",
        "无时空扫描：至少需要 3 期（每期 {days} 天）。",
    ),
    (
        "{name} was not computed: it needs at least 10 units with exposure and rates that differ.",
        "{name} 未计算：至少需要 10 个有暴露量且率不同的单元。",
    ),
    ("Agreement between methods: {told}.", "各方法的一致程度：{told}。"),
    ("{share} of the units of '{a}' are in '{b}'", "“{a}”的单元有 {share} 在“{b}”内"),
    (
        "{n} units are in hotspots of all {k} tested methods ({names}): start there.",
        "{n} 个单元在全部 {k} 种经检验的方法（{names}）中均为热点：从那里开始。",
    ),
    (
        "No unit is in hotspots of all {k} tested methods ({names}): look before you send somebody.",
        "没有单元在全部 {k} 种经检验的方法（{names}）中均为热点：派人之前请先查看。",
    ),
    (
        "Look first in {ids}: hotspots of {n} methods meet there.",
        "请先查看 {ids}：{n} 种方法的热点在此重合。",
    ),
    (
        "Of these, {ids} are loaded above the mean of the town: give them the next members.",
        "其中 {ids} 的负荷高于全镇平均：新增网格员请优先配给这些网格。",
    ),
    # what each hotspot says
    (
        "{n} hazards on {size} in {where}, {expected} expected from {name}: {ratio} times the rate elsewhere.",
        "{where}内 {size}有 {n} 条隐患，按{name}期望 {expected} 条：为其他地方的 {ratio} 倍。",
    ),
    (
        "{n} hazards on {size} in {where}, {expected} expected from {name}: everything there is.",
        "{where}内 {size}有 {n} 条隐患，按{name}期望 {expected} 条：全部集中于此。",
    ),
    (
        "{n} hazards on {size} in {where}; fewer than {least} expected from {name}, too few for a rate.",
        "{where}内 {size}有 {n} 条隐患；按{name}期望不足 {least} 条，不足以计算率。",
    ),
    (
        "{n} hazards on {size} in {where} (a count; no exposure).",
        "{where}内 {size}有 {n} 条隐患（计数，无暴露量）。",
    ),
    (
        "{n} hazards on {size} in {where}, {expected} expected from {name}: {ratio} times the rate elsewhere, p = {p}.",
        "{where}内 {size}有 {n} 条隐患，按{name}期望 {expected} 条：为其他地方的 {ratio} 倍，p = {p}。",
    ),
    (
        "{n} hazards on {size} in {where}, {expected} expected from {name}: everything there is, p = {p}.",
        "{where}内 {size}有 {n} 条隐患，按{name}期望 {expected} 条：全部集中于此，p = {p}。",
    ),
    (
        "{n} hazards on {size} in {where}; fewer than {least} expected from {name}, too few for a rate, p = {p}.",
        "{where}内 {size}有 {n} 条隐患；按{name}期望不足 {least} 条，不足以计算率，p = {p}。",
    ),
    (
        "{n} hazards on {size} in {where} (a count; no exposure), p = {p}.",
        "{where}内 {size}有 {n} 条隐患（计数，无暴露量），p = {p}。",
    ),
    (
        "{n} hazards on {size} in {where}, {expected} expected from {name}: {ratio} times the rate elsewhere (a crowd, but fewer than its exposure lets one expect).",
        "{where}内 {size}有 {n} 条隐患，按{name}期望 {expected} 条：为其他地方的 {ratio} 倍（虽然聚集，但少于其暴露量的期望）。",
    ),
    (
        "{n} hazards on {size} in {where}, {expected} expected from {name}: everything there is (a crowd, but fewer than its exposure lets one expect).",
        "{where}内 {size}有 {n} 条隐患，按{name}期望 {expected} 条：全部集中于此（虽然聚集，但少于其暴露量的期望）。",
    ),
    (
        "{n} hazards on {size} in {where}; fewer than {least} expected from {name}, too few for a rate (a crowd, but fewer than its exposure lets one expect).",
        "{where}内 {size}有 {n} 条隐患；按{name}期望不足 {least} 条，不足以计算率（虽然聚集，但少于其暴露量的期望）。",
    ),
    (
        "{n} hazards on {size} in {where} (a count; no exposure) (a crowd, but fewer than its exposure lets one expect).",
        "{where}内 {size}有 {n} 条隐患（计数，无暴露量）（虽然聚集，但少于其暴露量的期望）。",
    ),
    (
        "{n} hazards on {size} in {where}, {expected} expected from {name}: {ratio} times the rate elsewhere (a crowd, but fewer than its exposure lets one expect), p = {p}.",
        "{where}内 {size}有 {n} 条隐患，按{name}期望 {expected} 条：为其他地方的 {ratio} 倍（虽然聚集，但少于其暴露量的期望），p = {p}。",
    ),
    (
        "{n} hazards on {size}, {expected} expected from {name}: {ratio} times the rate elsewhere.",
        "{size}有 {n} 条隐患，按{name}期望 {expected} 条：为其他地方的 {ratio} 倍。",
    ),
    (
        "{n} hazards on {size}, {expected} expected from {name}: everything there is.",
        "{size}有 {n} 条隐患，按{name}期望 {expected} 条：全部集中于此。",
    ),
    (
        "{n} hazards on {size}; fewer than {least} expected from {name}, too few for a rate.",
        "{size}有 {n} 条隐患；按{name}期望不足 {least} 条，不足以计算率。",
    ),
    ("{n} hazards on {size} (a count; no exposure).", "{size}有 {n} 条隐患（计数，无暴露量）。"),
    (
        "{n} hazards on {size}, {expected} expected from {name}: {ratio} times the rate elsewhere, p = {p}.",
        "{size}有 {n} 条隐患，按{name}期望 {expected} 条：为其他地方的 {ratio} 倍，p = {p}。",
    ),
    (
        "{n} hazards on {size}, {expected} expected from {name}: everything there is, p = {p}.",
        "{size}有 {n} 条隐患，按{name}期望 {expected} 条：全部集中于此，p = {p}。",
    ),
    (
        "{n} hazards on {size}; fewer than {least} expected from {name}, too few for a rate, p = {p}.",
        "{size}有 {n} 条隐患；按{name}期望不足 {least} 条，不足以计算率，p = {p}。",
    ),
    (
        "{n} hazards on {size} (a count; no exposure), p = {p}.",
        "{size}有 {n} 条隐患（计数，无暴露量），p = {p}。",
    ),
    (
        "{n} hazards on {size}, {expected} expected from {name}: {ratio} times the rate elsewhere (a crowd, but fewer than its exposure lets one expect).",
        "{size}有 {n} 条隐患，按{name}期望 {expected} 条：为其他地方的 {ratio} 倍（虽然聚集，但少于其暴露量的期望）。",
    ),
    (
        "{n} hazards on {size}, {expected} expected from {name}: everything there is (a crowd, but fewer than its exposure lets one expect).",
        "{size}有 {n} 条隐患，按{name}期望 {expected} 条：全部集中于此（虽然聚集，但少于其暴露量的期望）。",
    ),
    (
        "{n} hazards on {size}; fewer than {least} expected from {name}, too few for a rate (a crowd, but fewer than its exposure lets one expect).",
        "{size}有 {n} 条隐患；按{name}期望不足 {least} 条，不足以计算率（虽然聚集，但少于其暴露量的期望）。",
    ),
    (
        "{n} hazards on {size} (a count; no exposure) (a crowd, but fewer than its exposure lets one expect).",
        "{size}有 {n} 条隐患（计数，无暴露量）（虽然聚集，但少于其暴露量的期望）。",
    ),
    ("{n} ha", "{n} 公顷"),
    ("{n} km of street", "{n} 公里街道"),
    ("{names} and {n} more grids", "{names} 等（另有 {n} 个网格）"),
    (
        "{n} units on {size} (median {a}, largest {b}); {rest}.",
        "{n} 个单元，面积 {size}（中位数 {a}，最大 {b}）；{rest}。",
    ),
    ("{n} pieces enclosed by lines", "{n} 块由线路围成"),
    ("{n} too large divided", "{n} 个过大者已拆分"),
    (
        "{n} too small or too thin united with the neighbor of the longest border ({size})",
        "{n} 个过小或过窄者已并入共边最长的邻块（{size}）",
    ),
    ("{n} gaps closed", "填补 {n} 处空隙"),
    ("{n} dead ends ignored", "忽略 {n} 条断头路"),
    ("area of the town line less the units: {size}", "城镇界线面积减去单元面积：{size}"),
    # other layers, codes, contacts, transfers
    (
        "{n} road grids share {length} of street; their load is within ±{share} of the mean (allowed ±{gap}).",
        "{n} 个道路网格分摊 {length}街道；负荷与平均值相差不超过 ±{share}（允许 ±{gap}）。",
    ),
    (
        "{n} road grids share {length} of street; their load is within ±{share} of the mean (allowed ±{gap}); further off than allowed: {ids}.",
        "{n} 个道路网格分摊 {length}街道；负荷与平均值相差不超过 ±{share}（允许 ±{gap}）；超出允许的：{ids}。",
    ),
    (
        "{n} road grids share {length} of street; their load is within ±{share} of the mean (allowed ±{gap}); {k} are in several pieces, because parts of the network hang on nothing: {ids}.",
        "{n} 个道路网格分摊 {length}街道；负荷与平均值相差不超过 ±{share}（允许 ±{gap}）；{k} 个不连成一片，因为路网有孤立部分：{ids}。",
    ),
    (
        "{n} entity grids hold {k} units; their own staff looks after {m} objects ({share} of theirs).",
        "{n} 个专属网格含 {k} 个单元；其自有人员负责 {m} 个对象（占其对象的 {share}）。",
    ),
    (
        "{n} entity grids hold {k} units; their own staff looks after {m} objects ({share} of theirs); each is a base grid of its own.",
        "{n} 个专属网格含 {k} 个单元；其自有人员负责 {m} 个对象（占其对象的 {share}）；各自为一个基础网格。",
    ),
    (
        "{n} overlay grids group {k} base grids, {label} within ±{share}.",
        "{n} 个叠加网格由 {k} 个基础网格组成，{label}与平均值相差不超过 ±{share}。",
    ),
    (
        "{n} micro-grids of {least} to {m} {label} (median {x}).",
        "{n} 个微网格，{label} {least} 至 {m}（中位数 {x}）。",
    ),
    (
        "{n} base grids have codes of scheme '{id}' ({k} characters): {kept} kept, {m} new from {day}, {out} retired.",
        "{n} 个基础网格按编码方案“{id}”（{k} 位）编码：沿用 {kept} 个，自 {day} 起新编 {m} 个，停用 {out} 个。",
    ),
    (
        "{n} contacts of {total} needed (one for {k} households); {out} of {m} households ({share}) have none; {lost} who offered are not needed.",
        "应配联络员 {total} 名（每 {k} 户一名），已有 {n} 名；{m} 户中有 {out} 户（{share}）没有联络员；另有 {lost} 名报名者暂不需要。",
    ),
    (
        "{n} contacts of {total} needed (one for {k} households and each stairwell); {out} of {m} households ({share}) have none; {lost} who offered are not needed.",
        "应配联络员 {total} 名（每 {k} 户及每个楼道各一名），已有 {n} 名；{m} 户中有 {out} 户（{share}）没有联络员；另有 {lost} 名报名者暂不需要。",
    ),
    (
        "{n}: the largest load goes from {share} to {gap}",
        "{n} 次：最大负荷由 {share} 变为 {gap}",
    ),
    (
        "{n}: the largest load goes to {gap} (today some grids have work and nobody)",
        "{n} 次：最大负荷变为 {gap}（目前有的网格有工作而无人）",
    ),
    (
        "{name}: {n} of {total} landed on units; {x} ({share}) outside.",
        "{name}：{total} 中有 {n} 落在单元上；{x}（{share}）在外。",
    ),
    (
        "{n} pairs of neighbors are parted by barriers; {k} stay joined by {m} crossings.",
        "{n} 对相邻单元被阻隔分开；{k} 对由 {m} 处通道保持相连。",
    ),
    ("Fewer than {n} hazards: numbers withheld.", "隐患少于 {n} 条：数字不予公布。"),
    ("from_{a}_to_{b}_median", "{a}至{b}时长中位数"),
    # ways out
    (
        "{name}: to let what does not touch join across a link (bridge, ferry) {far}",
        "{name}：让不相连的部分通过连接（桥、渡口）相连 {far}",
    ),
    ("{name}: to let base grids be in several pieces", "{name}：允许基础网格分为多块"),
    (
        "To let the base grids of {ids} be in several pieces (`multi_part` of [rules.contiguity])",
        "允许 {ids} 的基础网格分为多块（[rules.contiguity] 的 `multi_part`）",
    ),
    (
        "{name}: {n} base grid more ({k} instead of {m})",
        "{name}：增加 {n} 个基础网格（由 {m} 个改为 {k} 个）",
    ),
    (
        "{name}: {n} base grids more ({k} instead of {m})",
        "{name}：增加 {n} 个基础网格（由 {m} 个改为 {k} 个）",
    ),
    (
        "{name}: {n} base grid fewer ({k} instead of {m})",
        "{name}：减少 {n} 个基础网格（由 {m} 个改为 {k} 个）",
    ),
    (
        "{name}: {n} base grids fewer ({k} instead of {m})",
        "{name}：减少 {n} 个基础网格（由 {m} 个改为 {k} 个）",
    ),
    ("A tolerance of {x} instead of {y} of {label}", "将{label}的允许偏差由 {y} 改为 {x}"),
    (
        "A tolerance of {x} instead of {y} of {label} (base grid '{id}' needs it)",
        "将{label}的允许偏差由 {y} 改为 {x}（基础网格“{id}”需要）",
    ),
    (
        "A budget of {x} instead of {y} {label} that change grid",
        "将变更网格的{label}预算由 {y} 改为 {x}",
    ),
    ("An upper limit of {x} instead of {y} on {label}", "将{label}的上限由 {y} 改为 {x}"),
    (
        "An upper limit of {x} instead of {y} on {label} (in {where})",
        "将{label}的上限由 {y} 改为 {x}（{where}）",
    ),
    ("A lower limit of {x} instead of {y} on {label}", "将{label}的下限由 {y} 改为 {x}"),
    (
        "A lower limit of {x} instead of {y} on {label} (in {where})",
        "将{label}的下限由 {y} 改为 {x}（{where}）",
    ),
    ("a tolerance of {x} instead of {y} of {label}", "将{label}的允许偏差由 {y} 改为 {x}"),
    (
        "a tolerance of {x} instead of {y} of {label} (base grid '{id}' needs it)",
        "将{label}的允许偏差由 {y} 改为 {x}（基础网格“{id}”需要）",
    ),
    (
        "a budget of {x} instead of {y} {label} that change grid",
        "将变更网格的{label}预算由 {y} 改为 {x}",
    ),
    ("an upper limit of {x} instead of {y} on {label}", "将{label}的上限由 {y} 改为 {x}"),
    (
        "an upper limit of {x} instead of {y} on {label} (in {where})",
        "将{label}的上限由 {y} 改为 {x}（{where}）",
    ),
    ("a lower limit of {x} instead of {y} on {label}", "将{label}的下限由 {y} 改为 {x}"),
    (
        "a lower limit of {x} instead of {y} on {label} (in {where})",
        "将{label}的下限由 {y} 改为 {x}（{where}）",
    ),
)
"""English and Chinese, with the same holes."""
