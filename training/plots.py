"""Two plots as plain SVG, readable in a browser and in the repository's own view."""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 420, 320, 48
COLOURS = ("#1f5f8b", "#b3541e", "#4d7c3f", "#7a3e8e")
Points = Sequence[tuple[float, float]]


def draw_plot(title: str, across: str, up: str, lines: dict[str, Points], diagonal: bool) -> str:
    """Draw lines of points from 0 to 1 over axes from 0 to 1."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{WIDTH / 2}" y="18" text-anchor="middle" font-size="13">{escape(title)}</text>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>',
        f'<text x="14" y="{HEIGHT / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {HEIGHT / 2})">{escape(up)}</text>',
        *(_draw_tick(tenths / 10) for tenths in range(0, 11, 2)),
    ]
    if diagonal:
        parts.append(_draw_line([(0, 0), (1, 1)], "#999", dashed=True))
    for at, (name, points) in enumerate(lines.items()):
        colour = COLOURS[at % len(COLOURS)]
        parts.append(_draw_line(points, colour))
        y = HEIGHT - MARGIN - 12 - 14 * at
        parts.append(f'<text x="{WIDTH - 190}" y="{y}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _place(x: float, y: float) -> tuple[float, float]:
    across, up = WIDTH - MARGIN - 20, HEIGHT - 2 * MARGIN + 10
    return round(MARGIN + x * across, 1), round(HEIGHT - MARGIN - y * up, 1)


def _draw_tick(value: float) -> str:
    (x, bottom), (left, y) = _place(value, 0), _place(0, value)
    right, top = _place(1, 0)[0], _place(0, 1)[1]
    return (
        f'<path d="M{x} {bottom}V{top}M{left} {y}H{right}" stroke="#ddd" fill="none"/>'
        f'<text x="{x}" y="{bottom + 14}" text-anchor="middle">{value:.1f}</text>'
        f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{value:.1f}</text>'
    )


def _draw_line(points: Points, colour: str, dashed: bool = False) -> str:
    places = " ".join(f"{x},{y}" for x, y in (_place(*point) for point in points))
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
