"""Is a grid in one piece, and does it enclose others? Asked after every stroke of the editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridkit._kernels._jit import lean

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, IntArray, LabelArray, Position


@lean
def number_pieces(
    own: IntArray,
    start: IntArray,
    neighbor: LabelArray,
    label: LabelArray,
    mark: LabelArray,
    queue: LabelArray,
) -> int:
    """Number the connected pieces of the units `own`, all those of one grid; give how many there are.

    ``mark[own]`` becomes the piece of each unit, from 0 in the order of their first unit; `mark` and
    `queue` (n,) are scratch arrays.
    """
    for i in range(len(own)):
        mark[own[i]] = -1
    pieces = 0
    for i in range(len(own)):
        u = own[i]
        if mark[u] >= 0:
            continue
        g = label[u]
        mark[u] = pieces
        queue[0] = u
        head = 0
        tail = 1
        while head < tail:
            x = queue[head]
            head += 1
            for t in range(start[x], start[x + 1]):
                y = neighbor[t]
                if label[y] == g and mark[y] < 0:
                    mark[y] = pieces
                    queue[tail] = y
                    tail += 1
        pieces += 1
    return pieces


@lean
def find_enclosed(
    g: Position,
    own: IntArray,
    is_edge: BoolArray,
    start: IntArray,
    neighbor: LabelArray,
    label: LabelArray,
    mark: LabelArray,
    queue: LabelArray,
) -> int:
    """Find the units that one cannot reach from the edge of the town without crossing grid `g`.

    Looks from the neighbours of the grid outwards; a search ends where it meets the edge of the town
    or an earlier search. Gives how many units are enclosed; ``queue[:result]`` holds them. `mark` and `queue` (n,) are scratch arrays, `mark` 0
    before and after.
    """
    found = 0
    last = 0
    for i in range(len(own)):
        u = own[i]
        for t in range(start[u], start[u + 1]):
            v = neighbor[t]
            if label[v] == g or mark[v] != 0:
                continue
            head = last
            tail = last + 1
            queue[last] = v
            mark[v] = 1
            is_open = False
            while head < tail:
                x = queue[head]
                head += 1
                if is_edge[x]:
                    is_open = True
                    break
                for s in range(start[x], start[x + 1]):
                    y = neighbor[s]
                    if label[y] == g:
                        continue
                    if mark[y] == 2:
                        is_open = True
                        break
                    if mark[y] == 0:
                        mark[y] = 1
                        queue[tail] = y
                        tail += 1
                if is_open:
                    break
            if is_open:
                for s in range(last, tail):
                    mark[queue[s]] = 2
                last = tail
            else:
                found += tail - last
                last = tail
    out = 0
    for i in range(last):
        u = queue[i]
        if mark[u] == 1:
            queue[out] = u
            out += 1
        mark[u] = 0
    return out
