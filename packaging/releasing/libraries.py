"""What is known of each library that can be part of a program: the one table behind the SBOM and the notices.

The versions are not here: components.py reads them from what was built. A library that is not in this table ends a release, so
none can come in without a licence. The names are those of Debian's source packages, from which all of them come.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    title: str
    licence: str  # an SPDX expression
    cpe: str = ""  # vendor:product in the National Vulnerability Database, where scanners look it up by that
    # In the list of copyrights that Debian made, the paragraph that is enough; "": all of it.
    paragraph: str = ""
    # Texts that the list of copyrights only refers to, in /usr/share/common-licenses.
    common: tuple[str, ...] = ()


GCC = Library("GCC runtime libraries (libstdc++, libgcc)", "GPL-3.0-or-later WITH GCC-exception-3.1", "gnu:gcc", common=("GPL-3",))

KNOWN = {
    # Object code needs no notice of the many authors (the licence says so), and the list of them has 2 MB.
    "boost1.81": Library("Boost", "BSL-1.0", "boost:boost", paragraph="BSL-1.0"),
    "cli11": Library("CLI11", "BSD-3-Clause"),
    "fmtlib": Library("{fmt}", "MIT"),
    "gcc-12": GCC,
    "gcc-mingw-w64": GCC,
    "glibc": Library("GNU C Library", "LGPL-2.1-or-later", "gnu:glibc", common=("LGPL-2.1",)),
    "hivex": Library("hivex", "LGPL-2.1-only", "redhat:hivex", common=("LGPL-2.1",)),
    # What is linked of it: the start of a program, its C library, winpthreads. The files under the LGPL are headers for
    # multimedia and tools, which are not used.
    "mingw-w64": Library("mingw-w64 runtime (C runtime, winpthreads)", "ZPL-2.1 AND MIT AND BSD-3-Clause"),
    "openssl": Library("OpenSSL", "Apache-2.0", "openssl:openssl"),
    "spdlog": Library("spdlog", "MIT"),
    "yaml-cpp": Library("yaml-cpp", "MIT"),
}

# Headers that only say how the kernel is called; nothing of them is in a program.
NOT_CONTAINED = {"linux"}

# Which recipe of packaging/ a file of its prefix comes from: the recipe's name, and how the paths of its files begin.
RECIPES = {
    "fmt": ("include/fmt/", "lib/libfmt.a"),
    "hivex": ("include/hivex.h", "lib/libhivex.a"),
    "openssl": ("include/openssl/", "lib/libcrypto.a", "lib/libssl.a"),
    "spdlog": ("include/spdlog/", "lib/libspdlog.a"),
    "yaml-cpp": ("include/yaml-cpp/", "lib/libyaml-cpp.a"),
}
