"""The guides for administrators as tests read them: sections, code blocks, and the commands of the program in them."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def read(name):
    return (REPOSITORY / name).read_text(encoding="utf-8")


def section(text, heading):
    """What stands below a heading, up to the next one of its level or above."""
    level = heading.split(" ")[0]
    start = text.index(f"\n{heading}\n") + len(heading) + 2
    following = re.search(rf"^#{{1,{len(level)}}} ", text[start:], re.MULTILINE)
    return text[start : start + following.start()] if following else text[start:]


def code_blocks(text):
    """The indented blocks, also those in the steps of a list, each a list of lines without the indentation. A block follows
    an empty line, and an empty line ends it."""
    blocks, block, after_empty = [], [], True
    for line in [*text.splitlines(), ""]:
        if line.startswith("    ") and (block or after_empty):
            block.append(line)
        elif block:
            indentation = min(len(one) - len(one.lstrip()) for one in block)
            blocks.append([one[indentation:].rstrip() for one in block])
            block = []
        after_empty = not line.strip()
    return blocks


def commands(text):
    """Every command line of the program, in blocks and in running text, without its remark."""
    lines = [line for block in code_blocks(text) for line in block] + re.findall(r"`([^`\n]+)`", text)
    lines = [re.sub(r"\s+#.*$", "", line) for line in lines]
    return list(dict.fromkeys(line for line in lines if re.match(r"wsus-trust-agent(\.exe)? \S", line)))
