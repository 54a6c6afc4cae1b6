#include "agent/platform/server_chain.h"

#include "agent/platform/windows/chain_status.h"
#include "agent/platform/windows/crypt_handle.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <winhttp.h>

namespace wta::platform {
namespace {

constexpr DWORD encoding = X509_ASN_ENCODING;

std::unexpected<Error> not_asked(std::string_view doing, DWORD number) {
    return refuse(ReasonCode::tls_failed,
                  fmt::format("Windows cannot judge the server's certificate: {}: {}", doing,
                              describe_windows_error(number)),
                  ErrorCode::io, static_cast<int>(number));
}

// The certificates that the server sent, as a store in memory, and the first of them as the one to judge.
struct Sent {
    CertificateStore store;
    CertificateContext server;
};

Result<Sent> take(const std::vector<Bytes>& sent) {
    CertificateStore store(::CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, nullptr));
    if (!store) return not_asked("open a store in memory", ::GetLastError());
    CertificateContext server;
    for (const Bytes& der : sent) {
        const CERT_CONTEXT* added = nullptr;
        const BOOL taken = ::CertAddEncodedCertificateToStore(
            store.get(), encoding, reinterpret_cast<const BYTE*>(der.data()), static_cast<DWORD>(der.size()),
            CERT_STORE_ADD_ALWAYS, &added);
        const DWORD number = ::GetLastError();
        CertificateContext certificate(added);
        if (taken == FALSE) return not_asked("read what the server sent", number);
        if (!server) server = std::move(certificate);
    }
    if (!server) return not_asked("read what the server sent", ERROR_NO_DATA);
    return Sent{std::move(store), std::move(server)};
}

// With the machine's own engine: the default one also believes the roots of the user.
Result<ChainContext> build_chain(const Sent& sent) {
    std::array<char, sizeof(szOID_PKIX_KP_SERVER_AUTH)> server_authentication{};
    std::ranges::copy(std::string_view(szOID_PKIX_KP_SERVER_AUTH), server_authentication.begin());
    std::array<LPSTR, 1> usages{server_authentication.data()};
    CERT_CHAIN_PARA wanted{};
    wanted.cbSize = sizeof wanted;
    wanted.RequestedUsage.dwType = USAGE_MATCH_TYPE_AND;
    wanted.RequestedUsage.Usage = {static_cast<DWORD>(usages.size()), usages.data()};
    const CERT_CHAIN_CONTEXT* chain = nullptr;
    const BOOL built =
        ::CertGetCertificateChain(HCCE_LOCAL_MACHINE, sent.server.get(), nullptr, sent.store.get(), &wanted,
                                  CERT_CHAIN_DISABLE_AIA, nullptr, &chain);
    const DWORD number = ::GetLastError();
    if (built == FALSE) return not_asked("build the chain", number);
    ChainContext context(chain);
    if (context->cChain == 0 || context->rgpChain[0]->cElement == 0)
        return not_asked("build the chain", ERROR_NO_DATA);
    return context;
}

// The elements of the chain, the server's own certificate first.
std::span<PCERT_CHAIN_ELEMENT> elements(const CERT_CHAIN_CONTEXT& chain) {
    const CERT_SIMPLE_CHAIN& simple = *chain.rgpChain[0];
    return {simple.rgpElement, simple.cElement};
}

Bytes der_of(const CERT_CONTEXT& certificate) {
    const auto* begin = reinterpret_cast<const std::byte*>(certificate.pbCertEncoded);
    return {begin, begin + certificate.cbCertEncoded};
}

// Empty on a machine where nothing was ever distrusted: there it has no such store.
Result<CertificateStore> disallowed_store() {
    CertificateStore store(::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                                           CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG |
                                               CERT_STORE_OPEN_EXISTING_FLAG,
                                           L"Disallowed"));
    const DWORD number = ::GetLastError();
    if (!store && number != ERROR_FILE_NOT_FOUND) return not_asked("open the store Disallowed", number);
    return store;
}

bool is_in(HCERTSTORE store, const CERT_CONTEXT& certificate) {
    std::array<BYTE, 20> thumbprint{};
    DWORD size = thumbprint.size();
    if (::CertGetCertificateContextProperty(&certificate, CERT_SHA1_HASH_PROP_ID, thumbprint.data(), &size) ==
        FALSE)
        return true;
    CRYPT_HASH_BLOB wanted{size, thumbprint.data()};
    const CertificateContext found(
        ::CertFindCertificateInStore(store, encoding, 0, CERT_FIND_SHA1_HASH, &wanted, nullptr));
    return found != nullptr;
}

// Whether a usage limit that an administrator (or this program) set on the entry in the store leaves servers
// out.
bool limited_to_others(const CERT_CONTEXT& certificate) {
    DWORD size = 0;
    const BOOL limited =
        ::CertGetEnhancedKeyUsage(&certificate, CERT_FIND_PROP_ONLY_ENHKEY_USAGE_FLAG, nullptr, &size);
    const DWORD number = ::GetLastError();
    if (limited == FALSE) return number != static_cast<DWORD>(CRYPT_E_NOT_FOUND);
    Bytes buffer(size); // a structure with pointers into itself
    auto* usage = reinterpret_cast<CERT_ENHKEY_USAGE*>(buffer.data());
    if (::CertGetEnhancedKeyUsage(&certificate, CERT_FIND_PROP_ONLY_ENHKEY_USAGE_FLAG, usage, &size) == FALSE)
        return true;
    const std::span<LPSTR> allowed(usage->rgpszUsageIdentifier, usage->cUsageIdentifier);
    return std::ranges::none_of(allowed, [](const char* oid) {
        return std::strcmp(oid, szOID_PKIX_KP_SERVER_AUTH) == 0 ||
               std::strcmp(oid, szOID_ANY_ENHANCED_KEY_USAGE) == 0;
    });
}

// Windows' engine says both of these itself; said again because not every engine does (Wine's does not).
std::optional<ChainObjection> store_objection(std::span<PCERT_CHAIN_ELEMENT> chain, HCERTSTORE disallowed) {
    for (std::size_t depth = 0; depth < chain.size(); ++depth) {
        const CERT_CONTEXT& certificate = *chain[depth]->pCertContext;
        if (disallowed != nullptr && is_in(disallowed, certificate))
            return ChainObjection{ChainFlaw::distrusted, depth, "it is in the store Disallowed"};
        if (limited_to_others(certificate))
            return ChainObjection{ChainFlaw::wrong_usage, depth, "its usage in the store leaves servers out"};
    }
    return std::nullopt;
}

// The first certificate that has the flaw; the last one, where the flaw is that nothing follows it.
std::size_t depth_of(std::span<PCERT_CHAIN_ELEMENT> chain, ChainFlaw flaw) {
    if (flaw == ChainFlaw::unknown_issuer || flaw == ChainFlaw::untrusted_root) return chain.size() - 1;
    for (std::size_t depth = 0; depth < chain.size(); ++depth)
        if (flaw_of_trust_status(chain[depth]->TrustStatus.dwErrorStatus) == flaw) return depth;
    return 0;
}

std::optional<ChainObjection> engine_objection(const CERT_CHAIN_CONTEXT& chain) {
    const DWORD status = chain.TrustStatus.dwErrorStatus;
    const auto flaw = flaw_of_trust_status(status);
    if (!flaw) return std::nullopt;
    return ChainObjection{*flaw, depth_of(elements(chain), *flaw),
                          fmt::format("chain status {:#010x}", status)};
}

std::optional<ChainObjection> policy_objection(const CERT_CHAIN_CONTEXT& chain,
                                               const std::optional<std::string>& host) {
    std::wstring server_name = host ? to_wide(*host) : std::wstring();
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA server{};
    server.cbSize = sizeof server;
    server.dwAuthType = AUTHTYPE_SERVER;
    if (host)
        server.pwszServerName = server_name.data();
    else
        server.fdwChecks = SECURITY_FLAG_IGNORE_CERT_CN_INVALID;
    CERT_CHAIN_POLICY_PARA policy{};
    policy.cbSize = sizeof policy;
    policy.pvExtraPolicyPara = &server;
    CERT_CHAIN_POLICY_STATUS status{};
    status.cbSize = sizeof status;
    const BOOL asked = ::CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, &chain, &policy, &status);
    const DWORD number = asked == FALSE ? ::GetLastError() : status.dwError;
    const auto flaw = asked == FALSE ? ChainFlaw::other : flaw_of_policy_error(status.dwError);
    if (!flaw) return std::nullopt;
    const std::size_t depth = status.lElementIndex > 0 ? static_cast<std::size_t>(status.lElementIndex) : 0;
    return ChainObjection{*flaw, std::min(depth, elements(chain).size() - 1), describe_windows_error(number)};
}

} // namespace

Result<ServerChain> judge_server_chain(const std::vector<Bytes>& sent,
                                       const std::optional<std::string>& host) {
    auto taken = take(sent);
    if (!taken) return std::unexpected(std::move(taken).error());
    const auto disallowed = disallowed_store();
    if (!disallowed) return std::unexpected(disallowed.error());
    const auto chain = build_chain(*taken);
    if (!chain) return std::unexpected(chain.error());

    ServerChain judged;
    for (const PCERT_CHAIN_ELEMENT element : elements(**chain))
        judged.certificates.push_back(der_of(*element->pCertContext));
    judged.objection = store_objection(elements(**chain), disallowed->get());
    if (!judged.objection) judged.objection = engine_objection(**chain);
    if (!judged.objection) judged.objection = policy_objection(**chain, host);
    return judged;
}

} // namespace wta::platform
