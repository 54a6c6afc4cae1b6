#include "common/trust/named_store.h"

#include "common/base/utf.h"
#include "common/certificate/certificate.h"
#include "common/certificate/store_name.h"
#include "common/trust/observed_state.h"

#include <algorithm>
#include <utility>

namespace wta {
namespace {

constexpr std::string_view prefix = "store:";
constexpr std::size_t longest_name = 255; // of a registry key

std::unexpected<Error> refuse_source(std::string_view text, const std::string& why) {
    return refuse(ReasonCode::usage_error, "\"" + printable(text, 200) + "\" names no store: " + why);
}

// The digits of what Windows' certificate dialog shows: "01 23 ab", with an invisible mark in front when
// pasted.
std::string pasted_digits(std::string_view text) {
    std::string digits;
    for (std::size_t offset = 0; offset < text.size();) {
        const std::size_t start = offset;
        const auto character = next_character(text, offset);
        const bool separator = character == U' ' || character == U':' || character == U'\u00A0';
        const bool invisible = character && *character > U'\u00A0' && is_unprintable(*character);
        if (!separator && !invisible) digits += text.substr(start, offset - start);
    }
    return digits;
}

// What tells one certificate from another.
std::string one_line(const Bytes& der) {
    const std::string thumbprint = to_string(thumbprint_of(der));
    const auto certificate = parse_certificate(der);
    if (!certificate) return thumbprint + " (cannot be read)";
    return thumbprint + " (" + certificate->subject + ", " + to_rfc3339(certificate->not_before) + " to " +
           to_rfc3339(certificate->not_after) + ")";
}

std::string one_line_each(const std::vector<Bytes>& certificates) {
    std::string lines;
    for (const Bytes& der : certificates) lines += (lines.empty() ? "" : "; ") + one_line(der);
    return lines;
}

std::unexpected<Error> nothing_there(const StoreSource& source, const std::string& what) {
    return refuse(ReasonCode::not_in_store,
                  "The store " + printable(source.store) + " of this machine holds " + what + ".",
                  ErrorCode::not_found);
}

} // namespace

bool is_store_source(std::string_view text) { return text.starts_with(prefix); }

Result<StoreSource> parse_store_source(std::string_view text) {
    const std::string_view rest = text.substr(prefix.size());
    const std::size_t slash = rest.find('/');
    StoreSource source{.store = std::string(rest.substr(0, slash)), .thumbprint = {}};
    const bool plain = std::ranges::none_of(source.store, [](char c) { return c == '\\' || c == '\0'; });
    if (source.store.empty() || source.store.size() > longest_name || !plain)
        return refuse_source(text, "write store:NAME, as in store:WSUS");
    if (slash == std::string_view::npos) return source;
    source.thumbprint = thumbprint_from_hex(pasted_digits(rest.substr(slash + 1)));
    if (!source.thumbprint)
        return refuse_source(text, "after the / stands the SHA-1 thumbprint, 40 hexadecimal digits");
    return source;
}

Result<std::vector<Bytes>> read_named_store(Registry& registry, std::string_view store) {
    std::vector<Bytes> found;
    for (const Location location : all_locations) {
        const std::string key = certificates_key(store, location);
        auto listing = registry.list(key);
        if (!listing) return within_context("read store " + printable(store), listing.error());
        if (!*listing) continue;
        for (const std::string& name : (*listing)->subkeys) {
            auto blob = registry.get(key + "\\" + name, "Blob");
            if (!blob) return within_context("read store " + printable(store), blob.error());
            const auto stored = loaded_certificate(name, *blob);
            if (!stored) continue;
            Bytes der = to_bytes(stored->der());
            if (std::ranges::find(found, der) == found.end()) found.push_back(std::move(der));
        }
    }
    return found;
}

Result<Bytes> find_in_store(Registry& registry, const StoreSource& source) {
    auto certificates = read_named_store(registry, source.store);
    if (!certificates) return std::unexpected(certificates.error());
    if (certificates->empty()) return nothing_there(source, "no certificate");
    if (!source.thumbprint) {
        if (certificates->size() == 1) return std::move(certificates->front());
        return refuse(ReasonCode::usage_error,
                      "The store " + printable(source.store) +
                          " holds several certificates; write store:" + printable(source.store) +
                          "/THUMBPRINT with one of: " + one_line_each(*certificates));
    }
    for (Bytes& der : *certificates)
        if (thumbprint_of(der) == *source.thumbprint) return std::move(der);
    return nothing_there(source, "no certificate " + to_string(*source.thumbprint) + ", but " +
                                     one_line_each(*certificates));
}

} // namespace wta
