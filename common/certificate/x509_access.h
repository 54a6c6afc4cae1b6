// OpenSSL's X.509 objects for the files of this folder: handles, and their parts as plain values.
#pragma once

#include "common/base/bytes.h"
#include "common/base/time.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <optional>
#include <string>

namespace wta {

template <auto free_function>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free_function(object);
    }
};

using X509Handle = std::unique_ptr<X509, Free<X509_free>>;

// OpenSSL keeps a queue of errors per thread: what a hostile certificate left there must not be read as the
// error of a later call, least of all of a TLS connection.
class ErrorQueueGuard {
public:
    ErrorQueueGuard() = default;
    ErrorQueueGuard(const ErrorQueueGuard&) = delete;
    ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
    ~ErrorQueueGuard();
};

// The certificate at the start of `der`, and how many bytes it takes up; null when there is none.
struct ParsedX509 {
    X509Handle x509;
    std::size_t size = 0;
};
[[nodiscard]] ParsedX509 parse_x509(ByteView der);

// The bytes as they were parsed: OpenSSL keeps them.
[[nodiscard]] Bytes encoding_of(const X509* x509);

// Written anew from the parsed values, but for the names; from then on encoding_of() does the same.
[[nodiscard]] Bytes encode_again(X509* x509);

// OpenSSL's words for the oldest error in the queue: that is the cause, the later ones say what was being
// done.
[[nodiscard]] std::string first_openssl_error();

// One printable line in RFC 2253 order; "(empty)" for a name without parts.
[[nodiscard]] std::string name_line(const X509_NAME* name);

// Nothing when the text is no time at all.
[[nodiscard]] std::optional<Timestamp> timestamp_of(const ASN1_TIME* time);

// X.690 11.7 and 11.8: seconds are present, the zone is Z.
[[nodiscard]] bool is_der_time(const ASN1_TIME* time);

// Nothing for one that is absurdly long.
[[nodiscard]] std::optional<std::string> dotted(const ASN1_OBJECT* object);

// The long name that OpenSSL knows ("sha256WithRSAEncryption"), or else the dotted form.
[[nodiscard]] std::string algorithm_name(const ASN1_OBJECT* object);

} // namespace wta
