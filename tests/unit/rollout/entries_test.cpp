#include "common/rollout/entries.h"

#include "common/base/utf.h"
#include "common/settings/flat_settings.h"
#include "common/settings/settings_reader.h"
#include "tests/support/sample_rollout.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace wta;

namespace {

// As a machine reads them: exactly what is rolled out, and nothing beside it.
void check_same(const std::vector<CertificateSettings>& read, const Rollout& rollout) {
    REQUIRE(read.size() == rollout.certificates.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
        CertificateSettings meant;
        meant.sha256 = rollout.certificates[i].certificate.sha256;
        meant.der = rollout.certificates[i].certificate.der;
        meant.allow = rollout.certificates[i].allow;
        meant.note = rollout.note;
        meant.origin = read[i].origin;
        CHECK(read[i] == meant);
    }
}

std::vector<CertificateSettings> read_policy(const std::vector<std::string>& entries) {
    FlatLayer layer{
        .layer = Layer::machine_policy, .place = "policy", .values = {}, .folder = {}, .failure = {}};
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::string name = "Certificates\\" + std::to_string(i + 1);
        layer.values.push_back({.name = name, .place = name, .content = entries[i]});
    }
    const SettingsLayer read = read_flat_settings(layer);
    for (const SettingsError& error : read.problems) UNSCOPED_INFO(describe(error));
    REQUIRE(read.problems.empty());
    return read.settings.certificates;
}

} // namespace

TEST_CASE("the entries of policy are read as what is rolled out") {
    for (const std::string& note : {std::string(), std::string("CHG0012345"), test::awkward_note}) {
        const Rollout rollout = test::sample_rollout(note);
        check_same(read_policy(policy_entries(rollout)), rollout);
    }
}

TEST_CASE("the settings file is read as what is rolled out, and enforces") {
    for (const std::string& note : {std::string(), std::string("CHG0012345"), test::awkward_note}) {
        const Rollout rollout = test::sample_rollout(note);
        const ReadSettings read = read_settings(settings_file(rollout), "agent.yaml", "/etc");
        for (const SettingsError& error : read.errors) UNSCOPED_INFO(describe(error));
        REQUIRE(read.errors.empty());
        CHECK(read.settings.mode.value == Mode::enforce);
        check_same(read.settings.certificates, rollout);
    }
}

TEST_CASE("threat 30: a subject cannot leave its comment in the settings file") {
    Rollout rollout = test::sample_rollout();
    rollout.certificates[0].certificate.subject =
        printable("CN = x\r\nmode: audit\n\xE2\x80\xA8mode: audit\xC2\x85mode: audit # 'y'");
    const ReadSettings read = read_settings(settings_file(rollout), "agent.yaml", "/etc");
    REQUIRE(read.errors.empty());
    CHECK(read.settings.mode.value == Mode::enforce);
    check_same(read.settings.certificates, rollout);
}

TEST_CASE(
    "the property of the installer holds the entries without a note, in characters that no shell knows") {
    const Rollout rollout = test::sample_rollout(test::awkward_note);
    const std::string property = installer_property(rollout);
    CHECK(std::ranges::all_of(property, [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return letter || std::string_view("=;|,+/_").contains(c);
    }));
    std::vector<std::string> entries;
    for (std::size_t start = 0; start <= property.size();) {
        const std::size_t end = std::min(property.find('|', start), property.size());
        entries.push_back(property.substr(start, end - start));
        start = end + 1;
    }
    Rollout without_note = rollout;
    without_note.note.clear();
    check_same(read_policy(entries), without_note);
}

TEST_CASE("exceptions are named as in the settings") {
    CHECK(exception_names({}).empty());
    CHECK(exception_names({}, ", ").empty());
    CHECK(exception_names({.expired = true, .no_eku = true, .ca_certificate = true}, ", ") ==
          "expired, no_eku, ca_certificate");
}
