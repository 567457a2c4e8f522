# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Curves over powers of ten, as SVG: both axes logarithmic, so that a quadratic step is a slope."""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 44, 48
# Told apart by those who do not see all colours as well (Okabe and Ito).
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
STYLE = (
    "text{font:12px sans-serif;fill:#222}.title{font-size:14px;font-weight:bold}"
    ".grid{stroke:#ddd}.curve{fill:none;stroke-width:2}.paper{fill:#fff}"
)


def _powers(values):
    """The powers of ten that hold all values, as exponents."""
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


def _label(exponent):
    return f"{10**exponent:,}" if exponent >= 0 else f"{10.0**exponent:g}"


class _Axis:
    """Values to places between two ends."""

    def __init__(self, values, begin, end):
        self.first, last = _powers(values)
        self.last = max(last, self.first + 1)
        self._begin, self._scale = begin, (end - begin) / (self.last - self.first)

    def place(self, value):
        return self._begin + (math.log10(value) - self.first) * self._scale

    def marks(self):
        return [(self.place(10.0**each), _label(each)) for each in range(self.first, self.last + 1)]


def _grid(across, up):
    parts = []
    for x, label in across.marks():
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{label}</text>')
    for y, label in up.marks():
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    return parts


def _spread(places, least=15):
    """Places for labels, in the same order, none closer to the next than that."""
    spread = {}
    last = -math.inf
    for index, y in sorted(enumerate(places), key=lambda pair: pair[1]):
        last = max(y, last + least)
        spread[index] = last
    return [spread[index] for index in range(len(places))]


def svg(title, across_title, up_title, xs, curves):
    """curves: (name, values at xs) each; all numbers positive."""
    across = _Axis(xs, LEFT, WIDTH - RIGHT)
    up = _Axis([value for _, values in curves for value in values], HEIGHT - BOTTOM, TOP)
    parts = [
        "<!-- SPDX-FileCopyrightText: The imaged authors -->",
        "<!-- SPDX-License-Identifier: MIT -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across_title)}</text>',
        f'<text x="{LEFT - 8}" y="{TOP - 8}" text-anchor="end">{escape(up_title)}</text>',
        *_grid(across, up),
    ]
    ends = _spread([up.place(values[-1]) for _, values in curves])
    for index, (name, values) in enumerate(curves):
        colour = COLOURS[index % len(COLOURS)]
        points = " ".join(f"{across.place(x):.1f},{up.place(y):.1f}" for x, y in zip(xs, values))
        parts.append(f'<polyline class="curve" stroke="{colour}" points="{points}"/>')
        parts.append(
            f'<text x="{WIDTH - RIGHT + 8}" y="{ends[index] + 4:.1f}" style="fill:{colour}">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
