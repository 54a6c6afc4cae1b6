#include "common/base/hex.h"
#include "common/base/utf.h"
#include "common/certificate/container.h"
#include "common/certificate/placement.h"
#include "common/report/inspection.h"
#include "common/report/json_text.h"
#include "common/settings/settings_reader.h"
#include "tests/fuzz/targets.h"
#include "tests/support/certificate_builder.h"

#include <boost/json.hpp>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

namespace wta::fuzz {
namespace {

struct FreeX509 {
    void operator()(X509* x509) const { X509_free(x509); }
};

// What OpenSSL itself says of a certificate that was admitted, asked directly.
class SecondOpinion {
public:
    explicit SecondOpinion(ByteView der) {
        const unsigned char* position = as_uchar(der);
        x509_.reset(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
        claim(x509_ && position == as_uchar(der) + der.size(), "what was parsed is no certificate");
    }
    ~SecondOpinion() { ERR_clear_error(); }
    SecondOpinion(const SecondOpinion&) = delete;
    SecondOpinion& operator=(const SecondOpinion&) = delete;

    [[nodiscard]] bool is_ca() const { return X509_check_ca(x509_.get()) != 0; }
    [[nodiscard]] bool self_signed() const { return X509_self_signed(x509_.get(), 1) == 1; }
    [[nodiscard]] bool has_usages() const {
        return (X509_get_extension_flags(x509_.get()) & EXFLAG_XKUSAGE) != 0;
    }
    [[nodiscard]] bool only_signs_code() const {
        const auto usages = X509_get_extended_key_usage(x509_.get());
        return (usages & XKU_CODE_SIGN) != 0 &&
               (usages & (XKU_SSL_SERVER | XKU_SSL_CLIENT | XKU_SMIME | XKU_SGC | XKU_OCSP_SIGN |
                          XKU_TIMESTAMP | XKU_ANYEKU)) == 0;
    }
    [[nodiscard]] bool may_sign() const {
        return (X509_get_key_usage(x509_.get()) & KU_DIGITAL_SIGNATURE) != 0;
    }
    [[nodiscard]] bool strong() const {
        int bits = 0;
        return X509_get_signature_info(x509_.get(), nullptr, nullptr, &bits, nullptr) == 1 && bits >= 63 &&
               EVP_PKEY_get_security_bits(X509_get0_pubkey(x509_.get())) >= 112;
    }

private:
    std::unique_ptr<X509, FreeX509> x509_;
};

void claim_admission(const Certificate& certificate) {
    const SecondOpinion openssl(certificate.der);
    claim(!certificate.self_signed() || openssl.self_signed(), "self-signed for us, and not for OpenSSL");
    claim(!place(certificate, true).root || openssl.self_signed(),
          "Root for a certificate that is not self-signed");
    const auto admitted = [&](const Exceptions& allowed) {
        return admit(certificate, allowed, test::reference_time).admitted();
    };
    if (admitted({})) {
        claim(!openssl.is_ca(), "a CA was admitted");
        claim(openssl.has_usages() && openssl.only_signs_code(),
              "good for more than Code Signing, and admitted");
        claim(test::reference_time <= certificate.not_after, "expired, and admitted");
    }
    if (admitted({.expired = true, .no_eku = true, .ca_certificate = false}))
        claim(!openssl.is_ca(), "a CA was admitted without that exception");
    if (!admitted({.expired = true, .no_eku = true, .ca_certificate = true})) return;
    claim(!openssl.has_usages() || openssl.only_signs_code(), "an exception opened another usage");
    claim(openssl.may_sign(), "not for signatures, and admitted");
    claim(openssl.strong(), "weak, and admitted");
    claim(certificate.canonical && certificate.extensions_valid, "malformed, and admitted");
}

void claim_settings_lines(const Inspection& inspection) {
    const std::string lines = settings_lines(inspection);
    claim(!inspection.admitted() || !lines.empty(), "admitted, and nothing to paste");
    if (lines.empty()) return;
    const ReadSettings read = read_settings(lines, "agent.yaml", "/etc");
    claim(read.errors.empty() && read.settings.certificates.size() == 1,
          "the lines to paste are no settings");
    const CertificateSettings& entry = read.settings.certificates.front();
    claim(entry.sha256 == inspection.sha256, "the lines to paste pin something else");
    claim(admit(*inspection.certificate, entry.allow, test::reference_time).admitted(),
          "the lines to paste do not admit it");
}

void claim_json(const Inspection& inspection) {
    const std::string json = to_indented_text(to_json(inspection));
    claim(is_valid_utf8(json), "the JSON is no UTF-8");
    boost::system::error_code error;
    const auto read = boost::json::parse(json, error);
    claim(!error && read.is_object(), "the JSON is none");
    claim(read.at("admitted").as_bool() == inspection.admitted(), "the JSON says something else");
}

// Writing costs more than all parsing, so of each four inputs one is written as JSON, one for a narrow
// terminal and one for a wide one; their bytes decide which.
void claim_output(const Inspection& inspection, ByteView input) {
    const unsigned choice =
        (input.empty() ? 0U : std::to_integer<unsigned>(input.back())) + static_cast<unsigned>(input.size());
    if (choice % 4 == 0) claim_json(inspection);
    if (choice % 4 == 1)
        claim_printable_lines(to_text(inspection, {.color = false, .width = 40}), "the text");
    if (choice % 4 == 2)
        claim_printable_lines(to_text(inspection, {.color = false, .width = 100}), "the text");
}

} // namespace

void certificate_input(ByteView input) {
    const Inspection inspection =
        inspect_bytes(input, "https://pki.example.com/a.cer", {}, test::reference_time);
    const auto der = unwrap_certificate(input);
    claim(der.has_value() == inspection.sha256.has_value(), "unwrapped for one and not for the other");
    claim(!der || *inspection.sha256 == sha256_of(*der), "another digest than that of the bytes");
    claim(inspection.certificate || !inspection.refusals.empty(), "no certificate, and no reason");
    claim_output(inspection, input);
    if (!inspection.certificate) return;
    const Certificate& certificate = *inspection.certificate;
    claim(certificate.der == *der && certificate.sha256 == *inspection.sha256,
          "another certificate than the bytes");
    claim_printable_line(certificate.subject, "a subject");
    claim_printable_line(certificate.issuer, "an issuer");
    claim_admission(certificate);
    claim_settings_lines(inspection);
}

std::vector<Bytes> certificate_input_seeds() {
    using namespace test;
    const KeySpec key = ec();
    const auto with = [&key](Options options) {
        options.key = key;
        return self_signed(options);
    };
    const Bytes plain = with({});
    const Ca ca = make_ca("CN=Contoso CA", nullptr, {.key = ec()});
    const Extension policies{
        "1.3.6.1.4.1.311.21.10",
        test::bytes({0x30, 0x0C, 0x30, 0x0A, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03})};
    std::vector<Bytes> seeds{
        plain,
        with({.usage = std::nullopt}),
        with({.ca = true, .key_usage = "digitalSignature,keyCertSign"}),
        with({.usage = "codeSigning,serverAuth"}),
        with({.not_after = reference_time - std::chrono::days{1}}),
        with({.subject = "CN=Contoso,O=Example,C=DE", .ca = false, .key_usage = std::nullopt}),
        with({.version = 1, .key_usage = std::nullopt, .usage = std::nullopt}),
        with({.extensions = {policies}}),
        with({.hash = "SHA1"}),
        with({.issuer = "CN=Somebody else"}),
        self_signed(),
        self_signed({.pss = true}),
        self_signed({.key = rsa(1024)}),
        self_signed({.key = public_rsa(4096, 3)}),
        self_signed({.key = explicit_ec()}),
        self_signed({.key = {.algorithm = "ED25519"}, .hash = ""}),
        issued_by(ca, {.subject = "CN=Contoso Update Publishing", .key = key}),
        ca.der,
    };
    for (const std::string_view line_end : {"\n", "\r\n"})
        seeds.push_back(to_bytes(as_byte_view(to_pem(plain, "CERTIFICATE", line_end))));
    for (const auto* label : {"PRIVATE KEY", "PKCS7", "X509 CRL", "TRUSTED CERTIFICATE"})
        seeds.push_back(to_bytes(as_byte_view(to_pem(test::bytes({0x30, 0x00}), label))));
    seeds.push_back(joined({plain, plain}));
    seeds.push_back(joined({plain, as_byte_view("\n")}));
    seeds.push_back(to_bytes(as_byte_view(to_base64(plain))));
    seeds.push_back(private_key_der(key));
    seeds.push_back(
        indefinite_element(0x30, element(0x06, test::bytes({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2}))));
    seeds.push_back(to_bytes(as_byte_view("<html><body>404</body></html>")));
    seeds.push_back(to_utf16le_z("-----BEGIN CERTIFICATE-----"));
    return seeds;
}

} // namespace wta::fuzz
