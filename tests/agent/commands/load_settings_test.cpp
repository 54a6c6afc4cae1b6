#include "agent/commands/load_settings.h"

#include "agent/commands/registry_settings.h"
#include "tests/support/memory_registry.h"
#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <utility>

using namespace wta;
using namespace wta::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string policy(policy_settings_key);
const std::string defaults(installer_settings_key);
const std::string pin_a(64, 'a');
const std::string pin_b(64, 'b');

// A settings file, a command line, a registry.
class Scene {
public:
    MemoryRegistry registry;
    Options options;

    void file(std::string_view text) {
        const auto path = folder_.path() / "agent.yaml";
        write_text(path, text);
        std::filesystem::permissions(path, std::filesystem::perms::owner_read |
                                               std::filesystem::perms::owner_write);
        options.config = path.string();
    }

    void put(const std::string& key, std::string_view name, std::string_view text) {
        REQUIRE(registry.set(key, name, string_value(text)));
    }

    LoadedSettings load() { return load_settings(options, &registry); }

private:
    ScratchFolder folder_;
};

std::vector<std::string> subjects(const std::vector<Finding>& findings, ReasonCode code) {
    std::vector<std::string> found;
    for (const Finding& finding : findings)
        if (finding.code == code) found.push_back(finding.subject);
    return found;
}

} // namespace

TEST_CASE("policy is above the command line, that above the file, that above an installer's defaults") {
    Scene scene;
    scene.put(defaults, "Mode", "audit");
    scene.file("fetch: {timeout: 3s}\n");
    CHECK(scene.load().settings.mode.value == Mode::audit);
    scene.file("mode: enforce\nfetch: {timeout: 3s}\n");
    CHECK(scene.load().settings.mode.value == Mode::enforce);
    scene.options.set = {"mode=audit"};
    CHECK(scene.load().settings.mode.value == Mode::audit);
    scene.put(policy, "Mode", "enforce");
    const LoadedSettings loaded = scene.load();
    CHECK(loaded.settings.mode.value == Mode::enforce);
    CHECK(loaded.settings.mode.origin.layer == Layer::machine_policy);
    CHECK(loaded.settings.fetch.timeout.value == 3s);
    CHECK(loaded.problems.empty());
    CHECK(loaded.layers.size() == 4);
    CHECK_THAT(loaded.places,
               ContainsSubstring("agent.yaml, HKLM\\SOFTWARE\\WsusTrustAgent\\Defaults, --set, "
                                 "HKLM\\SOFTWARE\\Policies\\WsusTrustAgent"));
}

TEST_CASE("an installer names the settings file where the command line does not") {
    Scene scene;
    scene.file("mode: audit\nfetch: {timeout: 3s}\n");
    const std::string file = *std::exchange(scene.options.config, std::nullopt);
    CHECK(scene.load().settings.fetch.timeout.value != 3s);
    scene.put(defaults, "Config", file);
    const LoadedSettings loaded = scene.load();
    CHECK(loaded.problems.empty());
    CHECK(loaded.findings.empty());
    CHECK(loaded.place == file);
    CHECK(loaded.looked_at == std::vector<std::string>{file});
    CHECK(loaded.settings.fetch.timeout.value == 3s);
    CHECK(loaded.settings.fetch.timeout.origin.layer == Layer::file);

    scene.put(defaults, "Config", file + ".other");
    scene.options.config = file;
    CHECK(scene.load().place == file);
}

TEST_CASE("a settings file that an installer names is never passed over for another") {
    Scene scene;
    scene.file("mode: audit\n");
    const std::string file = *std::exchange(scene.options.config, std::nullopt);
    scene.put(defaults, "Config", file + ".gone");
    LoadedSettings loaded = scene.load();
    CHECK(subjects(loaded.problems, ReasonCode::settings_not_found) ==
          std::vector<std::string>{file + ".gone"});
    CHECK_THAT(loaded.problems.front().detail, ContainsSubstring("which an installer named"));
    CHECK(loaded.settings.mode.value == Mode::audit);

    for (const char* path : {"", "agent.yaml", "conf\\agent.yaml"}) {
        CAPTURE(path);
        scene.put(defaults, "Config", path);
        loaded = scene.load();
        CHECK(subjects(loaded.problems, ReasonCode::settings_invalid) ==
              std::vector<std::string>{"HKLM\\SOFTWARE\\WsusTrustAgent\\Defaults\\Config"});
        CHECK(loaded.settings.mode.value == Mode::audit);
    }
    REQUIRE(scene.registry.set(defaults, "Config", dword_value(1)));
    CHECK(subjects(scene.load().problems, ReasonCode::settings_invalid).size() == 1);
}

TEST_CASE("each load sees what the layers say by then, and the digest tells that something changed") {
    Scene scene;
    scene.file("mode: audit\n");
    const std::string file_alone = scene.load().digest;
    CHECK(file_alone == to_string(sha256_of(as_byte_view("mode: audit\n"))));
    scene.put(policy, "Mode", "enforce");
    const LoadedSettings with_policy = scene.load();
    CHECK(with_policy.settings.mode.value == Mode::enforce);
    CHECK(with_policy.digest != file_alone);
    scene.put(policy, "Mode", "audit");
    CHECK(scene.load().digest != with_policy.digest);
    REQUIRE(scene.registry.erase(policy, "Mode"));
    CHECK(scene.load().digest == file_alone);
    scene.options.set = {"mode=enforce"};
    CHECK(scene.load().digest != file_alone);
    CHECK(with_policy.watched_keys == std::vector{policy, defaults});
}

TEST_CASE("an invalid value of policy is told, and the file decides") {
    Scene scene;
    scene.file("fetch: {timeout: 3s}\n");
    scene.put(policy + "\\Fetch", "Timeout", "never");
    scene.put(policy, "Mdoe", "audit");
    const LoadedSettings loaded = scene.load();
    CHECK(loaded.problems.empty());
    CHECK(loaded.settings.fetch.timeout.value == 3s);
    CHECK(subjects(loaded.findings, ReasonCode::setting_ignored) ==
          std::vector<std::string>{"HKLM\\SOFTWARE\\Policies\\WsusTrustAgent\\Mdoe",
                                   "HKLM\\SOFTWARE\\Policies\\WsusTrustAgent\\Fetch\\Timeout"});
}

TEST_CASE("certificates of lower layers that policy overrides are told, with the place where they stand") {
    Scene scene;
    scene.file("certificates:\n  - sha256: " + pin_a + "\n  - source: https://a.example.com/a.cer\n");
    scene.put(policy + "\\Certificates", "1", "sha256=" + pin_b);
    const LoadedSettings loaded = scene.load();
    REQUIRE(loaded.settings.certificates.size() == 1);
    CHECK(to_string(*loaded.settings.certificates[0].sha256) == pin_b);
    const auto told = subjects(loaded.findings, ReasonCode::overridden_by_policy);
    REQUIRE(told.size() == 2);
    CHECK(told[0] == pin_a);
    CHECK_THAT(told[1], ContainsSubstring("agent.yaml:3:5"));
    CHECK_THAT(loaded.findings[0].detail, ContainsSubstring("agent.yaml:2:5"));
}

TEST_CASE("certificates of an installer that the file overrides are no finding") {
    Scene scene;
    scene.file("certificates:\n  - sha256: " + pin_a + "\n");
    scene.put(defaults + "\\Certificates", "1", "sha256=" + pin_b);
    const LoadedSettings loaded = scene.load();
    CHECK(loaded.findings.empty());
    CHECK(loaded.overridden.size() == 1);
}

TEST_CASE("who must go on with invalid certificates goes on in audit, without those of lower layers") {
    Scene scene;
    scene.file("mode: enforce\ncertificates:\n  - sha256: " + pin_a + "\n");
    scene.put(policy + "\\Certificates", "1", "sha256=" + pin_b + ";source=https://a.example.com/b.cer");
    scene.put(policy + "\\Certificates", "2", "sha256=typed wrong");
    const LoadedSettings loaded = scene.load();
    CHECK(subjects(loaded.problems, ReasonCode::settings_invalid) ==
          std::vector<std::string>{"HKLM\\SOFTWARE\\Policies\\WsusTrustAgent\\Certificates\\2"});
    CHECK(loaded.settings.mode.value == Mode::audit);
    REQUIRE(loaded.settings.certificates.size() == 1);
    CHECK(to_string(*loaded.settings.certificates[0].sha256) == pin_b);
    CHECK(loaded.settings.certificates[0].sources.size() == 1);
}

TEST_CASE("a misspelt mode of policy is audit, whatever lower layers say") {
    Scene scene;
    scene.file("mode: enforce\n");
    scene.put(policy, "Mode", "adit");
    const LoadedSettings loaded = scene.load();
    CHECK(loaded.problems.size() == 1);
    CHECK(loaded.settings.mode.value == Mode::audit);
}

TEST_CASE("while it is not known whom to trust in fetching, nothing is fetched") {
    for (const char* name : {"CaFile", "Proxy"}) {
        Scene scene;
        scene.file("certificates:\n  - sha256: " + pin_a +
                   "\n    source: https://a.example.com/a.cer\n"
                   "fetch: {ca_file: /etc/roots.pem, proxy: system}\n");
        scene.put(policy + "\\Fetch", name, "ftp://nonsense");
        const LoadedSettings loaded = scene.load();
        CHECK(loaded.problems.size() == 1);
        CHECK(loaded.settings.mode.value == Mode::audit);
        REQUIRE(loaded.settings.certificates.size() == 1);
        CHECK(loaded.settings.certificates[0].sources.empty());
        CHECK(loaded.settings.fetch.ca_file.value.has_value() == (std::string_view(name) == "Proxy"));
    }
}

TEST_CASE("with a broken file policy is what is left, in audit") {
    Scene scene;
    scene.file("mode: enforce\nsorce: x\n");
    scene.put(defaults + "\\Certificates", "1", "sha256=" + pin_a);
    scene.put(policy + "\\Fetch", "Timeout", "5s");
    LoadedSettings loaded = scene.load();
    CHECK(subjects(loaded.problems, ReasonCode::settings_invalid).size() == 1);
    CHECK(loaded.settings.mode.value == Mode::audit);
    CHECK(loaded.settings.fetch.timeout.value == 5s);
    CHECK(loaded.settings.certificates.empty());
    scene.put(policy + "\\Certificates", "1", "sha256=" + pin_b);
    loaded = scene.load();
    CHECK(loaded.settings.certificates.size() == 1);
    CHECK_FALSE(loaded.problems.empty());
}

TEST_CASE("policy that cannot be read is a problem, and the file does not decide instead") {
    Scene scene;
    scene.file("certificates:\n  - sha256: " + pin_a + "\n");
    scene.put(policy, "Mode", "audit");
    scene.registry.fail_call(2, {ErrorCode::access_denied, "no right"}); // the first is about the defaults
    const LoadedSettings loaded = scene.load();
    CHECK(subjects(loaded.problems, ReasonCode::settings_invalid) ==
          std::vector<std::string>{"HKLM\\SOFTWARE\\Policies\\WsusTrustAgent"});
    CHECK(loaded.settings.certificates.empty());
    CHECK(loaded.settings.mode.value == Mode::audit);
}

TEST_CASE("with an image no registry is looked at") {
    Scene scene;
    scene.file("mode: audit\n");
    scene.options.image = "anything";
    const LoadedSettings loaded = load_settings(scene.options);
    CHECK(loaded.watched_keys.empty());
    CHECK(loaded.settings.mode.value == Mode::audit);
    CHECK(loaded.layers.size() == 1);
}

TEST_CASE("an option that machine policy overrules is told: who types it believes that it counts") {
    Scene scene;
    scene.put(policy, "Mode", "enforce");
    scene.options.set = {"mode=audit", "fetch.timeout=3s"};
    const LoadedSettings loaded = scene.load();
    CHECK(loaded.settings.mode.value == Mode::enforce);
    CHECK(subjects(loaded.findings, ReasonCode::overridden_by_policy) ==
          std::vector<std::string>{"--set mode"});
    CHECK(loaded.findings.front().severity == Severity::warning);
}

TEST_CASE("where nothing is configured, the report says which files were looked at") {
    Scene scene;
    scene.file("mode: enforce\n");
    StatusReport report;
    describe_settings(scene.load(), report);
    CHECK(report.findings.empty());
    LoadedSettings none = scene.load();
    none.place.clear();
    none.looked_at = {"here/agent.yaml", "there/agent.yaml"};
    describe_settings(none, report);
    REQUIRE(report.findings.size() == 1);
    CHECK_THAT(report.findings.front().message,
               ContainsSubstring("looked at here/agent.yaml, there/agent.yaml"));
    CHECK(report.findings.front().severity == Severity::info);
}
