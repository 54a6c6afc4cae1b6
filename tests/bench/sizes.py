"""What of the program for Windows comes from which library, by the map that its linker wrote."""

import re
from collections import Counter

SECTION = re.compile(
    r"^ \.(?:text|rdata|data|pdata|xdata|idata|tls)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$", re.MULTILINE
)
# A file of the map belongs to the first of these that is in its name.
OWNERS = [
    ("libcrypto", "OpenSSL libcrypto"),
    ("libssl.", "OpenSSL libssl"),
    ("https.cpp", "Boost.Beast and Asio (in `https.cpp`)"),
    ("boost_sources", "Boost.JSON and URL"),
    ("yaml", "yaml-cpp"),
    ("spdlog", "spdlog"),
    ("libfmt", "fmt"),
    ("options.cpp", "CLI11 (in `options.cpp`)"),
    ("libcore", "our `common/`"),
    ("libagent", "our `agent/`"),
    ("main.cpp", "our `agent/`"),
    ("libstdc++", "libstdc++"),
    ("", "C runtime, threads, imports"),
]


def size_by_library(map_file):
    """Bytes of code and data by owner, the largest first."""
    text = map_file.read_text()
    text = text[text.index("Linker script and memory map") :]
    text = re.sub(r"^( \.\S+)\n\s+(0x)", r"\1 \2", text, flags=re.MULTILINE)  # long names have a line of their own
    sizes = Counter()
    for size, file in SECTION.findall(text):
        sizes[next(owner for part, owner in OWNERS if part in file)] += int(size, 16)
    return sizes.most_common()
