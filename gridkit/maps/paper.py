"""What do all documents without scripts have in common? Their head, style and security policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridkit.maps.escape import to_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from gridkit.maps.texts import Lang

_STYLE = """
:root{color-scheme:light}body{font:15px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif;
color:#1c1c1c;background:#fff;max-width:980px;margin:0 auto;padding:20px 18px 60px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px}h2{font-size:19px;margin:34px 0 8px;padding-top:10px;border-top:2px solid #316aa3}h3{font-size:15px;margin:18px 0 4px}
.badge{background:#f0c000;color:#221a00;border-radius:3px;padding:1px 8px;font-size:13px;font-weight:600}.faint{color:#5d5a55;font-size:13px}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;width:100%}th,td{padding:3px 8px;border-bottom:1px solid #dcd8d0;text-align:left;vertical-align:top}
th{font-weight:600;border-bottom:1.5px solid #1c1c1c}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}td{overflow-wrap:break-word}td.id{white-space:nowrap}
th.n{min-width:4.2em}svg{width:100%;height:auto;display:block}.narrow{display:none}.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(120px,1fr));gap:10px;margin:14px 0}.figures div{background:#f4f2ee;padding:8px 12px;border-radius:4px}
.figures b{display:block;font-size:21px;font-variant-numeric:tabular-nums}.figures span{font-size:12px;color:#5d5a55}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:0;padding:0;font-size:13px}.legend i{display:inline-block;width:24px;height:13px;margin-right:6px;vertical-align:-1px;border:1px solid #dcd8d0;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.legend-title{font-weight:600;margin:8px 0 2px;font-size:13px}.finding{margin:0 0 6px}.finding b{font-size:12px;border:1px solid;border-radius:3px;padding:0 5px;white-space:nowrap}
.side{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:14px}figure{margin:0}figcaption{font-weight:600;margin:8px 0 4px}
.proofs{columns:2 280px;column-gap:32px;font-size:12px;line-height:1.45;color:#5d5a55;padding-left:16px}.proofs li{break-inside:avoid;margin-bottom:3px}
.broken{color:#b1003a}.warning{color:#8a5a00}.note{color:#5d5a55}
td:first-child{min-width:6em}details{margin:8px 0;font-size:13px}summary{cursor:pointer;color:#316aa3}
@media screen{.chart svg{min-width:620px}}@media screen and (max-width:640px){.wide{display:none}.narrow{display:inline}}@page{margin:14mm}@media print{.scroll{overflow:visible}table{font-size:8.5pt}th,td{padding:2px 4px}body{max-width:none;padding:0;font-size:11pt}.figures{grid-template-columns:repeat(auto-fit,minmax(92px,1fr));gap:6px}.figures div{padding:6px 8px}.figures b{font-size:17px}figure{break-inside:avoid}.map svg{max-height:128mm}.side svg{max-height:80mm}h2,h3,h3+p,.legend-title{break-after:avoid}tr,svg,.figures{break-inside:avoid}thead{display:table-header-group}}
"""
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'\">"
)


def document(title: str, parts: Sequence[str], *, lang: Lang) -> str:
    """Put finished parts into an HTML document that runs nothing and asks for nothing.

    Parameters
    ----------
    title
        Plain text.
    parts
        HTML in which every foreign text is escaped; empty parts are left out.
    lang
        Of the document.
    """
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{"zh-Hans" if lang == "zh" else "en"}"><head><meta charset="utf-8">',
            _POLICY,
            '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">',
            f"<title>{to_html(title)}</title><style>{_STYLE}</style></head><body>",
            *(part for part in parts if part),
            "</body></html>",
            "",
        ]
    )


KEPT = 6
"""Letters of a long code that a small map shows (as frontend/src/codes.ts)."""


def legible(frame: gpd.GeoDataFrame) -> list[str]:
    """Give what a grid is called on a small map: its code without `common_start`, or its id."""
    codes = _codes(frame)
    return [c[len(common_start(frame)) :] for c in codes]


def common_start(frame: gpd.GeoDataFrame) -> str:
    """Give the beginning that all codes have, when they are long and the last six letters tell them apart.

    Examples
    --------
    >>> import pandas as pd
    >>> common_start(pd.DataFrame({"code": ["441900119001001", "441900119002001"]}))
    '441900119'
    >>> common_start(pd.DataFrame({"code": ["001001", "002001"]}))
    ''
    """
    codes = _codes(frame)
    first = codes[0] if codes else ""
    start = first[:-KEPT]
    same = all(len(c) == len(first) and c.startswith(start) for c in codes)
    return start if same and len(start) > 3 else ""


def _codes(frame: gpd.GeoDataFrame) -> list[str]:
    column = frame["code" if "code" in frame.columns else "grid_id"]
    return [str(c) for c in column.tolist()]
