"""Finds what is wrong in the documents: links that lead nowhere, and codes that do not exist. Each is told as a sentence."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import guide  # noqa: E402

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")  # https:, mailto:


def without_code(text):
    """Without indented blocks and what stands in backticks."""
    code = {line for block in guide.code_blocks(text) for line in block}
    lines = [line for line in text.splitlines() if line.strip() not in {one.strip() for one in code}]
    return re.sub(r"`[^`\n]*`", "``", "\n".join(lines))


def anchors(text):
    """Those that GitHub makes of the headings."""
    found = set()
    for heading in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE):
        name = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", name).strip().replace(" ", "-"))
    return found


def broken_links(root, document):
    """`document` is a path below `root`."""
    for target in LINK.findall(without_code((root / document).read_text(encoding="utf-8"))):
        if ELSEWHERE.match(target):
            continue
        path, _, anchor = target.partition("#")
        file = (root / document).parent / path if path else root / document
        if not file.exists():
            yield f"{document}: {target} leads nowhere"
        elif not file.resolve().is_relative_to(root.resolve()):
            yield f"{document}: {target} leads out of the project"
        elif anchor and anchor not in anchors(file.read_text(encoding="utf-8")):
            yield f"{document}: {target}: there is no such heading"


def unknown_codes(text, known):
    """Words in backticks that look like a reason code, and what `check` prints in brackets."""
    named = re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`", text)
    named += [code for block in guide.code_blocks(text) for code in re.findall(r"\[([a-z0-9_]+)\]", "\n".join(block))]
    return [code for code in dict.fromkeys(named) if code not in known]
