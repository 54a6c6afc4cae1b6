#include "agent/endpoint/live_chain.h"

#include "agent/platform/windows/crypt_handle.h"
#include "agent/platform/windows/os_error.h"
#include "common/certificate/certificate.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fmt/format.h>
#include <span>
#include <utility>

namespace wta {
namespace {

using platform::CertificateContext;
using platform::CertificateStore;
using platform::ChainContext;
using platform::ChainEngine;

constexpr DWORD encodings = X509_ASN_ENCODING | PKCS_7_ASN_ENCODING;

// CERT_TRUST_IS_NOT_TIME_NESTED: RFC 5280 asks for no nesting, and Windows' policies do not either.
constexpr std::uint32_t no_flaws = CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION |
                                   CERT_TRUST_IS_NOT_TIME_NESTED | CERT_TRUST_NO_ISSUANCE_CHAIN_POLICY;

// FILETIME counts 100 ns since 1601-01-01.
constexpr std::int64_t ticks_per_second = 10'000'000;
constexpr std::chrono::sys_days filetime_epoch{std::chrono::year{1601} / 1 / 1};

Timestamp to_timestamp(const FILETIME& time) {
    const std::uint64_t ticks = (std::uint64_t{time.dwHighDateTime} << 32U) | time.dwLowDateTime;
    return filetime_epoch + std::chrono::seconds(static_cast<std::int64_t>(ticks) / ticks_per_second);
}

FILETIME to_filetime(Timestamp time) {
    const auto ticks = static_cast<std::uint64_t>((time - filetime_epoch).count() * ticks_per_second);
    return {.dwLowDateTime = static_cast<DWORD>(ticks & 0xFFFF'FFFFU),
            .dwHighDateTime = static_cast<DWORD>(ticks >> 32U)};
}

// An allowed expired certificate still needs its chain, for time-stamped signatures.
FILETIME time_inside(const CERT_INFO& validity, Timestamp now) {
    const Timestamp last = to_timestamp(validity.NotAfter) - std::chrono::seconds{1};
    return to_filetime(std::max(to_timestamp(validity.NotBefore), std::min(now, last)));
}

CertificateContext make_context(ByteView der) {
    return CertificateContext(::CertCreateCertificateContext(
        encodings, reinterpret_cast<const BYTE*>(der.data()), static_cast<DWORD>(der.size())));
}

ByteView der_of(const CERT_CONTEXT& context) {
    return std::as_bytes(std::span(context.pbCertEncoded, context.cbCertEncoded));
}

// The engines that Windows keeps ready may not have seen what was added to a store a moment ago.
// The structure ends before hExclusiveRoot, as on Windows before 7: older implementations refuse the longer
// one.
Result<ChainEngine> make_engine() {
    CERT_CHAIN_ENGINE_CONFIG config{};
    config.cbSize = offsetof(CERT_CHAIN_ENGINE_CONFIG, hExclusiveRoot);
    config.dwFlags = CERT_CHAIN_USE_LOCAL_MACHINE_STORE | CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL;
    HCERTCHAINENGINE engine = nullptr;
    const BOOL made = ::CertCreateCertificateChainEngine(&config, &engine);
    const DWORD number = ::GetLastError();
    if (made == FALSE) return platform::windows_failure("make a chain engine", number);
    return ChainEngine(engine);
}

CertificateStore store_of(const std::vector<Bytes>& certificates) {
    CertificateStore store(
        ::CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, nullptr));
    for (const Bytes& der : certificates) // one that cannot be read is left out
        ::CertAddEncodedCertificateToStore(store.get(), encodings, reinterpret_cast<const BYTE*>(der.data()),
                                           static_cast<DWORD>(der.size()), CERT_STORE_ADD_USE_EXISTING,
                                           nullptr);
    return store;
}

Result<ChainContext> build(const CERT_CONTEXT& leaf, HCERTSTORE others, Timestamp now) {
    const auto engine = make_engine();
    if (!engine) return std::unexpected(engine.error());
    std::string code_signing = szOID_PKIX_KP_CODE_SIGNING;
    std::array<char*, 1> usages{code_signing.data()};
    CERT_CHAIN_PARA parameters{};
    parameters.cbSize = sizeof parameters;
    parameters.RequestedUsage.dwType = USAGE_MATCH_TYPE_AND;
    parameters.RequestedUsage.Usage = {.cUsageIdentifier = 1, .rgpszUsageIdentifier = usages.data()};
    FILETIME time = time_inside(*leaf.pCertInfo, now);
    constexpr DWORD without_network = CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL |
                                      CERT_CHAIN_DISABLE_AUTH_ROOT_AUTO_UPDATE | CERT_CHAIN_DISABLE_AIA;
    const CERT_CHAIN_CONTEXT* chain = nullptr;
    const BOOL built = ::CertGetCertificateChain(engine->get(), &leaf, &time, others, &parameters,
                                                 without_network, nullptr, &chain);
    const DWORD number = ::GetLastError();
    if (built == FALSE) return platform::windows_failure("build the chain", number);
    return ChainContext(chain);
}

// Without the leaf, in order.
std::vector<Bytes> issuers_in(const CERT_CHAIN_CONTEXT& chain) {
    std::vector<Bytes> issuers;
    for (const CERT_SIMPLE_CHAIN* simple : std::span(chain.rgpChain, chain.cChain))
        for (const CERT_CHAIN_ELEMENT* element : std::span(simple->rgpElement, simple->cElement))
            issuers.push_back(to_bytes(der_of(*element->pCertContext)));
    if (!issuers.empty()) issuers.erase(issuers.begin());
    return issuers;
}

std::string subject_of(ByteView der) {
    const auto parsed = parse_certificate(der);
    return parsed ? parsed->subject : "a certificate that cannot be read";
}

ChainVerdict verdict_on(const CERT_CHAIN_CONTEXT& chain, ByteView leaf, const ChainStores& stores) {
    const std::vector<Bytes> issuers = issuers_in(chain);
    const auto distrusted = std::ranges::find_if(
        issuers, [&stores](const Bytes& der) { return stores.distrusted.contains(sha256_of(der)); });
    if (distrusted != issuers.end())
        return {ChainStatus::issuer_not_trusted,
                fmt::format("the chain goes through '{}', which is distrusted", subject_of(*distrusted))};
    const std::uint32_t status = chain.TrustStatus.dwErrorStatus;
    const std::string last = subject_of(issuers.empty() ? leaf : ByteView(issuers.back()));
    const ChainStatus meaning = status_of_trust(status);
    switch (meaning) {
    case ChainStatus::trusted: return {meaning, fmt::format("the chain ends in the trusted root '{}'", last)};
    case ChainStatus::issuer_not_found:
        return {meaning, fmt::format("the issuer of '{}' is in no store of this machine", last)};
    case ChainStatus::issuer_not_trusted:
        return {meaning, fmt::format("the chain up to '{}' {}", last, describe_trust(status))};
    }
    std::unreachable();
}

struct Flaw {
    std::uint32_t bit;
    std::string_view words;
};

// The gravest first.
constexpr std::array flaws{
    Flaw{CERT_TRUST_IS_EXPLICIT_DISTRUST, "goes through a certificate that this machine distrusts"},
    Flaw{CERT_TRUST_IS_REVOKED, "goes through a revoked certificate"},
    Flaw{CERT_TRUST_IS_NOT_SIGNATURE_VALID, "breaks at a signature that does not verify"},
    Flaw{CERT_TRUST_IS_CYCLIC, "runs in a circle"},
    Flaw{CERT_TRUST_IS_UNTRUSTED_ROOT, "ends in a root that is in neither Root nor AuthRoot"},
    Flaw{CERT_TRUST_IS_NOT_VALID_FOR_USAGE, "is not good for Code Signing"},
    Flaw{CERT_TRUST_IS_NOT_TIME_VALID, "goes through a certificate that is not valid at that time"},
    Flaw{CERT_TRUST_INVALID_BASIC_CONSTRAINTS, "goes through a certificate that may not issue others"},
    Flaw{CERT_TRUST_HAS_WEAK_SIGNATURE, "goes through a signature that is too weak"},
};

} // namespace

ChainStatus status_of_trust(std::uint32_t error_status) {
    const std::uint32_t found = error_status & ~no_flaws;
    if (found == 0) return ChainStatus::trusted;
    return found == CERT_TRUST_IS_PARTIAL_CHAIN ? ChainStatus::issuer_not_found
                                                : ChainStatus::issuer_not_trusted;
}

std::string describe_trust(std::uint32_t error_status) {
    const std::uint32_t found = error_status & ~no_flaws;
    if (found == 0) return {};
    const auto gravest =
        std::ranges::find_if(flaws, [found](const Flaw& flaw) { return (found & flaw.bit) != 0; });
    if (gravest != flaws.end()) return std::string(gravest->words);
    return fmt::format("has a flaw that Windows calls 0x{:08X}", found);
}

ChainVerdict judge_live_chain(ByteView leaf, const ChainStores& stores, Timestamp now) {
    const CertificateContext context = make_context(leaf);
    if (!context) return {ChainStatus::issuer_not_trusted, "the certificate itself cannot be read"};
    const CertificateStore others = store_of(stores.intermediates);
    const auto chain = build(*context, others.get(), now);
    if (!chain)
        return {ChainStatus::issuer_not_trusted,
                "Windows could not judge the chain: " + chain.error().message};
    return verdict_on(**chain, leaf, stores);
}

} // namespace wta
