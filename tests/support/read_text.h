// Files of the repository, as text; tests run in its top folder.
#pragma once

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace wta::test {

// Throws std::runtime_error when there is none. Line ends are "\n".
[[nodiscard]] inline std::string read_text(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("there is no " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

[[nodiscard]] inline std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

} // namespace wta::test
