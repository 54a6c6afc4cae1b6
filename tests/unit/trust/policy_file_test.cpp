#include "common/trust/policy_file.h"

#include "tests/support/certificate_builder.h"
#include "tests/support/policy_file_builder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::policy_file;
using test::PolicyRecord;

namespace {

std::optional<PolicyFileSetting> found(const Bytes& file) {
    const auto answer = find_in_policy_file(file, test::policy_file_key, policy_value_name);
    REQUIRE(answer);
    return *answer;
}

bool refused(ByteView file) {
    const auto answer = find_in_policy_file(file, test::policy_file_key, policy_value_name);
    return !answer && answer.error().code == ErrorCode::invalid;
}

} // namespace

TEST_CASE("the value that a policy file sets is found among others, whatever the letter case") {
    CHECK(found(test::policy_file_with(0)) == PolicyFileSetting{dword_value(0)});
    CHECK(found(policy_file({{.key = R"(software\POLICIES\microsoft\windows\windowsupdate)",
                              .name = "accepttrustedpublishercerts"}})) == PolicyFileSetting{dword_value(1)});
    CHECK(found(policy_file({{.value = string_value("1")}})) == PolicyFileSetting{string_value("1")});
    CHECK(found(policy_file({{.value = {reg_binary, {}}}})) ==
          PolicyFileSetting{RegistryValue{reg_binary, {}}});
}

TEST_CASE("what a policy file does not mention is nothing") {
    CHECK_FALSE(found(policy_file({})));
    CHECK_FALSE(found(policy_file({{.key = R"(SOFTWARE\Policies\Microsoft\Windows)"}})));
    CHECK_FALSE(found(policy_file({{.key = std::string(test::policy_file_key) + "\\AU"}})));
    CHECK_FALSE(found(policy_file({{.name = "AcceptTrustedPublisherCert"}})));
    CHECK_FALSE(found(policy_file({{.name = "AcceptTrustedPublisherCertsX"}})));
    CHECK_FALSE(found(policy_file({{.name = ""}})));                                   // creates the key only
    CHECK_FALSE(found(policy_file({{.name = "**soft.AcceptTrustedPublisherCerts"}}))); // only if it is absent
    CHECK_FALSE(
        found(policy_file({{.name = "AcceptTrustedPublisherCert\u0173"}}))); // U+0173 ends in 's' + 0x100
}

TEST_CASE("the last record of a policy file counts, and one that removes the value is one") {
    const PolicyRecord zero{.value = dword_value(0)};
    const PolicyRecord one{};
    CHECK(found(policy_file({one, zero})) == PolicyFileSetting{dword_value(0)});
    CHECK(found(policy_file({zero, one})) == PolicyFileSetting{dword_value(1)});
    for (const std::string name : {"**del.AcceptTrustedPublisherCerts", "**Del.ACCEPTTRUSTEDPUBLISHERCERTS",
                                   "**delvals.", "**DelVals"}) {
        const PolicyRecord removes{.name = name, .value = string_value(" ")};
        CHECK(found(policy_file({one, removes})) == PolicyFileSetting{});
        CHECK(found(policy_file({removes, one})) == PolicyFileSetting{dword_value(1)});
    }
    CHECK(found(policy_file({one, {.name = "**del.WUServer"}})) == PolicyFileSetting{dword_value(1)});
    CHECK(found(policy_file({one, {.key = "Software", .name = "**delvals."}})) ==
          PolicyFileSetting{dword_value(1)});
}

TEST_CASE("a policy file that is cut short anywhere but between two records is refused as a whole") {
    const PolicyRecord record{};
    const Bytes file = policy_file({record, record});
    const std::size_t header = policy_file({}).size();
    const std::size_t between = policy_file({record}).size();
    for (std::size_t size = 0; size < file.size(); ++size) {
        INFO(size);
        CHECK(refused(ByteView(file).first(size)) == (size != header && size != between));
    }
}

TEST_CASE(
    "a policy file with another signature, version or punctuation is refused, however good the rest is") {
    const Bytes good = test::policy_file_with(1);
    const std::size_t first_record = 8;
    for (std::size_t i = 0; i < first_record + 2; ++i) {
        Bytes file = good;
        file[i] ^= std::byte{1};
        INFO(i);
        CHECK(refused(file));
    }
    Bytes more = good;
    more.push_back(std::byte{0});
    CHECK(refused(more));
}

TEST_CASE("a policy file that claims more data than it has is refused, up to the largest number") {
    for (const std::uint32_t size : {5U, 0x7FFF'FFFFU, 0xFFFF'FFFFU}) {
        Bytes file = policy_file({{}});
        const std::size_t at = file.size() - 12; // size, ';', four bytes, ']'
        REQUIRE(read_u32le(file, at) == 4U);
        for (unsigned i = 0; i < 4; ++i) file[at + i] = static_cast<std::byte>((size >> (8 * i)) & 0xFFU);
        CHECK(refused(file));
    }
}

TEST_CASE("a policy file above 16 MiB is not read") {
    Bytes file = policy_file({{.value = {reg_binary, Bytes(max_policy_file)}}});
    const auto answer = find_in_policy_file(file, test::policy_file_key, policy_value_name);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::too_large);
}
