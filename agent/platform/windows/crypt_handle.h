// CryptoAPI's handles owned by std::unique_ptr. A leaked certificate keeps its store open, and nothing is
// written.
#pragma once

#include <memory>
#include <windows.h>

#include <wincrypt.h>

namespace wta::platform {

struct CloseStore {
    using pointer = HCERTSTORE;
    void operator()(HCERTSTORE store) const { ::CertCloseStore(store, 0); }
};
using CertificateStore = std::unique_ptr<void, CloseStore>;

struct FreeCertificate {
    void operator()(const CERT_CONTEXT* certificate) const { ::CertFreeCertificateContext(certificate); }
};
using CertificateContext = std::unique_ptr<const CERT_CONTEXT, FreeCertificate>;

struct FreeChainEngine {
    using pointer = HCERTCHAINENGINE;
    void operator()(HCERTCHAINENGINE engine) const { ::CertFreeCertificateChainEngine(engine); }
};
using ChainEngine = std::unique_ptr<void, FreeChainEngine>;

struct FreeChain {
    void operator()(const CERT_CHAIN_CONTEXT* chain) const { ::CertFreeCertificateChain(chain); }
};
using ChainContext = std::unique_ptr<const CERT_CHAIN_CONTEXT, FreeChain>;

} // namespace wta::platform
