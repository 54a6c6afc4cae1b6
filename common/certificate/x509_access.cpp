#include "common/certificate/x509_access.h"

#include "common/base/utf.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

namespace wta {

ErrorQueueGuard::~ErrorQueueGuard() { ERR_clear_error(); }

ParsedX509 parse_x509(ByteView der) {
    const unsigned char* position = as_uchar(der);
    X509Handle x509(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
    if (!x509) return {};
    return {std::move(x509), static_cast<std::size_t>(position - as_uchar(der))};
}

std::string first_openssl_error() {
    const char* words = ERR_reason_error_string(ERR_peek_error());
    return words == nullptr ? "no detail" : words;
}

Bytes encoding_of(const X509* x509) {
    unsigned char* raw = nullptr;
    const int size = i2d_X509(x509, &raw);
    if (size <= 0) return {};
    Bytes bytes = to_bytes(std::as_bytes(std::span(raw, static_cast<std::size_t>(size))));
    OPENSSL_free(raw);
    return bytes;
}

Bytes encode_again(X509* x509) {
    if (i2d_re_X509_tbs(x509, nullptr) <= 0) return {};
    return encoding_of(x509);
}

std::string name_line(const X509_NAME* name) {
    if (X509_NAME_entry_count(name) == 0) return "(empty)";
    // The one-line form of OpenSSL's commands, but UTF-8 stays readable: printable() judges each character.
    constexpr unsigned long form =
        (XN_FLAG_ONELINE & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB)) | XN_FLAG_DN_REV;
    const std::unique_ptr<BIO, Free<BIO_free>> bio(BIO_new(BIO_s_mem()));
    if (!bio || X509_NAME_print_ex(bio.get(), name, 0, form) < 0) return "(unreadable name)";
    std::string line(BIO_ctrl_pending(bio.get()), '\0');
    std::size_t read = 0;
    if (BIO_read_ex(bio.get(), line.data(), line.size(), &read) != 1) read = 0;
    line.resize(read);
    return printable(line, 512);
}

std::optional<Timestamp> timestamp_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    namespace chrono = std::chrono;
    const chrono::year_month_day date(chrono::year(parts.tm_year + 1900),
                                      chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                      chrono::day(static_cast<unsigned>(parts.tm_mday)));
    if (!date.ok()) return std::nullopt;
    return chrono::sys_days(date) + chrono::hours(parts.tm_hour) + chrono::minutes(parts.tm_min) +
           chrono::seconds(parts.tm_sec);
}

bool is_der_time(const ASN1_TIME* time) {
    const ByteView text = std::as_bytes(
        std::span(ASN1_STRING_get0_data(time), static_cast<std::size_t>(ASN1_STRING_length(time))));
    const std::size_t digits = ASN1_STRING_type(time) == V_ASN1_UTCTIME ? 12 : 14;
    if (text.size() != digits + 1 || as_text(text).back() != 'Z') return false;
    return std::ranges::all_of(as_text(text.first(digits)), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string> dotted(const ASN1_OBJECT* object) {
    std::array<char, 256> text{};
    const int length = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
    if (length <= 0 || static_cast<std::size_t>(length) >= text.size()) return std::nullopt;
    return std::string(text.data(), static_cast<std::size_t>(length));
}

std::string algorithm_name(const ASN1_OBJECT* object) {
    if (const int nid = OBJ_obj2nid(object); nid != NID_undef) return OBJ_nid2ln(nid);
    return dotted(object).value_or("an unreadable algorithm");
}

} // namespace wta
