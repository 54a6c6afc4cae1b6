#include "common/trust/named_store.h"

#include "common/certificate/store_name.h"
#include "tests/support/certificate_builder.h"
#include "tests/support/memory_registry.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

const Bytes& first() {
    static const Bytes made = test::self_signed({.subject = "CN=WSUS Publishers Self-signed"});
    return made;
}

const Bytes& second() {
    static const Bytes made = test::self_signed({.subject = "CN=PatchMyPC Service"});
    return made;
}

void put(Registry& registry, const Bytes& der, Location location = Location::machine) {
    REQUIRE(registry.set(certificates_key("WSUS", location) + "\\" + to_string(thumbprint_of(der)), "Blob",
                         binary_value(encode_blob(marked_entry(der, false)))));
}

std::string source_of(const Bytes& der) { return "store:WSUS/" + to_string(thumbprint_of(der)); }

template <class T>
T value_of(const Result<T>& result) {
    REQUIRE(result);
    return *result;
}

Error error_of(const Result<Bytes>& result) {
    REQUIRE_FALSE(result);
    return result.error();
}

} // namespace

TEST_CASE("store:NAME names a store, store:NAME/THUMBPRINT one certificate of it") {
    CHECK(is_store_source("store:WSUS"));
    CHECK_FALSE(is_store_source("wsus.cer"));
    CHECK(value_of(parse_store_source("store:WSUS")) == StoreSource{"WSUS", std::nullopt});
    CHECK(value_of(parse_store_source(source_of(first()))) == StoreSource{"WSUS", thumbprint_of(first())});
}

TEST_CASE("a thumbprint may be pasted from Windows' certificate dialog") {
    std::string pasted = "\u200E"; // the dialog puts it in front
    for (const char c : to_string(thumbprint_of(first()))) {
        if (pasted.size() % 3 == 2) pasted += ' ';
        pasted += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    CHECK(value_of(parse_store_source("store:WSUS/" + pasted)) ==
          StoreSource{"WSUS", thumbprint_of(first())});
}

TEST_CASE("what names no store is a usage error") {
    using namespace std::string_literals;
    for (const std::string& text :
         {"store:"s, "store:/AB"s, "store:a\\b"s, "store:a\0b"s, "store:WSUS/"s, "store:WSUS/12"s,
          "store:" + std::string(256, 'x'), source_of(first()) + "0"}) {
        INFO(text);
        const auto parsed = parse_store_source(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().reason == ReasonCode::usage_error);
    }
}

TEST_CASE("the only certificate of a store needs no thumbprint, also when policy delivers it a second time") {
    test::MemoryRegistry registry;
    put(registry, first());
    put(registry, first(), Location::group_policy);
    CHECK(value_of(find_in_store(registry, {"WSUS", std::nullopt})) == first());
    CHECK(value_of(find_in_store(registry, {"wsus", std::nullopt})) == first());
}

TEST_CASE("of several the thumbprint chooses, and without one each is named") {
    test::MemoryRegistry registry;
    put(registry, first());
    put(registry, second(), Location::enterprise);
    CHECK(value_of(find_in_store(registry, *parse_store_source(source_of(second())))) == second());
    const Error several = error_of(find_in_store(registry, {"WSUS", std::nullopt}));
    CHECK(several.reason == ReasonCode::usage_error);
    for (const Bytes& der : {first(), second()})
        CHECK(several.message.find(to_string(thumbprint_of(der))) != std::string::npos);
    CHECK(several.message.find("PatchMyPC Service") != std::string::npos);
}

TEST_CASE("an absent store, an empty one and another thumbprint hold no such certificate") {
    test::MemoryRegistry registry;
    CHECK(error_of(find_in_store(registry, {"WSUS", std::nullopt})).reason == ReasonCode::not_in_store);
    put(registry, first());
    const Error other = error_of(find_in_store(registry, *parse_store_source(source_of(second()))));
    CHECK(other.reason == ReasonCode::not_in_store);
    CHECK(other.message.find(to_string(thumbprint_of(first()))) != std::string::npos);
    REQUIRE(registry.set(certificates_key("Damaged", Location::machine) + "\\" +
                             to_string(thumbprint_of(first())),
                         "Blob", binary_value(as_byte_view("garbage"))));
    CHECK(error_of(find_in_store(registry, {"Damaged", std::nullopt})).reason == ReasonCode::not_in_store);
}

TEST_CASE("what Windows does not load from a store is not in it") {
    test::MemoryRegistry registry;
    REQUIRE(registry.set(certificates_key("WSUS", Location::machine) + "\\" + std::string(40, 'A'), "Blob",
                         binary_value(encode_blob(marked_entry(first(), false)))));
    CHECK(error_of(find_in_store(registry, {"WSUS", std::nullopt})).reason == ReasonCode::not_in_store);
}
