#include "agent/transport/system_trust.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/x509.h>

#include <array>
#include <filesystem>
#include <system_error>

namespace wta {
namespace {

// Folders with one root per file, found by the hash of its subject: Debian and SUSE, Fedora and RHEL, older
// RHEL.
constexpr std::array system_root_folders{"/etc/ssl/certs", "/etc/pki/ca-trust/extracted/pem/directory-hash",
                                         "/etc/pki/tls/certs"};

} // namespace

Result<void> trust_as_the_system(SSL_CTX* context) {
    X509_LOOKUP* lookup = X509_STORE_add_lookup(SSL_CTX_get_cert_store(context), X509_LOOKUP_hash_dir());
    bool found = false;
    for (const char* folder : system_root_folders) {
        std::error_code ignored;
        if (lookup == nullptr || !std::filesystem::is_directory(folder, ignored)) continue;
        found = X509_LOOKUP_add_dir(lookup, folder, X509_FILETYPE_PEM) == 1 || found;
    }
    if (!found) {
        return refuse(ReasonCode::tls_ca_file,
                      fmt::format("this system has no folder of roots for TLS (looked for {})",
                                  fmt::join(system_root_folders, ", ")));
    }
    return {};
}

std::optional<Error> system_refusal(const SSL* /*ssl*/) { return std::nullopt; }

} // namespace wta
