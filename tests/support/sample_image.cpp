#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <stdexcept>

namespace wta::test {

StoredCertificate added_entry() { return marked_entry(as_byte_view("a certificate"), true); }

SampleImage::SampleImage(const Bytes& content) {
    write_bytes(hive, content);
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
}

std::vector<std::string> SampleImage::names() const {
    std::vector<std::string> names = scratch.names();
    std::erase(names, "wsus-trust-agent.lock");
    return names;
}

std::unique_ptr<Endpoint> SampleImage::begun() const {
    auto endpoint = open(Use::change);
    if (const auto begun = endpoint->begin_changes(); !begun) throw std::runtime_error(begun.error().message);
    return endpoint;
}

void check_not_opened(const std::filesystem::path& path, ReasonCode reason, const std::string& says) {
    const auto opened = open_image(path, Use::look);
    REQUIRE(!opened);
    CHECK(opened.error().reason == reason);
    CHECK_THAT(opened.error().message, Catch::Matchers::ContainsSubstring(says));
}

Result<void> repair_sample(const std::filesystem::path& hive) {
    auto endpoint = open_image(hive, Use::change);
    if (!endpoint) return std::unexpected(endpoint.error());
    Registry& registry = (*endpoint)->registry();
    for (const std::string& key :
         {std::string(), std::string("Microsoft"), sample_key, update_key, present_entry_key}) {
        const auto listing = registry.list(key);
        if (!listing) return std::unexpected(listing.error());
        if (!*listing) continue;
        for (const std::string& name : (*listing)->values) WTA_TRY(registry.get(key, name));
    }
    WTA_TRY((*endpoint)->begin_changes());
    WTA_TRY(registry.set(update_key, "AcceptTrustedPublisherCerts", dword_value(1)));
    WTA_TRY(registry.set(sample_key, "Added", dword_value(1)));
    WTA_TRY(registry.erase(sample_key, "Text"));
    WTA_TRY((*endpoint)->store_writer().add(StoreName::root, added_entry()));
    WTA_TRY((*endpoint)->store_writer().add(StoreName::trusted_publisher, added_entry()));
    WTA_TRY(registry.erase_key(present_entry_key));
    return (*endpoint)->commit([](Registry& result) -> Result<void> {
        const auto value = result.get(update_key, "AcceptTrustedPublisherCerts");
        if (!value) return std::unexpected(value.error());
        if (*value != dword_value(1)) return fail(ErrorCode::io, "the value is not there");
        return {};
    });
}

} // namespace wta::test
