// OpenSSL's objects owned by std::unique_ptr.
#pragma once

#include <openssl/x509.h>

#include <memory>

namespace wta {

template <auto release>
struct FreedBy {
    template <class T>
    void operator()(T* object) const {
        release(object);
    }
};

template <class T, auto release>
using OpensslHandle = std::unique_ptr<T, FreedBy<release>>;

struct FreeCertificates {
    void operator()(STACK_OF(X509) * certificates) const { sk_X509_pop_free(certificates, &X509_free); }
};
using Certificates = std::unique_ptr<STACK_OF(X509), FreeCertificates>;

} // namespace wta
