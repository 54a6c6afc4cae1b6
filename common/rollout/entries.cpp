#include "common/rollout/entries.h"

#include "common/base/hex.h"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wta {
namespace {

// A ';' ends a part and a '%' begins a code; nothing else is encoded.
std::string encoded(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '%')
            out += "%25";
        else if (c == ';')
            out += "%3B";
        else
            out += c;
    }
    return out;
}

std::string policy_entry(const RolloutCertificate& one, std::string_view note) {
    std::string entry =
        fmt::format("sha256={};der={}", to_string(one.certificate.sha256), to_base64(one.certificate.der));
    if (const std::string allow = exception_names(one.allow, ","); !allow.empty()) entry += ";allow=" + allow;
    if (!note.empty()) entry += ";note=" + encoded(note);
    return entry;
}

// A single-quoted YAML scalar ends only in a single quote of its own, which is written twice.
std::string yaml_text(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + "'";
}

} // namespace

std::vector<std::string> exception_names(const Exceptions& allow) {
    std::vector<std::string> names;
    if (allow.expired) names.emplace_back("expired");
    if (allow.no_eku) names.emplace_back("no_eku");
    if (allow.ca_certificate) names.emplace_back("ca_certificate");
    return names;
}

std::string exception_names(const Exceptions& allow, std::string_view separator) {
    return fmt::format("{}", fmt::join(exception_names(allow), separator));
}

std::vector<std::string> policy_entries(const Rollout& rollout) {
    std::vector<std::string> entries;
    for (const RolloutCertificate& one : rollout.certificates)
        entries.push_back(policy_entry(one, rollout.note));
    return entries;
}

std::string installer_property(const Rollout& rollout) {
    std::vector<std::string> entries;
    for (const RolloutCertificate& one : rollout.certificates) entries.push_back(policy_entry(one, {}));
    return fmt::format("{}", fmt::join(entries, "|"));
}

std::string settings_file(const Rollout& rollout) {
    std::string text =
        "# Written by 'wsus-trust-agent pack'. The certificates come along: no network is needed.\n"
        "certificates:\n";
    for (const RolloutCertificate& one : rollout.certificates) {
        const Certificate& certificate = one.certificate;
        text += fmt::format("  # {}\n", certificate.subject);
        text += fmt::format("  # valid to {}\n", to_rfc3339(certificate.not_after));
        text += fmt::format("  - sha256: {}\n    der: {}\n", to_string(certificate.sha256),
                            to_base64(certificate.der));
        if (const std::string allow = exception_names(one.allow, ", "); !allow.empty())
            text += fmt::format("    allow: [{}]\n", allow);
        if (!rollout.note.empty()) text += fmt::format("    note: {}\n", yaml_text(rollout.note));
    }
    return text;
}

} // namespace wta
