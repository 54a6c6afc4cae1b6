#include "common/base/utf.h"
#include "common/certificate/stored_certificate.h"
#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>

#include <random>

using namespace wta;
using namespace wta::test;

namespace {

const auto a_der = bytes({0x30, 0x03, 0x02, 0x01, 0x05});

StoredCertificate with(std::uint32_t property_id, Bytes value) {
    return {{{property_id, std::move(value)}, {0x20, a_der}}};
}

Bytes usages(std::initializer_list<unsigned> last_arcs) {
    Bytes content;
    for (const unsigned arc : last_arcs)
        content = joined({content, bytes({0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, arc})});
    return element(0x30, content);
}

} // namespace

TEST_CASE("a marked entry has the bytes that Windows stores") {
    Bytes expected;
    const auto append = [&expected](std::uint32_t id, ByteView value) {
        append_u32le(expected, id);
        append_u32le(expected, 1);
        append_u32le(expected, static_cast<std::uint32_t>(value.size()));
        expected = joined({expected, value});
    };
    append(3, thumbprint_of(a_der).bytes);
    append(9, bytes({0x30, 0x0A, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03}));
    append(11, to_utf16le_z("wsus-trust-agent"));
    append(0x20, a_der);
    CHECK(encode_blob(marked_entry(a_der, true)) == expected);
}

TEST_CASE("a marked entry is ours, holds the certificate and is limited only when asked for") {
    const auto limited = marked_entry(a_der, true);
    CHECK(limited.ours());
    CHECK(limited.limited_to_code_signing());
    CHECK(limited.usage_allows_code_signing());
    CHECK(to_bytes(limited.der()) == a_der);
    const auto plain = marked_entry(a_der, false);
    CHECK(plain.ours());
    CHECK_FALSE(plain.has_usage_property());
    CHECK_FALSE(plain.limited_to_code_signing());
    CHECK(plain.usage_allows_code_signing());
}

TEST_CASE("an adopted entry has our mark, every other element as it was, and its certificate last") {
    StoredCertificate theirs{{{3, bytes({1, 2, 3})}, {0x8000, bytes({4})}, {0x20, a_der}}};
    const StoredCertificate adopted = adopted_entry(theirs, false);
    CHECK(adopted.elements == std::vector<StoredCertificate::Element>{{3, bytes({1, 2, 3})},
                                                                      {0x8000, bytes({4})},
                                                                      {11, to_utf16le_z("wsus-trust-agent")},
                                                                      {0x20, a_der}});
    CHECK(adopted_entry(adopted, false) == adopted);
}

TEST_CASE(
    "an adopted entry has the mark in place of its name, and the limit in place of its own when asked for") {
    const Bytes name = to_utf16le_z("Update publisher");
    StoredCertificate theirs{{{11, name}, {9, usages({1, 3})}, {11, name}, {0x20, a_der}}};
    const StoredCertificate marked = adopted_entry(theirs, false);
    CHECK(marked.ours());
    CHECK(marked.elements[1] == theirs.elements[1]);
    REQUIRE(marked.elements.size() == 3);
    const StoredCertificate limited = adopted_entry(theirs, true);
    CHECK(limited.ours());
    CHECK(limited.limited_to_code_signing());
    CHECK(to_bytes(limited.der()) == a_der);
    CHECK(limited.elements.size() == 3);
}

TEST_CASE("decoding what was encoded gives it back, for any elements") {
    std::mt19937 random(11);
    std::uniform_int_distribution<std::uint32_t> any_other(0x21, 100'000);
    for (int round = 0; round < 500; ++round) {
        StoredCertificate stored;
        const std::size_t size = 1 + random() % 8;
        const std::size_t certificate = random() % size;
        for (std::size_t i = 0; i < size; ++i) {
            Bytes value(random() % 40);
            for (auto& b : value) b = static_cast<std::byte>(random());
            if (i == certificate) value.push_back(std::byte{1});
            const std::uint32_t id = i == certificate ? 0x20 : any_other(random);
            stored.elements.push_back({id, std::move(value)});
        }
        const auto decoded = decode_blob(encode_blob(stored));
        REQUIRE(decoded);
        REQUIRE(*decoded == stored);
    }
}

TEST_CASE("no beginning of an entry decodes but the whole") {
    const Bytes blob = encode_blob(marked_entry(a_der, true));
    for (std::size_t size = 0; size < blob.size(); ++size)
        CHECK_FALSE(decode_blob(ByteView(blob).first(size)));
    CHECK(decode_blob(blob));
    CHECK_FALSE(decode_blob(joined({blob, bytes({0})})));
}

TEST_CASE("an entry without exactly one certificate does not decode") {
    CHECK_FALSE(decode_blob(encode_blob({{{3, bytes({1})}}})));
    CHECK_FALSE(decode_blob(encode_blob({{{0x20, a_der}, {0x20, a_der}}})));
    CHECK_FALSE(decode_blob(encode_blob({{{0x20, {}}}})));
}

TEST_CASE("an element of another kind or with a length beyond the end does not decode") {
    Bytes blob = encode_blob({{{0x20, a_der}}});
    Bytes other_kind = blob;
    other_kind[4] = std::byte{2};
    CHECK_FALSE(decode_blob(other_kind));
    for (const unsigned length : {6U, 0xFFU}) {
        Bytes too_long = blob;
        too_long[8] = static_cast<std::byte>(length);
        CHECK_FALSE(decode_blob(too_long));
    }
    Bytes huge = blob;
    for (std::size_t i = 8; i < 12; ++i) huge[i] = std::byte{0xFF};
    CHECK_FALSE(decode_blob(huge));
}

TEST_CASE("ours is exactly the mark") {
    CHECK(with(11, to_utf16le_z("wsus-trust-agent")).ours());
    CHECK_FALSE(with(11, to_utf16le_z("wsus-trust-agent 2")).ours());
    CHECK_FALSE(with(11, to_utf16le_z("WSUS-Trust-Agent")).ours());
    CHECK_FALSE(with(11, to_utf16le_z("")).ours());
    CHECK_FALSE(with(11, {}).ours());
    CHECK_FALSE(with(12, to_utf16le_z("wsus-trust-agent")).ours());
    CHECK_FALSE(StoredCertificate{{{0x20, a_der}}}.ours());
    CHECK(with(11, to_utf16le_z("Contoso")).friendly_name() == "Contoso");
}

TEST_CASE("limited means Code Signing and nothing else") {
    CHECK(with(9, usages({3})).limited_to_code_signing());
    CHECK_FALSE(with(9, usages({3, 1})).limited_to_code_signing());
    CHECK_FALSE(with(9, usages({1})).limited_to_code_signing());
    CHECK_FALSE(with(9, usages({})).limited_to_code_signing());
    CHECK_FALSE(with(9, joined({usages({3}), bytes({0})})).limited_to_code_signing());
}

TEST_CASE("a usage property without Code Signing excludes it, also when it is empty or unreadable") {
    CHECK(with(9, usages({1, 3})).usage_allows_code_signing());
    CHECK(with(9, element(0x30, bytes({0x06, 0x04, 0x55, 0x1D, 0x25, 0x00}))).usage_allows_code_signing());
    CHECK_FALSE(with(9, usages({1})).usage_allows_code_signing());
    CHECK_FALSE(with(9, usages({})).usage_allows_code_signing());
    CHECK_FALSE(with(9, bytes({0x30, 0x05})).usage_allows_code_signing());
    CHECK_FALSE(with(9, {}).usage_allows_code_signing());
    CHECK_FALSE(with(9, bytes({0x30, 0x05})).usage_oids());
    CHECK(with(9, {}).has_usage_property());
}

TEST_CASE("Windows loads an entry by its SHA-1 property, and by the certificate only without one") {
    const Bytes der = to_bytes(as_byte_view("a certificate"));
    const Thumbprint own = thumbprint_of(der);
    const Thumbprint zero{};
    const auto with = [&der](std::optional<Thumbprint> property) {
        StoredCertificate stored;
        if (property) stored.elements.push_back({3, to_bytes(property->bytes)});
        stored.elements.push_back({0x20, der});
        return stored;
    };
    CHECK(loads_under(to_string(own), with(std::nullopt)));
    CHECK(loads_under(to_string(own), with(own)));
    CHECK_FALSE(loads_under(to_string(own), with(zero)));
    CHECK(loads_under(to_string(zero), with(zero)));
    CHECK_FALSE(loads_under(to_string(zero), with(std::nullopt)));
    CHECK_FALSE(loads_under("not a thumbprint", with(own)));
    CHECK(stands_under(own, with(own)));
    CHECK_FALSE(stands_under(zero, with(zero)));
}
