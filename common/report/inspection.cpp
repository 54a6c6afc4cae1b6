#include "common/report/inspection.h"

#include "common/base/hex.h"
#include "common/base/utf.h"
#include "common/certificate/container.h"
#include "common/certificate/placement.h"
#include "common/certificate/store_name.h"
#include "common/report/codes.h"
#include "common/report/status_report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>

namespace wta {
namespace {

namespace json = boost::json;

Reason reason_of(const Error& error) {
    return {error.reason.value_or(ReasonCode::not_a_certificate), error.message};
}

std::vector<std::string> stores_of(const Certificate& certificate) {
    std::vector<std::string> stores;
    if (place(certificate, true).root) stores.emplace_back(to_string(StoreName::root));
    stores.emplace_back(to_string(StoreName::trusted_publisher));
    return stores;
}

std::vector<std::string> usage_of(const Certificate& certificate) {
    std::vector<std::string> usage;
    if (certificate.usage_oids)
        for (const std::string& oid : *certificate.usage_oids) usage.push_back(usage_name(oid));
    return usage;
}

Finding as_finding(const Reason& reason) { return {.code = reason.code, .detail = reason.message}; }

json::array reasons(const std::vector<Reason>& list) {
    json::array out;
    for (const Reason& reason : list)
        out.push_back(json::object{{"code", info(reason.code).name},
                                   {"message", to_report(as_finding(reason)).message},
                                   {"remedy", info(reason.code).remedy}});
    return out;
}

json::array texts(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }

// The exceptions that would admit it; nothing when something else is wrong too.
std::optional<std::vector<std::string>> helpful_exceptions(const Inspection& inspection) {
    std::vector<std::string> names;
    for (const Reason& reason : inspection.refusals) {
        const bool allowable = reason.code == ReasonCode::expired || reason.code == ReasonCode::no_eku ||
                               reason.code == ReasonCode::ca_certificate;
        if (!allowable) return std::nullopt;
        names.emplace_back(info(reason.code).name);
    }
    return names;
}

// Settings refuse a source with characters that nobody sees, and terminals may obey them.
bool can_be_pasted(const std::string& source) {
    return !source.empty() && printable(source, std::numeric_limits<std::size_t>::max()) == source;
}

// A YAML 1.2 plain scalar where that is safe, otherwise a single-quoted one.
std::string yaml_scalar(const std::string& text) {
    const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return letter || std::string_view("/:._-~%\\").find(c) != std::string_view::npos;
    });
    if (plain && !text.ends_with(':') && !text.starts_with('-') && !text.starts_with('%')) return text;
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    return quoted + "'";
}

std::vector<TableRow> rows(const Inspection& inspection) {
    std::vector<TableRow> rows;
    const auto row = [&rows](std::string name, std::string value) {
        rows.push_back({Color::none, {std::move(name), std::move(value)}, {}});
    };
    row("source", printable(inspection.source));
    if (inspection.sha256) row("sha256", to_string(*inspection.sha256));
    if (!inspection.certificate) return rows;
    const Certificate& certificate = *inspection.certificate;
    const std::vector<std::string> usage = usage_of(certificate);
    row("thumbprint", to_string(certificate.thumbprint));
    row("subject", certificate.subject);
    row("issued by", certificate.self_signed() ? "itself (self-signed)" : certificate.issuer);
    row("valid",
        fmt::format("{} to {}", to_rfc3339(certificate.not_before), to_rfc3339(certificate.not_after)));
    row("usage",
        usage.empty() ? "all purposes (no extended key usage)" : fmt::format("{}", fmt::join(usage, ", ")));
    row("key", certificate.key.name);
    row("signature", certificate.signature.name);
    return rows;
}

void add_reasons(std::string& out, const std::vector<Reason>& list, Color color, const TextStyle& style) {
    for (const Reason& reason : list) {
        const CodeInfo& row = info(reason.code);
        out += painted(fmt::format("  {}\n", row.name), color, style);
        out += wrapped(to_report(as_finding(reason)).message, 4, style);
        out += wrapped(fmt::format("Do: {}", row.remedy), 4, style);
    }
}

} // namespace

Inspection inspect_bytes(ByteView input, std::string source, std::string settings_source, Timestamp now) {
    Inspection inspection{std::move(source), std::move(settings_source), {}, {}, {}, {}};
    Result<Bytes> der = unwrap_certificate(input);
    if (!der) {
        inspection.refusals.push_back(reason_of(der.error()));
        return inspection;
    }
    inspection.sha256 = sha256_of(*der);
    Result<Certificate> certificate = parse_certificate(*der);
    if (!certificate) {
        inspection.refusals.push_back(reason_of(certificate.error()));
        return inspection;
    }
    Admission admission = admit(*certificate, {}, now);
    inspection.refusals = std::move(admission.refusals);
    inspection.warnings = std::move(admission.warnings);
    inspection.certificate = std::move(*certificate);
    return inspection;
}

std::string settings_lines(const Inspection& inspection) {
    const auto exceptions = helpful_exceptions(inspection);
    if (!inspection.certificate || !exceptions) return {};
    std::string lines = fmt::format("certificates:\n  - sha256: {}\n", to_string(*inspection.sha256));
    lines += !can_be_pasted(inspection.settings_source)
                 ? fmt::format("    der: {}\n", to_base64(inspection.certificate->der))
                 : fmt::format("    source: {}\n", yaml_scalar(inspection.settings_source));
    if (!exceptions->empty()) lines += fmt::format("    allow: [{}]\n", fmt::join(*exceptions, ", "));
    return lines;
}

boost::json::value to_json(const Inspection& inspection) {
    json::object out{{"source", printable(inspection.source)},
                     {"sha256", nullptr},
                     {"thumbprint", nullptr},
                     {"subject", nullptr},
                     {"issuer", nullptr},
                     {"notBefore", nullptr},
                     {"notAfter", nullptr},
                     {"selfSigned", nullptr},
                     {"usage", json::array()},
                     {"key", nullptr},
                     {"signature", nullptr},
                     {"admitted", inspection.admitted()},
                     {"stores", json::array()},
                     {"reasons", reasons(inspection.refusals)},
                     {"warnings", reasons(inspection.warnings)},
                     {"settings", nullptr}};
    if (inspection.sha256) out["sha256"] = to_string(*inspection.sha256);
    if (!inspection.certificate) return out;
    const Certificate& certificate = *inspection.certificate;
    out["thumbprint"] = to_string(certificate.thumbprint);
    out["subject"] = certificate.subject;
    out["issuer"] = certificate.issuer;
    out["notBefore"] = to_rfc3339(certificate.not_before);
    out["notAfter"] = to_rfc3339(certificate.not_after);
    out["selfSigned"] = certificate.self_signed();
    out["usage"] = texts(usage_of(certificate));
    out["key"] = certificate.key.name;
    out["signature"] = certificate.signature.name;
    if (inspection.admitted()) out["stores"] = texts(stores_of(certificate));
    if (const std::string lines = settings_lines(inspection); !lines.empty()) out["settings"] = lines;
    return out;
}

std::string verdict_text(const Inspection& inspection, const TextStyle& style) {
    std::string out = table({"", ""}, rows(inspection), style);
    out += "\n";
    if (inspection.admitted())
        out += wrapped(
            painted("Would be admitted", Color::good, style) +
                fmt::format(", and placed into {}.", fmt::join(stores_of(*inspection.certificate), " and ")),
            0, style);
    else
        out +=
            painted(inspection.certificate ? "Would be refused:\n" : "Cannot be used:\n", Color::bad, style);
    add_reasons(out, inspection.refusals, Color::bad, style);
    add_reasons(out, inspection.warnings, Color::warn, style);
    return out;
}

std::string to_text(const Inspection& inspection, const TextStyle& style) {
    std::string out = verdict_text(inspection, style);
    const std::string lines = settings_lines(inspection);
    if (lines.empty()) return out;
    if (inspection.admitted())
        out += wrapped("Next: 'wsus-trust-agent pack' writes everything to roll it out, for Group Policy, "
                       "Intune, ConfigMgr and the MSI. Or by hand:",
                       0, style);
    out +=
        wrapped(inspection.admitted() && inspection.settings_source.empty()
                    ? "If this machine is the publishing server, put into agent.yaml of every client:"
                : inspection.admitted()
                    ? "Compare the sha256 with the certificate on the publishing server. If it is the same, "
                      "put into agent.yaml:"
                    : "Only if you know this certificate and accept what is said above, put into agent.yaml:",
                0, style);
    return out + "\n" + lines;
}

} // namespace wta
