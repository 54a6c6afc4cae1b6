"""The tree keeps the rules on which parts may know which; and breaking any rule is noticed."""

from pathlib import Path

import pytest

from structure import violations

REPOSITORY = Path(__file__).resolve().parents[2]

GOOD_TREE = {
    "CMakeLists.txt": "common/base/hex.cpp common/settings/settings_reader.cpp agent/main.cpp agent/transport/https.cpp"
                      " agent/endpoint/hive.cpp tests/unit/base/hex_test.cpp tests/agent/endpoint/hive_test.cpp",
    "CMakePresets.json": "{}",
    "README.md": "",
    ".gitignore": "/build/",
    "agent/README.md": "",
    "common/README.md": "",
    "config/README.md": "",
    "packaging/README.md": "",
    "tests/README.md": "",
    "build/anything": "",
    "common/base/hex.h": "#include <string>\n",
    "common/base/hex.cpp": '#include "common/base/hex.h"\n// #include <thread>\n',
    "common/certificate/digest.h": '#include "common/base/hex.h"\n#include <chrono>\nvoid read(std::filesystem::path);\n',
    "common/ports/registry.h": '#include "common/certificate/digest.h"\n',
    "common/settings/settings.h": '#include "common/certificate/digest.h"\n',
    "common/settings/settings_reader.cpp": "#include <yaml-cpp/yaml.h>\n",
    "common/publication/publication.h": '#include "common/settings/settings.h"\n',
    "common/trust/plan.h": '#include "common/publication/publication.h"\n#include "common/ports/registry.h"\n',
    "common/report/codes.h": '#include "common/trust/plan.h"\n',
    "agent/main.cpp": '#include "agent/endpoint/endpoint.h"\n#include <CLI/CLI.hpp>\n#include <spdlog/spdlog.h>\n',
    "agent/commands/check.h": "",
    "agent/reporting/sink.h": '#include "common/report/codes.h"\n',
    "agent/endpoint/endpoint.h": '#include "common/ports/registry.h"\n',
    "agent/endpoint/hive.cpp": '#include <hivex.h>\n#include <sys/stat.h>\n#include "agent/platform/platform.h"\n',
    "agent/endpoint/live_registry.h": "#include <windows.h>\n",
    "agent/platform/platform.h": "",
    "agent/platform/windows/handle.h": "#include <windows.h>\n",
    "agent/transport/https.cpp": "#include <boost/beast/http.hpp>\n#include <boost/asio/ip/tcp.hpp>\n",
    "agent/transport/deadline.h": "#include <boost/asio/steady_timer.hpp>\n",
    "tests/unit/base/hex_test.cpp": '#include "common/base/hex.h"\nTEST_CASE("a claim", "[base]") {}\n',
    "tests/agent/endpoint/hive_test.cpp": "",
}

# For each: the file that breaks a rule, what is added to it, and what the complaint must say.
BROKEN = [
    ("common/base/hex.h", '#include "common/certificate/digest.h"\n', "base must not depend on certificate"),
    ("common/certificate/digest.h", '#include "common/settings/settings.h"\n', "certificate must not depend on settings"),
    ("common/settings/settings.h", '#include "common/publication/publication.h"\n', "settings must not depend on publication"),
    ("common/settings/settings.h", '#include "common/ports/registry.h"\n', "settings must not depend on ports"),
    ("common/ports/registry.h", '#include "common/settings/settings.h"\n', "ports must not depend on settings"),
    ("common/ports/registry.h", '#include "common/trust/plan.h"\n', "ports must not depend on trust"),
    ("common/publication/publication.h", '#include "common/trust/plan.h"\n', "publication must not depend on trust"),
    ("common/trust/plan.h", '#include "common/report/codes.h"\n', "trust must not depend on report"),
    ("common/report/codes.h", '#include "common/rollout/entries.h"\n', "report must not depend on rollout"),
    ("common/rollout/entries.h", '#include "common/trust/plan.h"\n', "rollout must not depend on trust"),
    ("common/report/codes.h", '#include "agent/endpoint/endpoint.h"\n', "common/ must not know agent/"),
    ("common/extra/new.h", "", "common/ has the folders"),
    ("common/stray.h", "", "common/ has the folders"),
    ("common/trust/plan.h", "#include <unistd.h>\n", "must not use the system"),
    ("common/trust/plan.h", "#  include <sys/stat.h>\n", "must not use the system"),
    ("common/trust/plan.h", "#include <thread>\n", "must not use the system"),
    ("common/trust/plan.h", "#include <mutex>\n", "must not use the system"),
    ("common/trust/plan.h", "#include <fstream>\n", "must not use the system"),
    ("common/trust/plan.h", "#include <boost/asio/io_context.hpp>\n", "must not use the system"),
    ("common/trust/plan.h", "auto now = std::chrono::system_clock::now();\n", "asks neither the clock"),
    ("common/trust/plan.h", 'const char* home = std::getenv("HOME");\n', "asks neither the clock"),
    ("common/trust/plan.h", "bool there = std::filesystem::exists(path);\n", "asks neither the clock"),
    ("common/trust/plan.h", "#include <windows.h>\n", "Windows headers belong"),
    ("common/trust/plan.h", "#include <spdlog/spdlog.h>\n", "spdlog belongs"),
    ("common/trust/plan.h", "#include <hivex.h>\n", "hivex belongs"),
    ("common/trust/plan.h", "#include <CLI/CLI.hpp>\n", "CLI11 belongs"),
    ("agent/endpoint/endpoint.h", '#include "agent/transport/deadline.h"\n', "adapters must not know each other"),
    ("agent/transport/deadline.h", '#include "agent/reporting/sink.h"\n', "adapters must not know each other"),
    ("agent/reporting/sink.h", '#include "agent/endpoint/endpoint.h"\n', "adapters must not know each other"),
    ("agent/platform/platform.h", '#include "agent/endpoint/endpoint.h"\n', "platform must not know"),
    ("agent/endpoint/endpoint.h", '#include "agent/commands/check.h"\n', "only commands and resident"),
    ("agent/transport/deadline.h", "#include <Windows.h>\n", "Windows headers belong"),
    ("agent/platform/platform.h", "#include <winsock2.h>\n", "Windows headers belong"),
    ("agent/main.cpp", "#include <hivex.h>\n", "hivex belongs"),
    ("agent/transport/deadline.h", "#include <boost/beast/core.hpp>\n", "Boost.Beast must be included by exactly one file"),
    ("agent/main.cpp", "#include <boost/asio.hpp>\n", "Asio belongs"),
    ("common/settings/yaml_tree.cpp", "#include <yaml-cpp/yaml.h>\n", "yaml-cpp must be included by exactly one file"),
    ("agent/main.cpp", "#include <yaml-cpp/yaml.h>\n", "yaml-cpp belongs"),
    ("notes.txt", "", "the top level holds only"),
    ("scripts/run", "", "the top level holds only"),
    ("common/trust/forgotten.cpp", "", "is not named in CMakeLists.txt"),
    ("agent/forgotten.cpp", "", "is not named in CMakeLists.txt"),
    ("tests/contract/forgotten_test.cpp", "", "is not named in CMakeLists.txt"),
    ("common/base/hex.cpp", '#include "bytes.h"\n', "is not the path of a file"),
    ("tests/unit/trust/hex_test.cpp", "", "mirrors no file"),
    ("tests/unit/base/other_test.cpp", "", "mirrors no file"),
    ("tests/unit/endpoint/hive_test.cpp", "", "mirrors no file"),
    ("tests/agent/base/hex_test.cpp", "", "mirrors no file"),
    ("tests/unit/base/hex.cpp", "", "mirrors no file"),
    ("tests/unit/base/hex_test.cpp", 'TEST_CASE("hidden", "[.]") {}\n', "hides, skips or excuses"),
    ("tests/unit/base/hex_test.cpp", 'TEST_CASE("hidden", "[base][.slow]") {}\n', "hides, skips or excuses"),
    ("tests/unit/base/hex_test.cpp", 'TEST_CASE("excused", "[!mayfail]") {}\n', "hides, skips or excuses"),
    ("tests/unit/base/hex_test.cpp", 'SKIP("later");\n', "hides, skips or excuses"),
]


def make_tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_the_tree_keeps_the_rules():
    found = violations(REPOSITORY)
    assert not found, "\n" + "\n".join(found)


def test_a_tree_that_keeps_the_rules_is_not_complained_about(tmp_path):
    make_tree(tmp_path, GOOD_TREE)
    assert violations(tmp_path) == []


@pytest.mark.parametrize("file, added, complaint", BROKEN)
def test_a_broken_rule_is_noticed(tmp_path, file, added, complaint):
    make_tree(tmp_path, GOOD_TREE | {file: GOOD_TREE.get(file, "") + added})
    assert [found for found in violations(tmp_path) if complaint in found]


@pytest.mark.parametrize("file, complaint", [
    ("agent/transport/https.cpp", "Boost.Beast must be included by exactly one file, not by: none"),
    ("common/settings/settings_reader.cpp", "yaml-cpp must be included by exactly one file, not by: none"),
    ("packaging/README.md", "packaging/README.md is missing"),
    ("common/base/hex.h", "is not the path of a file"),
])
def test_a_missing_file_is_noticed(tmp_path, file, complaint):
    make_tree(tmp_path, {name: text for name, text in GOOD_TREE.items() if name != file})
    assert [found for found in violations(tmp_path) if complaint in found]
