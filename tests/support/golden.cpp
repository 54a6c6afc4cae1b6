#include "tests/support/golden.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace wta::test {

std::string golden_difference(const std::string& name, const std::string& text) {
    const std::string path = "tests/unit/report/golden/" + name; // tests run in the source folder
    const char* update = std::getenv("WSUS_TRUST_AGENT_UPDATE_GOLDEN");
    if (update != nullptr && std::string(update) == "1") {
        std::ofstream(path, std::ios::binary) << text;
        return {};
    }
    std::ifstream file(path, std::ios::binary);
    const std::string expected{std::istreambuf_iterator<char>(file), {}};
    if (expected == text) return {};
    std::istringstream want(expected);
    std::istringstream have(text);
    for (std::string a, b;;) {
        const bool more_a = static_cast<bool>(std::getline(want, a));
        const bool more_b = static_cast<bool>(std::getline(have, b));
        if (!more_a && !more_b) return path + ": differs in line ends";
        if (!more_a || !more_b || a != b)
            return path + "\n  expected: " + (more_a ? a : "(end)") +
                   "\n  is:       " + (more_b ? b : "(end)");
    }
}

} // namespace wta::test
