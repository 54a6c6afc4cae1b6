#include "common/certificate/usage.h"

#include "common/certificate/der_form.h"
#include "common/certificate/x509_access.h"

#include <algorithm>
#include <array>
#include <utility>

namespace wta {
namespace {

struct NamedUsage {
    std::string_view oid;
    std::string_view name;
};

// The names under which Windows' certificate dialogs show them.
constexpr std::array named_usages{
    NamedUsage{code_signing_oid, "Code Signing"},
    NamedUsage{any_usage_oid, "Any Purpose"},
    NamedUsage{"1.3.6.1.5.5.7.3.1", "Server Authentication"},
    NamedUsage{"1.3.6.1.5.5.7.3.2", "Client Authentication"},
    NamedUsage{"1.3.6.1.5.5.7.3.4", "Secure Email"},
    NamedUsage{"1.3.6.1.5.5.7.3.5", "IP Security End System"},
    NamedUsage{"1.3.6.1.5.5.7.3.6", "IP Security Tunnel Termination"},
    NamedUsage{"1.3.6.1.5.5.7.3.7", "IP Security User"},
    NamedUsage{"1.3.6.1.5.5.7.3.8", "Time Stamping"},
    NamedUsage{"1.3.6.1.5.5.7.3.9", "OCSP Signing"},
    NamedUsage{"1.3.6.1.4.1.311.2.1.21", "Individual Code Signing"},
    NamedUsage{"1.3.6.1.4.1.311.2.1.22", "Commercial Code Signing"},
    NamedUsage{"1.3.6.1.4.1.311.10.3.1", "Microsoft Trust List Signing"},
    NamedUsage{"1.3.6.1.4.1.311.10.3.3", "Server Gated Cryptography (Microsoft)"},
    NamedUsage{"1.3.6.1.4.1.311.10.3.4", "Encrypting File System"},
    NamedUsage{"1.3.6.1.4.1.311.10.3.5", "Windows Hardware Driver Verification"},
    NamedUsage{"1.3.6.1.4.1.311.10.3.6", "Windows System Component Verification"},
    NamedUsage{"1.3.6.1.4.1.311.10.3.12", "Document Signing"},
    NamedUsage{"1.3.6.1.4.1.311.10.3.13", "Lifetime Signing"},
    NamedUsage{"1.3.6.1.4.1.311.20.2.2", "Smart Card Logon"},
    NamedUsage{"2.16.840.1.113730.4.1", "Server Gated Cryptography (Netscape)"},
};

} // namespace

std::string usage_name(std::string_view oid) {
    const auto found = std::ranges::find(named_usages, oid, &NamedUsage::oid);
    return std::string(found == named_usages.end() ? oid : found->name);
}

std::optional<std::vector<std::string>> decode_usages(ByteView der) {
    if (!is_der(der)) return std::nullopt; // one element, with nothing behind it
    const ErrorQueueGuard guard;
    const unsigned char* position = as_uchar(der);
    const std::unique_ptr<EXTENDED_KEY_USAGE, Free<EXTENDED_KEY_USAGE_free>> usages(
        d2i_EXTENDED_KEY_USAGE(nullptr, &position, static_cast<long>(der.size())));
    if (!usages) return std::nullopt;

    std::vector<std::string> oids;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
        auto oid = dotted(sk_ASN1_OBJECT_value(usages.get(), i));
        if (!oid) return std::nullopt;
        oids.push_back(std::move(*oid));
    }
    return oids;
}

std::optional<std::vector<std::string>> decode_application_policies(ByteView der) {
    if (!is_der(der)) return std::nullopt; // one element, with nothing behind it
    const ErrorQueueGuard guard;
    const unsigned char* position = as_uchar(der);
    const std::unique_ptr<CERTIFICATEPOLICIES, Free<CERTIFICATEPOLICIES_free>> policies(
        d2i_CERTIFICATEPOLICIES(nullptr, &position, static_cast<long>(der.size())));
    if (!policies) return std::nullopt;

    std::vector<std::string> oids;
    for (int i = 0; i < sk_POLICYINFO_num(policies.get()); ++i) {
        auto oid = dotted(sk_POLICYINFO_value(policies.get(), i)->policyid);
        if (!oid) return std::nullopt;
        oids.push_back(std::move(*oid));
    }
    return oids;
}

} // namespace wta
