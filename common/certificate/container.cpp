#include "common/certificate/container.h"

#include "common/base/hex.h"
#include "common/base/utf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wta {
namespace {

constexpr std::string_view begin_marker = "-----BEGIN ";
constexpr std::string_view end_marker = "-----END ";
constexpr std::string_view marker_close = "-----";
constexpr std::string_view white_space = " \t\r\n\v\f";

std::unexpected<Error> no_certificate(std::string_view what_is_so) {
    return refuse(ReasonCode::not_a_certificate, std::string(what_is_so));
}

std::unexpected<Error> has_private_key(std::string_view where) {
    return refuse(
        ReasonCode::private_key_in_input,
        fmt::format("{} contains a private key, which must never be published: whoever fetched it can sign "
                    "updates.",
                    where));
}

std::unexpected<Error> is_pkcs7() {
    return refuse(ReasonCode::pkcs7_container,
                  "This is a PKCS#7 container (.p7b), which can hold many certificates.");
}

std::unexpected<Error> is_too_large(std::size_t size, std::size_t limit) {
    return refuse(ReasonCode::too_large,
                  fmt::format("There are {} bytes; a certificate of at most {} is accepted.", size, limit),
                  ErrorCode::too_large);
}

// --- DER, by its first bytes ---

constexpr unsigned char sequence_tag = 0x30;

bool starts_with(ByteView bytes, std::initializer_list<unsigned> prefix) {
    return bytes.size() >= prefix.size() &&
           std::ranges::equal(bytes.first(prefix.size()), prefix, {},
                              [](std::byte b) { return std::to_integer<unsigned>(b); });
}

struct OuterHeader {
    std::size_t size = 0;             // of the header
    std::optional<std::size_t> total; // header and content; nothing for BER's indefinite length
};

// Nothing: not a SEQUENCE, or its length is not given in the one way that DER allows.
std::optional<OuterHeader> outer_header(ByteView bytes) {
    if (!starts_with(bytes, {sequence_tag}) || bytes.size() < 2) return std::nullopt;
    const auto first = std::to_integer<std::size_t>(bytes[1]);
    if (first == 0x80) return OuterHeader{2, std::nullopt};
    if (first < 0x80) return OuterHeader{2, 2 + first};
    const std::size_t count = first - 0x80;
    if (count > 4 || bytes.size() < 2 + count) return std::nullopt;
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < count; ++i)
        length = (length << 8U) | std::to_integer<std::uint64_t>(bytes[2 + i]);
    if (length < 0x80 || length >> (8 * (count - 1)) == 0) return std::nullopt;
    return OuterHeader{2 + count, 2 + count + length};
}

// After the outer SEQUENCE's header.
bool is_pkcs7_content(ByteView content) {
    return starts_with(content, {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01,
                                 0x07}) || // 1.2.840.113549.1.7.x
           starts_with(content, {0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09,
                                 0x10}); // its successors, CMS
}

bool is_pfx_content(ByteView content) {
    return starts_with(content, {0x02, 0x01, 0x03});
} // RFC 7292: version 3

// PKCS#1, PKCS#8 and SEC 1 keys begin with their version, 0 or 1; an encrypted PKCS#8 key with the identifier
// of a password-based scheme, 1.2.840.113549.1.5.x or 1.2.840.113549.1.12.1.x. No certificate begins like
// this.
bool is_private_key_content(ByteView content) {
    if (starts_with(content, {0x02, 0x01, 0x00}) || starts_with(content, {0x02, 0x01, 0x01})) return true;
    const auto algorithm = outer_header(content);
    if (!algorithm) return false;
    const ByteView oid = content.subspan(algorithm->size);
    return starts_with(oid, {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05}) ||
           starts_with(oid, {0x06, 0x0A, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x01});
}

bool is_der_private_key(ByteView bytes) {
    const auto header = outer_header(bytes);
    return header && is_private_key_content(bytes.subspan(header->size));
}

// Containers and keys by their first bytes; nothing when it may be a certificate.
std::optional<Error> recognised_other(ByteView bytes) {
    // The magic numbers of Microsoft's .pvk private key and .sst serialized store.
    if (starts_with(bytes, {0x1E, 0xF1, 0xB5, 0xB0})) return has_private_key("The file (.pvk)").error();
    if (starts_with(bytes, {0x00, 0x00, 0x00, 0x00, 0x43, 0x45, 0x52, 0x54}))
        return no_certificate("This is a serialized certificate store (.sst).").error();
    const auto header = outer_header(bytes);
    if (!header) return std::nullopt;
    const ByteView content = bytes.subspan(header->size);
    if (is_private_key_content(content)) return has_private_key("The DER file").error();
    if (is_pkcs7_content(content)) return is_pkcs7().error();
    if (is_pfx_content(content))
        return refuse(ReasonCode::pfx_container,
                      "This is a PFX container (.pfx, .p12), which usually holds a private key as well.")
            .error();
    return std::nullopt;
}

std::string first_bytes(ByteView bytes) {
    return to_hex_lower(bytes.first(std::min<std::size_t>(bytes.size(), 8)));
}

Result<Bytes> from_der(ByteView bytes) {
    if (auto other = recognised_other(bytes)) return std::unexpected(std::move(*other));
    const auto header = outer_header(bytes);
    if (!header || !header->total)
        return no_certificate(
            fmt::format("The input is neither a DER nor a PEM certificate; it begins with the bytes {}.",
                        first_bytes(bytes)));
    const std::size_t total = *header->total;
    if (total > bytes.size())
        return no_certificate(fmt::format(
            "The certificate is cut off: it says that it has {} bytes, and the last {} are missing.", total,
            total - bytes.size()));
    if (total < bytes.size()) {
        const ByteView rest = bytes.subspan(total);
        if (is_der_private_key(rest)) return has_private_key("What follows the certificate");
        return refuse(
            ReasonCode::trailing_bytes,
            fmt::format(
                "The input has {} bytes, but the certificate in it ends after {}; it must stand alone.",
                bytes.size(), total));
    }
    if (total > max_certificate_size) return is_too_large(total, max_certificate_size);
    return to_bytes(bytes);
}

// --- text ---

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
        ++found;
    return found;
}

// Whatever its label ("RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"), also inside binary
// data.
bool has_private_key_marker(std::string_view text) {
    for (auto at = text.find("-----BEGIN"); at != std::string_view::npos;
         at = text.find("-----BEGIN", at + 1)) {
        const std::string_view rest = text.substr(at, 80);
        if (rest.substr(0, rest.find_first_of("\r\n")).find("PRIVATE KEY") != std::string_view::npos)
            return true;
    }
    return text.starts_with("PuTTY-User-Key-File-") ||
           text.find("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY") != std::string_view::npos;
}

// A byte order mark, or letters with a NUL beside each.
bool is_utf16(ByteView bytes) {
    if (starts_with(bytes, {0xFF, 0xFE}) || starts_with(bytes, {0xFE, 0xFF})) return true;
    constexpr std::size_t looked_at = 8;
    if (bytes.size() < looked_at) return false;
    const auto nul_at = [&bytes](std::size_t i) { return bytes[i] == std::byte{0}; };
    const auto letter_at = [&bytes](std::size_t i) {
        return bytes[i] >= std::byte{0x09} && bytes[i] < std::byte{0x7F};
    };
    bool little = true;
    bool big = true;
    for (std::size_t i = 0; i < looked_at; i += 2) {
        little = little && letter_at(i) && nul_at(i + 1);
        big = big && nul_at(i) && letter_at(i + 1);
    }
    return little || big;
}

bool is_text(std::string_view text) {
    return is_valid_utf8(text) && std::ranges::none_of(text, [](char c) {
               const auto value = static_cast<unsigned char>(c);
               return (value < 0x20 && white_space.find(c) == std::string_view::npos) || value == 0x7F;
           });
}

struct PemBlock {
    std::string_view label;
    std::string_view body; // what follows the BEGIN marker, to the end of the input
};

// Nothing when a BEGIN marker is not closed on its line.
std::optional<std::vector<PemBlock>> pem_blocks(std::string_view text) {
    std::vector<PemBlock> blocks;
    for (auto at = text.find(begin_marker); at != std::string_view::npos; at = text.find(begin_marker, at)) {
        at += begin_marker.size();
        const auto close = text.find(marker_close, at);
        if (close == std::string_view::npos) return std::nullopt;
        const std::string_view label = text.substr(at, close - at);
        if (label.size() > 64 || label.find_first_of("\r\n") != std::string_view::npos) return std::nullopt;
        at = close + marker_close.size();
        blocks.push_back({label, text.substr(at)});
    }
    return blocks;
}

bool is_certificate_label(std::string_view label) {
    return label == "CERTIFICATE" || label == "X509 CERTIFICATE";
}

bool is_pkcs7_label(std::string_view label) {
    return label == "PKCS7" || label == "PKCS #7 SIGNED DATA" || label == "CMS";
}

Result<Bytes> decode_block(const PemBlock& block) {
    const auto end = block.body.find(fmt::format("{}{}{}", end_marker, block.label, marker_close));
    if (end == std::string_view::npos)
        return no_certificate(
            fmt::format("The PEM text is cut off: the line '-----END {}-----' is missing.", block.label));
    const auto der = from_base64(block.body.substr(0, end));
    if (!der || der->empty())
        return no_certificate("The PEM text is damaged: what stands between its markers is not Base64.");
    return from_der(*der);
}

Result<Bytes> from_pem(std::string_view text) {
    const auto blocks = pem_blocks(text);
    if (!blocks || count(text, end_marker) > blocks->size())
        return no_certificate("The PEM text is damaged: its BEGIN and END lines do not fit together.");
    const auto certificates = std::ranges::count_if(
        *blocks, [](const PemBlock& block) { return is_certificate_label(block.label); });
    if (certificates == 0 &&
        std::ranges::any_of(*blocks, [](const PemBlock& b) { return is_pkcs7_label(b.label); }))
        return is_pkcs7();
    if (certificates == 0 && blocks->front().label == "TRUSTED CERTIFICATE")
        return no_certificate(
            "This is OpenSSL's own form 'TRUSTED CERTIFICATE', which adds trust settings to the "
            "certificate; 'openssl x509 -outform DER' leaves them out.");
    if (certificates == 0)
        return no_certificate(
            fmt::format("The PEM text holds no certificate but '{}'.", printable(blocks->front().label, 64)));
    if (blocks->size() != 1)
        return refuse(
            ReasonCode::not_exactly_one,
            fmt::format("The PEM text holds {} blocks, {} of them certificates; exactly one certificate is "
                        "accepted.",
                        blocks->size(), certificates));
    return decode_block(blocks->front());
}

// Base64 without markers. The containers in it are named as what they are.
std::optional<Error> recognised_base64(std::string_view text) {
    const auto decoded = from_base64(text);
    if (!decoded || !starts_with(*decoded, {sequence_tag})) return std::nullopt;
    if (auto other = recognised_other(*decoded)) return other;
    return refuse(ReasonCode::bare_base64,
                  "This is the Base64 text of a certificate without its BEGIN and END lines.")
        .error();
}

Result<Bytes> from_text(std::string_view text) {
    const auto start = text.find_first_not_of(white_space);
    if (start == std::string_view::npos)
        return refuse(ReasonCode::empty_input, "The input holds nothing but white space.");
    if (text.find(begin_marker) != std::string_view::npos) return from_pem(text);
    if (auto base64 = recognised_base64(text)) return std::unexpected(std::move(*base64));
    const char first = text[start];
    if (first == '<' || first == '{' || first == '[')
        return no_certificate(
            "This looks like a web page or the answer of a web service, perhaps a login or error page, and "
            "not like a certificate: open the location in a browser to see what it delivers.");
    return no_certificate("This is text, and no PEM certificate is in it.");
}

} // namespace

Result<Bytes> unwrap_certificate(ByteView input) {
    if (input.empty()) return refuse(ReasonCode::empty_input, "The input is empty.");
    if (input.size() > max_input_size) return is_too_large(input.size(), max_certificate_size);

    if (is_utf16(input)) {
        std::string letters(as_text(input));
        std::erase(letters, '\0');
        if (has_private_key_marker(letters)) return has_private_key("The text");
        return refuse(ReasonCode::utf16_text,
                      "This is text in UTF-16, as PowerShell's '>' and Out-File write it.");
    }
    std::string_view text = as_text(input);
    if (has_private_key_marker(text)) return has_private_key("The input");
    if (constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF"; text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    if (is_text(text)) return from_text(text);
    if (!starts_with(input, {sequence_tag}) && text.find(begin_marker) != std::string_view::npos)
        return no_certificate("The input mixes PEM text with binary data.");
    return from_der(input);
}

} // namespace wta
