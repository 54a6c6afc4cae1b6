"""The page of `fleet` in a real browser: what it shows, by mouse and by keyboard, and that a report cannot make it do anything."""

import copy
import json
import os
from pathlib import Path

import pytest
from browser import browser
from fleet_reports import CERTIFICATE, finding, report, write, write_fleet

pytestmark = pytest.mark.linux  # the page is the same from both systems: unit/fleet/fleet_page_test.cpp

HOSTILE = [
    "<script>window.pwned=1</script>", "</script><script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>",
    "\"'><svg/onload=window.pwned=1>", "' onfocus=window.pwned=1 autofocus x='", "javascript:window.pwned=1",
    "<a href=javascript:window.pwned=1>x</a>", "]]><!--<script>window.pwned=1//", "\u202e\u2066gnp.exe\u2028\u2029\r\n<b>",
    "{{script}}{{data}}", "<iframe srcdoc='<script>parent.pwned=1</script>'>", "<base href=//evil.example/>", "${window.pwned=1}",
    "__proto__", "constructor", "<meta http-equiv=refresh content=0;url=//evil.example>", "<style>*{display:none}</style>",
]  # fmt: skip


def every_text_replaced(value, text):
    """All strings that a report may choose freely."""
    if isinstance(value, dict):
        fixed = {"schemaVersion", "time", "severity", "sha256", "notBefore", "notAfter", "store", "location", "state", "requiredStores"}
        return {key: each if key in fixed else every_text_replaced(each, text) for key, each in value.items()}
    if isinstance(value, list):
        return [every_text_replaced(each, text) for each in value]
    return text if isinstance(value, str) else value


@pytest.fixture
def page_of(program, tmp_path):
    """Runs `fleet` over the folder; the page."""

    def make(folder):
        page = tmp_path / "fleet.html"
        ended = program.run("fleet", program.name_of(folder), "--html", program.name_of(page), cwd=tmp_path, timeout=300)
        assert ended.returncode == 0, ended.stderr
        return page

    return make


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture
def shown(chromium, page_of, tmp_path):
    """The page of a folder in the browser; afterwards nothing may have left it, and nothing complained."""

    def show(folder):
        page = page_of(folder)
        chromium.requests()
        chromium.open(page)
        show.page = page
        return chromium

    show.page = None
    yield show
    # The browser's own icons and its own empty page; what stands in an address asks nobody.
    asked_for = {address for address in chromium.requests() if not address.startswith(("chrome://", "data:"))}
    assert asked_for == {show.page.as_uri()}
    assert [entry for entry in chromium.log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []


@pytest.fixture
def fleet(tmp_path):
    return write_fleet(tmp_path / "reports", 160)


def names(chromium):
    return chromium.run("return [...document.querySelectorAll('#table tbody .name')].map((each) => each.textContent)")


def count(chromium):
    return chromium.run("return document.getElementById('count').textContent")


def focused(chromium):
    return chromium.run("const e = document.activeElement; return e.id || e.textContent")


COUNT = "document.getElementById('count').textContent"


def search_for(chromium, text):
    """The number of matches as it is announced, once it is."""
    fill = "const s = document.getElementById('search'); s.value = arguments[0]; s.dispatchEvent(new Event('input'))"
    chromium.run(fill, "")
    chromium.wait_for(f"/^[0-9]+ machines$/.test({COUNT})")
    chromium.run(fill, text)
    return chromium.wait_for(f"/ match$/.test({COUNT}) && {COUNT}")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_of_a_report_becomes_script_or_markup(shown, tmp_path, text):
    bad = every_text_replaced(report("x", findings=[finding()], days=9), text)
    bad["command"] = "check"
    other = copy.deepcopy(bad)
    other["endpoint"]["name"] += " 2"
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps(bad))
    (folder / "b.json").write_text(json.dumps(other))
    (folder / f"{text.replace('/', ':')[:80]}.json".strip()).write_text("no report")
    chromium = shown(folder)
    chromium.run("document.querySelectorAll('.open-row').forEach((each, i) => document.querySelectorAll('.open-row')[i].click())")
    assert len(names(chromium)) == 2
    assert chromium.run("return document.querySelectorAll('.details').length") == 2
    assert chromium.run("return window.pwned") is None
    assert chromium.run("return document.querySelectorAll('img, iframe, a[href^=javascript], base, main script, [onerror], [onload], [onfocus]').length") == 0
    assert chromium.run("return document.querySelectorAll('script').length") == 2
    assert chromium.run("return document.querySelectorAll('meta[http-equiv]').length") == 1
    for control in range(chromium.run("return document.querySelectorAll('button').length")):
        chromium.run("const all = document.querySelectorAll('button'); if (all[arguments[0]]) all[arguments[0]].click()", control)
    assert chromium.run("return window.pwned") is None


def test_the_browser_would_say_when_a_script_of_a_stranger_runs(chromium, tmp_path):
    """So that the test above can fail: the same text, in a page without our escaping and policy."""
    page = tmp_path / "other.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><p>{HOSTILE[2]}</p>")
    chromium.open(page)
    assert chromium.wait_for("window.pwned") == 1
    chromium.requests(), chromium.log("browser")


def test_the_policy_of_the_page_stops_what_escaping_would_let_through(chromium, page_of, tmp_path):
    page = page_of(write(tmp_path / "reports", report("PC-1")))
    broken = page.read_text().replace("<main>", f"<main>{HOSTILE[0]}{HOSTILE[2]}<img src=http://127.0.0.1:9/x>")
    page.write_text(broken)
    chromium.open(page)
    assert chromium.run("return window.pwned") is None
    assert names(chromium) == ["PC-1"]
    assert any("Content Security Policy" in entry["message"] for entry in chromium.log("browser"))
    chromium.requests()


def test_search_finds_by_name_reason_certificate_and_version(shown, fleet):
    chromium = shown(fleet)
    assert count(chromium) == "160 machines"
    assert search_for(chromium, "pc-000042") == "1 of 160 machines match"
    assert names(chromium) == ["PC-000042"]
    assert search_for(chromium, "NOT_IN_ROOT") == "6 of 160 machines match"
    assert search_for(chromium, "not_in_root 0.0.9") == "1 of 160 machines match"
    assert search_for(chromium, "no such thing") == "0 of 160 machines match"
    assert names(chromium) == []


def test_a_click_on_a_reason_shows_the_machines_that_have_it(shown, fleet):
    chromium = shown(fleet)
    chromium.click("[data-value='not_in_root'] button")
    assert count(chromium) == "6 of 160 machines match"
    assert chromium.run("return document.activeElement.id") == "machines"
    chromium.click("#chips button")
    assert count(chromium) == "160 machines"


def test_tiles_certificates_versions_and_states_filter_too(shown, fleet):
    chromium = shown(fleet)
    chromium.click("button.tile.bad")
    assert count(chromium) == "6 of 160 machines match"
    chromium.click("[data-show='version'][data-value='0.0.9'] button")
    assert count(chromium) == "18 of 160 machines match"
    chromium.click(f"[data-show='certificate'][data-value='{CERTIFICATE}'] button")
    assert count(chromium) == "160 machines"
    chromium.run("const s = document.getElementById('state'); s.value = 'Compliant'; s.dispatchEvent(new Event('change'))")
    assert count(chromium) == "154 of 160 machines match"


def test_columns_sort_both_ways_and_say_so(shown, fleet):
    chromium = shown(fleet)
    assert chromium.run("return document.querySelector('[aria-sort]').textContent") == "State"
    assert names(chromium)[0] == "PC-000003"  # what is wrong comes first
    chromium.click("#table th:nth-child(1) button")
    assert names(chromium)[:2] == ["PC-000000", "PC-000001"]
    chromium.click("#table th:nth-child(1) button")
    assert names(chromium)[0] == "PC-000159"
    assert chromium.run("return document.querySelector('#table th').getAttribute('aria-sort')") == "descending"
    chromium.click("#table th:nth-child(5) button")
    assert names(chromium)[0] in ("PC-000007", "PC-000108")  # silent the longest
    assert chromium.run("return document.querySelectorAll('[aria-sort]').length") == 1


def test_pages_are_cut_out_of_the_table(shown, fleet):
    chromium = shown(fleet)
    seen = names(chromium)
    assert len(seen) == 50
    for _ in range(3):
        chromium.click("#next")
        seen += names(chromium)
    assert len(set(seen)) == 160
    assert chromium.run("return document.getElementById('next').disabled")
    assert chromium.run("return document.getElementById('page').textContent") == "Page 4 of 4"
    chromium.run("const s = document.getElementById('size'); s.value = '250'; s.dispatchEvent(new Event('change'))")
    assert len(names(chromium)) == 160


def test_everything_is_done_with_the_keyboard_alone(shown, fleet):
    chromium = shown(fleet)
    chromium.press("Tab")
    assert "Skip to" in focused(chromium)
    chromium.press("Enter")
    for _ in range(3):
        chromium.press("Tab")
        if focused(chromium) == "search":
            break
    assert focused(chromium) == "search"
    chromium.press("pc-000003")
    chromium.wait_for("document.getElementById('count').textContent.startsWith('1 of')")
    visited = []
    while not focused(chromium).startswith("row-"):
        chromium.press("Tab")
        visited.append(focused(chromium))
        assert len(visited) < 20, visited
        outline = chromium.run("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid" or "table" in visited[-1], visited[-1]
    assert visited[:2] == ["state", "size"] and "Machine" in visited
    chromium.press("Enter")
    assert chromium.run("return document.activeElement.getAttribute('aria-expanded')") == "true"
    details = chromium.run("return document.getElementById(document.activeElement.getAttribute('aria-controls')).textContent")
    assert "Do: Run 'repair'." in details and CERTIFICATE in details
    chromium.press("Space")
    assert chromium.run("return document.activeElement.getAttribute('aria-expanded')") == "false"
    chromium.press("Tab", shift=True)
    chromium.press("Enter")  # the last column's title
    assert chromium.run("return document.querySelector('[aria-sort]').textContent") == "Last report"
    assert "Last report" in focused(chromium)


def test_every_control_has_a_name_and_the_number_of_matches_is_announced(shown, fleet):
    chromium = shown(fleet)
    tree = chromium.devtools("Accessibility.getFullAXTree")["nodes"]
    controls = [node for node in tree if node.get("role", {}).get("value") in ("button", "searchbox", "combobox", "textbox", "link", "image", "img", "table", "region")]
    assert len(controls) > 20
    assert [node["role"]["value"] for node in controls if not node.get("name", {}).get("value")] == []
    assert chromium.run("return document.getElementById('count').getAttribute('aria-live')") == "polite"


CONTRAST = """
const channel = (c) => { c /= 255; return c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
const parse = (text) => text.match(/[\\d.]+/g).map(Number);
const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
  if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
const bad = [];
for (const e of document.querySelectorAll('main *, header *, footer')) {
  if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || e.disabled || !e.getClientRects().length) continue;
  const a = light(parse(getComputedStyle(e).color)), b = light(behind(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) bad.push(e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 20) + ' ' + ratio.toFixed(2));
}
return bad;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_in_dark(shown, fleet, tmp_path, scheme):
    chromium = shown(fleet)
    with chromium.as_seen(prefers_color_scheme=scheme):
        chromium.run("document.querySelector('.open-row').click()")
        background = chromium.run("return getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(246, 247, 249)") == (scheme == "light")
        assert chromium.run(CONTRAST) == []
        keep_screenshot(chromium, tmp_path, f"fleet-{scheme}")


def keep_screenshot(chromium, folder, name):
    """WSUS_TRUST_AGENT_SCREENSHOTS names a folder for people who want to look."""
    chromium.screenshot(Path(os.environ.get("WSUS_TRUST_AGENT_SCREENSHOTS", folder)) / f"{name}.png")


def test_a_narrow_screen_needs_no_scrolling_sideways(page_of, fleet, tmp_path):
    with browser(tmp_path / "narrow", width=500, height=900) as narrow:
        narrow.devtools("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=1, mobile=True)
        narrow.open(page_of(fleet))
        assert narrow.run("return document.documentElement.scrollWidth") <= 360
        keep_screenshot(narrow, tmp_path, "fleet-narrow")


def test_without_script_the_numbers_are_there(page_of, fleet, tmp_path):
    with browser(tmp_path / "plain", javascript=False) as plain:
        plain.open(page_of(fleet))
        keep_screenshot(plain, tmp_path, "fleet-noscript")
        dom = plain.devtools("DOM.getDocument", depth=-1)["root"]
        html = plain.devtools("DOM.getOuterHTML", nodeId=dom["nodeId"])["outerHTML"]
    assert "154 of 160 machines compliant" in html and "<b>6</b> not compliant" in html
    assert "needs JavaScript" in html and "<th scope=\"col\" aria-sort" not in html


def test_print_shows_no_controls(shown, fleet):
    chromium = shown(fleet)
    chromium.devtools("Emulation.setEmulatedMedia", media="print")
    assert chromium.run("return getComputedStyle(document.getElementById('tools')).display") == "none"
    chromium.devtools("Emulation.setEmulatedMedia", media="")


def test_a_hundred_thousand_machines_can_be_used(page_of, tmp_path):
    """The same page with its data a hundred thousand machines long; what `fleet` makes of so many files is measured by
    tests/bench/fleet_files."""
    folder = write_fleet(tmp_path / "reports", 1000)
    page = page_of(folder)
    text = page.read_text()
    head, data, tail = text.partition('<script type="application/json" id="data">')
    data, end, rest = tail.partition("</script>")
    document = json.loads(data)
    document["machines"] = [[f"PC-{n:06}", *document["machines"][n % 1000][1:]] for n in range(100_000)]
    page.write_text(head + '<script type="application/json" id="data">' + json.dumps(document) + end + rest)
    with browser(tmp_path / "many") as many:
        many.open(page)
        assert many.run("return performance.timing.loadEventEnd - performance.timing.navigationStart") < 20_000
        assert count(many) == "100000 machines"
        assert many.run("return document.querySelectorAll('*').length") < 3000
        assert search_for(many, "pc-099999") == "1 of 100000 machines match"
        took = many.run("const s = document.querySelector('#table th button'), t = performance.now(); s.click(); return performance.now() - t")
        assert took < 5_000
