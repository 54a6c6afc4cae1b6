// Key paths of the Registry port: parts separated by '\', compared without regard to case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wta {

// Upper case of the ASCII letters only. Windows also folds other letters; no name that we look for has any,
// and a name that differs from them in such a letter only is another name for us.
[[nodiscard]] inline std::string fold_case(std::string_view name) {
    std::string folded(name);
    for (char& c : folded) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return folded;
}

// Empty parts are left out, so "" and "\" are the root and "a\" is "a".
[[nodiscard]] inline std::vector<std::string_view> split_key_path(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const std::size_t end = path.find('\\');
        const std::string_view part = path.substr(0, end);
        if (!part.empty()) parts.push_back(part);
        if (end == std::string_view::npos) break;
        path.remove_prefix(end + 1);
    }
    return parts;
}

} // namespace wta
