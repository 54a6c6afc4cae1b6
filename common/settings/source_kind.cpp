#include "common/settings/source_kind.h"

#include "common/base/utf.h"
#include "common/settings/web_address.h"

#include <algorithm>

namespace wta {

namespace {

std::unexpected<Error> refuse_location(std::string_view location, const std::string& why) {
    return refuse(ReasonCode::settings_invalid,
                  "\"" + printable(location, 200) + "\" is no usable source: " + why);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_slash(char c) { return c == '/' || c == '\\'; }

// What stands before the first ':' when it has the shape of a scheme (RFC 3986 3.1), in lower case; otherwise
// empty.
std::string scheme_of(std::string_view location) {
    std::string scheme(location.substr(0, location.find(':')));
    if (scheme.size() == location.size() || scheme.empty() || !is_letter(scheme.front())) return {};
    for (char& c : scheme) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (!is_letter(c) && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') return {};
    }
    return scheme;
}

// The first character that nobody sees, as an escape; nothing when there is none. Invalid UTF-8 counts.
std::optional<std::string> hidden_character(std::string_view text) {
    for (std::size_t offset = 0; offset < text.size();) {
        const std::size_t start = offset;
        const auto character = next_character(text, offset);
        if (!character || is_unprintable(*character)) return printable(text.substr(start, offset - start));
    }
    return std::nullopt;
}

Result<SourceKind> share_kind(std::string_view location) {
    const std::string_view rest = location.substr(2);
    if (rest.starts_with("?") || rest.starts_with("."))
        return refuse_location(
            location, R"(device paths (\\?\, \\.\) are not read; write C:\... or \\server\share\...)");
    const auto server_end = std::ranges::find_if(rest, is_slash);
    const auto share = server_end == rest.end() ? rest.end() : server_end + 1;
    const auto share_end = std::find_if(share, rest.end(), is_slash);
    if (server_end == rest.begin() || share == share_end || share_end == rest.end() ||
        share_end + 1 == rest.end())
        return refuse_location(location, R"(a share is written \\server\share\file)");
    return SourceKind::unc;
}

} // namespace

Result<SourceKind> source_kind(std::string_view location) {
    if (location.empty()) return refuse_location(location, "it is empty");
    if (const auto hidden = hidden_character(location))
        return refuse_location(location, "it contains " + *hidden +
                                             ", which cannot be seen; type it again instead of pasting it");
    if (location.front() == ' ' || location.back() == ' ')
        return refuse_location(location, "it starts or ends with a space");

    if (location.size() > 1 && is_slash(location[0]) && is_slash(location[1])) return share_kind(location);
    if (location[0] == '\\')
        return refuse_location(location,
                               R"(it starts with a single backslash; write C:\... or \\server\share\...)");

    const std::string scheme = scheme_of(location);
    if (scheme.size() == 1) {
        if (location.size() < 4 || !is_slash(location[2]))
            return refuse_location(
                location, R"(after the drive letter a full path is needed, as in C:\folder\file.cer)");
        return SourceKind::file;
    }
    if (scheme == "https" || scheme == "http") {
        const auto address = parse_web_address(location);
        if (!address) return std::unexpected(address.error());
        return address->https ? SourceKind::https : SourceKind::http;
    }
    if (scheme == "file") return refuse_location(location, "write the path itself, without file:");
    if (!scheme.empty())
        return refuse_location(location, "\"" + scheme +
                                             ":\" is not known; a source is https://, http://, a file or "
                                             R"(\\server\share\file)");
    return SourceKind::file;
}

} // namespace wta
