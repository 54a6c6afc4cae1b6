"""The plot of a simulated fleet: requests in ten minutes over virtual time, as SVG that needs nothing else."""

from fleet_account import HOUR, TEN_MINUTES

WIDTH, HEIGHT = 1000, 430
LEFT, RIGHT, TOP, BOTTOM = 62, 16, 74, 46
COLOURS = {"receiver": "#1f6fb4", "publisher": "#c8641c", "nobody": "#b3261e"}
SHADES = {"outage": "#f6dcda", "steady": "#f4f5f7", "recovery": "#f4f5f7", "start": "#fff", "rotation": "#fff", "drain": "#fff"}


def counts(times, end):
    """Of each ten minutes."""
    found = [0] * (-(-end // TEN_MINUTES))
    for time in times:
        if time < end:
            found[time // TEN_MINUTES] += 1
    return found


def round_up(value):
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 10**9) if value / step <= 8)
    return step, -(-int(value + 1) // step) * step


class Canvas:
    """What is drawn so far; `x` of hours, `y` of counts."""

    def __init__(self, hours, highest):
        self._hours, self._highest = hours, highest
        self.parts = []

    def x(self, hours):
        return LEFT + (WIDTH - LEFT - RIGHT) * hours / self._hours

    def y(self, count):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / self._highest

    def box(self, begin, end, fill):
        self.parts.append(
            f'<rect x="{self.x(begin):.1f}" y="{TOP}" width="{self.x(end) - self.x(begin):.1f}" '
            f'height="{HEIGHT - TOP - BOTTOM}" fill="{fill}"/>'
        )

    def line(self, x1, y1, x2, y2, stroke, more=""):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" {more}/>')

    def text(self, x, y, text, anchor="middle", more=""):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{text}</text>')

    def steps(self, found, colour, fill, more=""):
        """A step for each ten minutes."""
        width = TEN_MINUTES / HOUR
        path = [f"M{self.x(0):.1f},{self.y(0):.1f}"]
        for i, count in enumerate(found):
            path.append(f"V{self.y(count):.1f}H{self.x((i + 1) * width):.1f}")
        path.append(f"V{self.y(0):.1f}Z")
        self.parts.append(
            f'<path d="{"".join(path)}" fill="{colour}" fill-opacity="{fill}" stroke="{colour}" stroke-width="1.2" '
            f'stroke-linejoin="round" {more}/>'
        )


def plot(account):
    shown = [phase for phase in account.phases if phase.name != "drain"]
    end = shown[-1].end
    found = {
        "publisher": counts(account.times("publisher", True), end),
        "receiver": counts(account.times("receiver", True), end),
        "nobody": counts(account.times("receiver", False), end),
    }
    average, _ = account.recovery
    step, highest = round_up(max(*map(max, found.values()), 2 * average))
    canvas = Canvas(end / HOUR, highest)
    for phase in shown:
        begin, stop = phase.begin / HOUR, phase.end / HOUR
        canvas.box(begin, stop, SHADES[phase.name])
    for count in range(0, highest + 1, step):
        canvas.line(LEFT, canvas.y(count), WIDTH - RIGHT, canvas.y(count), "#d9dce1")
        canvas.text(LEFT - 8, canvas.y(count) + 4, f"{count:,}", "end")
    for hour in range(0, end // HOUR + 1, 4):
        canvas.line(canvas.x(hour), HEIGHT - BOTTOM, canvas.x(hour), HEIGHT - BOTTOM + 5, "#5f6672")
        canvas.text(canvas.x(hour), HEIGHT - BOTTOM + 19, f"{hour} h")
    canvas.steps(found["receiver"], COLOURS["receiver"], 0.25)
    canvas.steps(found["nobody"], COLOURS["nobody"], 0.35)
    canvas.steps(found["publisher"], COLOURS["publisher"], 0, 'stroke-dasharray="4 3"')  # often the same as the receiver's
    recovery = account.phase("recovery")
    begin, stop = canvas.x(recovery.begin / HOUR), canvas.x(end / HOUR)
    for times in (1, 2):
        canvas.line(begin, canvas.y(times * average), stop, canvas.y(times * average), "#22262c", 'stroke-dasharray="5 3"')
    canvas.text(stop - 6, canvas.y(2 * average) - 7, "average, and twice that: the limit", "end")
    for phase in shown:
        begin, stop = canvas.x(phase.begin / HOUR), canvas.x(phase.end / HOUR)
        canvas.line(begin, TOP - 16, begin, HEIGHT - BOTTOM, "#9aa1ad")
        canvas.text((begin + stop) / 2, TOP - 6 if phase.name != "outage" else TOP - 20, phase.name, more='font-weight="600"')
    legend = LEFT
    for key, what in (("receiver", "reports at the receiver"), ("publisher", "fetches at the publisher"),
                      ("nobody", "reports that found nobody there")):
        canvas.parts.append(f'<rect x="{legend}" y="{TOP - 48}" width="12" height="12" fill="{COLOURS[key]}" fill-opacity="0.6"/>')
        canvas.text(legend + 18, TOP - 38, what, "start")
        legend += 40 + 7 * len(what)
    title = f"{account.agents:,} agents: requests in ten minutes, over virtual time"
    body = "\n".join(canvas.parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"
 font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="12" fill="#22262c">
<title>{title}</title>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
<text x="{LEFT}" y="18" font-size="15" font-weight="600">{title}</text>
{body}
</svg>
"""
