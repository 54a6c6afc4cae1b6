#include "agent/transport/http_rules.h"
#include "agent/transport/http_url.h"
#include "agent/transport/system_proxy.h"
#include "common/base/hex.h"
#include "common/base/time.h"
#include "common/base/utf.h"
#include "common/certificate/der_form.h"
#include "common/certificate/store_name.h"
#include "common/certificate/usage.h"
#include "common/settings/duration.h"
#include "common/settings/pin.h"
#include "common/settings/source_kind.h"
#include "common/settings/web_address.h"
#include "common/trust/named_store.h"
#include "tests/fuzz/targets.h"

#include <algorithm>

namespace wta::fuzz {
namespace {

bool visible_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

void claim_refusal(const Error& error) {
    claim(error.reason.has_value(), "a refusal without a reason");
    claim_printable_line(error.message, "the message of a refusal");
}

void try_text(std::string_view text, ByteView bytes) {
    const std::string shown = printable(text, 64);
    claim(shown.size() <= 64, "a printable form is longer than its limit");
    claim_printable_line(shown, "a printable form");
    claim(printable(shown, 64) == shown, "a printable form has another printable form");
    claim(!is_valid_utf8(text) ||
              from_utf16le(to_utf16le_z(text)) == std::string(text.substr(0, text.find('\0'))),
          "valid UTF-8 does not survive UTF-16");
    if (const auto utf8 = from_utf16le(bytes)) {
        claim(is_valid_utf8(*utf8), "text from UTF-16 is no UTF-8");
        const Bytes again = to_utf16le_z(*utf8);
        claim(std::ranges::equal(ByteView(again).first(again.size() - 2), bytes.first(again.size() - 2)),
              "UTF-16 does not survive UTF-8");
    }
    claim(from_hex(to_hex_lower(bytes)) == to_bytes(bytes), "bytes do not survive hexadecimal digits");
    claim(from_base64(to_base64(bytes)) == to_bytes(bytes), "bytes do not survive Base64");
    if (const auto decoded = from_hex(text)) claim(decoded->size() * 2 == text.size(), "digits were lost");
    if (const auto decoded = from_base64(text))
        claim(from_base64(to_base64(*decoded)) == decoded, "Base64 decodes to something else again");
    if (const auto time = from_rfc3339(text))
        claim(from_rfc3339(to_rfc3339(*time)) == time, "a time does not survive its text");
}

void try_pin(std::string_view text) {
    const auto pin = parse_pin(text);
    if (!pin) return claim_refusal(pin.error());
    const auto again = parse_pin(to_string(*pin));
    claim(again && *again == *pin, "an accepted pin does not survive its text");
    claim(std::ranges::count_if(text, [](unsigned char c) { return std::isxdigit(c) != 0; }) == 64,
          "a pin was made of another number of digits");
}

void try_duration(std::string_view text) {
    const auto duration = parse_duration(text);
    if (!duration) return;
    claim(duration->count() >= 0 && *duration <= std::chrono::days{3650}, "a duration is out of its range");
    claim(parse_duration(to_string(*duration)) == duration, "a duration does not survive its text");
}

void claim_web_url(std::string_view text, const HttpUrl& url) {
    claim(visible_ascii(text), "an accepted URL holds something else than visible ASCII");
    claim(!url.host.empty() && visible_ascii(url.host), "the host of an accepted URL");
    claim(url.host.find_first_of("/@#?\\[]%") == std::string::npos,
          "the host of an accepted URL has delimiters");
    claim(url.target.starts_with('/') && visible_ascii(url.target) &&
              url.target.find('#') == std::string::npos,
          "the target of an accepted URL");
    claim(!url.port.empty() && url.port.size() <= 5 && url.port.front() != '0' &&
              url.port.find_first_not_of("0123456789") == std::string::npos,
          "the port of an accepted URL");
    const std::string request = get_request(url, {"wsus-trust-agent", "\"e\"", !url.tls});
    claim(std::ranges::count(request, '\n') == 8, "a request has another number of lines");
    const auto again = parse_http_url((url.tls ? "https://" : "http://") + host_and_port(url) + url.target);
    claim(again && again->host == url.host && again->port == url.port && again->target == url.target,
          "an accepted URL does not survive being put together");
}

void try_location(std::string_view text) {
    const auto kind = source_kind(text);
    if (!kind) claim_refusal(kind.error());
    const auto address = parse_web_address(text);
    if (!address) claim_refusal(address.error());
    const auto url = parse_http_url(text);
    if (!url) claim_refusal(url.error());
    if (kind) claim_printable_line(text, "an accepted location");
    const bool web = kind && (*kind == SourceKind::https || *kind == SourceKind::http);
    claim(!web || address.has_value(), "a location is a web address for one and none for the other");
    claim(!url || address.has_value(), "the transport takes a URL that the settings refuse");
    if (url && web)
        claim(url->tls == (*kind == SourceKind::https), "a scheme is https for one and not for the other");
    if (url) claim_web_url(text, *url);

    const platform::SystemProxy system{std::string(text.substr(0, text.size() / 2)),
                                       std::string(text.substr(text.size() / 2))};
    static const HttpUrl asked = *parse_http_url("https://pki.example.com/wsus.cer");
    if (const auto proxy = proxy_for(asked, system); !proxy) {
        claim_refusal(proxy.error());
    } else if (*proxy) {
        claim(!(*proxy)->host.empty() && !(*proxy)->port.empty(), "a proxy without host or port");
    }
}

// The first line redirects to the rest.
void try_redirect(std::string_view text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    static const HttpUrl fixed = *parse_http_url("https://pki.example.com:8443/wsus/a.cer?v=1");
    static const HttpUrl plain = *parse_http_url("http://pki.example.com/a.cer");
    const auto written = parse_http_url(text.substr(0, end));
    const HttpUrl& from = written ? *written : fixed;
    const std::string_view location = end < text.size() ? text.substr(end + 1) : text;
    const auto to = follow_redirect(from, location, 0);
    if (!to) return claim_refusal(to.error());
    claim(!follow_redirect(from, location, max_redirects), "a redirect too many was followed");
    claim(!follow_redirect(plain, location, 0), "a redirect was followed over plain http");
    claim(from.tls && to->tls && to->host == from.host && to->port == from.port,
          "a redirect left https, the host or the port");
    claim_web_url(to->text, *to);
}

void try_names(std::string_view text, ByteView bytes) {
    if (is_store_source(text)) {
        if (const auto source = parse_store_source(text); source)
            claim(!source->store.empty(), "a store without a name");
        else
            claim_refusal(source.error());
    }
    if (const auto usages = decode_usages(bytes)) {
        claim(is_der(bytes), "usages that are no DER");
        for (const auto& oid : *usages) claim_printable_line(usage_name(oid), "the name of a usage");
    }
    if (const auto policies = decode_application_policies(bytes))
        for (const auto& oid : *policies) claim_printable_line(usage_name(oid), "the name of a policy");
    if (is_entity_tag(text)) claim(visible_ascii(text), "an entity tag that breaks a request");
}

} // namespace

void url_pin(ByteView input) {
    const std::string_view text = as_text(input);
    try_text(text, input);
    try_pin(text);
    try_duration(text);
    try_location(text);
    try_redirect(text);
    try_names(text, input);
}

std::vector<Bytes> url_pin_seeds() {
    std::vector<Bytes> seeds;
    for (
        const std::string_view text : {
            "https://pki.example.com/wsus/a.cer",
            "HTTPS://PKI.Example.com:8443/a%20b.cer?v=1&w",
            "https://[2001:DB8::1]:65535/x",
            "https://192.0.2.1:1/",
            "https://192.0.2.1.example/x",
            "https://user:secret@example.com/x",
            "https://a.example./x#part",
            "http://a.example:0443/x",
            "https://xn--bcher-kva.example?q",
            "https://a.example:8443/one/two.cer?q\nthree.cer",
            "https://a.example:8443/one/two.cer?q\n/three.cer#part",
            "https://a.example/x\nhttps://A.Example:443/y",
            "https://a.example/x\n//b.example/two",
            "https://a.example/x\nhttps://u:p@a.example/two",
            "https://192.0.2.1/one\n//192.0.2.1.example/two",
            "https://a.example/x\n?other",
            "../../x",
            "/usr/share/wsus.cer",
            "C:\\folder\\file.cer",
            "\\\\server\\share\\file.cer",
            "\\\\?\\C:\\x",
            "file:///etc/passwd",
            "5f2b0e1d3c4a596877868594a3b2c1d05f2b0e1d3c4a596877868594a3b2c1d0",
            "5F:2B:0E:1D:3C:4A:59:68:77:86:85:94:A3:B2:C1:D0:5F:2B:0E:1D:3C:4A:59:68:77:86:85:94:A3:B2:C1:D0",
            "\xE2\x80\x8E"
            "5f 2b 0e 1d 3c 4a 59 68 77 86 85 94 a3 b2 c1 d0 5f 2b 0e 1d 3c 4a 59 68 77 86 85 94 a3 b2 c1 d0",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "500ms",
            "7d",
            "3650d",
            "87600h",
            "2026-06-01T00:00:00Z",
            "store:WSUS",
            "store:Root/A9 99 3E 36 47 06 81 6A BA 3E 25 71 78 50 C2 6C 9C D0 D8 9D",
            "W/\"0123-abc\"",
            "http=proxy.example:3128;https=http://proxy.example:8080*.example.com;<local>",
            "\xD0\x96\xE2\x82\xAC\xF0\x9F\x98\x80\x1B[31m\r\n\xFF",
            "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\nMIIBCgKC",
        })
        seeds.push_back(to_bytes(as_byte_view(text)));
    constexpr unsigned char code_signing[]{0x30, 0x0A, 0x06, 0x08, 0x2B, 0x06,
                                           0x01, 0x05, 0x05, 0x07, 0x03, 0x03};
    seeds.push_back(to_bytes(std::as_bytes(std::span(code_signing))));
    constexpr unsigned char policies[]{0x30, 0x0C, 0x30, 0x0A, 0x06, 0x08, 0x2B,
                                       0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03};
    seeds.push_back(to_bytes(std::as_bytes(std::span(policies))));
    return seeds;
}

} // namespace wta::fuzz
