"""Read a page's payload back, written apart from the writer: plain loops over bytes."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib


def payload(page: str) -> tuple[dict, bytes]:
    text = re.search(r'<script type="text/plain" id="gk-data">([^<]*)</script>', page).group(1)
    raw = zlib.decompress(base64.b64decode(text))
    (size,) = struct.unpack("<I", raw[:4])
    return json.loads(raw[4 : 4 + size]), raw[4 + size :]


def shapes(body: bytes, n: int) -> list[list[list[tuple[int, int]]]]:
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    x = y = 0
    out = []
    for _ in range(n):
        feature = []
        for _ in range(number()):
            ring = []
            for _ in range(number()):
                dx, dy = number(), number()
                x += -((dx + 1) // 2) if dx % 2 else dx // 2
                y += -((dy + 1) // 2) if dy % 2 else dy // 2
                ring.append((x, y))
            feature.append(ring)
        out.append(feature)
    assert at == len(body)
    return out
