// Where the bytes of a certificate come from in a run, and what is said when they cannot be had.
#include "agent/cycle/obtain.h"

#include "agent/cycle/run_cycle.h"
#include "tests/support/scene.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <thread>

using namespace wta;
using namespace std::chrono_literals;
using test::ca;
using test::has;
using test::Scene;
using test::wsus;

TEST_CASE("an unreachable certificate that is missing exits 4, but the policy value is enforced") {
    Scene scene;
    scene.pin(wsus());
    scene.transport.fail(Scene::source_of(wsus()), ReasonCode::tls_host_mismatch);
    const StatusReport report = scene.repair();
    CHECK(has(report, "tls_host_mismatch", Severity::warning));
    CHECK(has(report, "publication_unreachable", Severity::error));
    CHECK(exit_code(report) == 4);
    CHECK(as_dword(*scene.observed().policy_value) == 1U);
}

TEST_CASE("an unreachable certificate that is in place is a warning") {
    Scene scene;
    scene.pin(wsus());
    scene.put(StoreName::root, wsus());
    scene.put(StoreName::trusted_publisher, wsus());
    scene.put_policy_value(dword_value(1));
    scene.settings.fetch.refresh.value = std::chrono::seconds{0};
    const StatusReport report = scene.check();
    CHECK(has(report, "publication_unreachable", Severity::warning));
    CHECK(exit_code(report) == 0);
}

TEST_CASE("the last good copy stands in for an unreachable publication") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    CHECK(exit_code(scene.repair()) == 0);
    const std::string entry =
        certificates_key(StoreName::root, Location::machine) + "\\" + to_string(thumbprint_of(wsus()));
    REQUIRE(scene.registry.erase_key(entry));
    const std::string publisher = certificates_key(StoreName::trusted_publisher, Location::machine) + "\\" +
                                  to_string(thumbprint_of(wsus()));
    REQUIRE(scene.registry.erase_key(publisher));
    scene.settings.fetch.refresh.value = std::chrono::seconds{0};
    scene.transport.fail(Scene::source_of(wsus()), ReasonCode::timed_out);
    CHECK(has(scene.check(), "cached_copy_used", Severity::warning));
    const StatusReport report = scene.repair();
    CHECK(exit_code(report) == 0);
    CHECK(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("a garbled cache entry is not used") {
    Scene scene;
    scene.pin(wsus());
    Bytes garbled = wsus();
    garbled.back() ^= std::byte{1};
    REQUIRE(scene.registry.set(std::string(cache_key) + "\\" + to_string(sha256_of(wsus())), "Certificate",
                               binary_value(garbled)));
    const StatusReport report = scene.repair();
    CHECK(exit_code(report) == 4);
    CHECK(scene.observed().entries.empty());
}

TEST_CASE("the certificate can be carried in the settings") {
    Scene scene;
    scene.pin(wsus()).der = wsus();
    scene.settings.certificates[0].sources.clear();
    const StatusReport report = scene.repair();
    CHECK(exit_code(report) == 0);
    CHECK(scene.transport.requests().empty());
    CHECK(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("a live machine remembers when it looked, and asks again when refresh is due") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    CHECK(exit_code(scene.repair()) == 0);
    scene.transport.forget_requests();
    scene.now += std::chrono::hours{1};
    CHECK(exit_code(scene.check()) == 0);
    CHECK(scene.transport.requests().empty());
    scene.now += std::chrono::days{7};
    CHECK(exit_code(scene.check()) == 0);
    REQUIRE(scene.transport.requests().size() == 1);
    CHECK(scene.transport.requests()[0].etag == "\"tag\"");
}

TEST_CASE("a last look that lies in the future does not keep a machine from looking") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    scene.now += std::chrono::days{4'000}; // the clock was wrong, or the state is forged
    scene.settings.certificates[0].allow.expired = true;
    CHECK(exit_code(scene.repair()) == 0);
    scene.now = test::reference_time;
    scene.transport.forget_requests();
    CHECK(exit_code(scene.check()) == 0);
    CHECK(scene.transport.requests().size() == 1);
}

TEST_CASE("a swapped first source is named as itself when the second one helps") {
    Scene scene;
    CertificateSettings& entry = scene.pin(wsus());
    entry.sources = {"https://evil.example.com/x", Scene::source_of(wsus())};
    scene.publish(wsus());
    scene.transport.publish("https://evil.example.com/x", ca().der);
    const StatusReport report = scene.repair();
    const auto finding = std::ranges::find(report.findings, "publication_changed", &ReportFinding::code);
    REQUIRE(finding != report.findings.end());
    CHECK(finding->severity == Severity::warning);
    CHECK(finding->message.find("evil.example.com") != std::string::npos);
    CHECK(exit_code(report) == 0);
}

TEST_CASE("a last look in the future counts for nothing") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    CHECK(exit_code(scene.repair()) == 0);
    scene.transport.forget_requests();
    scene.now -= std::chrono::days{30};
    CHECK(exit_code(scene.check()) == 0);
    CHECK(scene.transport.requests().size() == 1);
}

TEST_CASE("what is withdrawn is never asked for, what is distrusted only when nothing here holds its bytes") {
    Scene scene;
    CertificateSettings& entry = scene.pin(wsus());
    scene.publish(wsus());
    entry.state = CertificateState::withdrawn;
    static_cast<void>(scene.repair());
    CHECK(scene.transport.requests().empty());
    entry.state = CertificateState::distrusted;
    scene.put(StoreName::trusted_publisher, wsus());
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(scene.holds(StoreName::disallowed, wsus()));
    CHECK(exit_code(scene.check()) == 0);
    CHECK(scene.transport.requests().empty());
}

TEST_CASE("nothing is asked for where nothing applies") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    scene.settings.only_with_wsus.value = true;
    static_cast<void>(scene.repair());
    CHECK(scene.transport.requests().empty());
}

TEST_CASE("a hostile source is told in visible characters") {
    Scene scene;
    const std::string hostile = "https://evil.example.com/\x1b[31m";
    CertificateSettings& entry = scene.pin(wsus());
    entry.sources = {hostile, hostile + "2"};
    scene.transport.publish(hostile, ca().der);
    const StatusReport report = scene.check();
    CHECK(report.findings.size() >= 2);
    for (const ReportFinding& finding : report.findings)
        for (const std::string& text : {finding.subject, finding.message, finding.actual, finding.expected})
            CHECK(text.find('\x1b') == std::string::npos);
}

namespace {

// Every source is slow, and has nothing.
class SlowTransport : public Transport {
public:
    Result<FetchResponse> fetch(const FetchRequest& request) override {
        asked.push_back(request.location);
        std::this_thread::sleep_for(20ms);
        return refuse(ReasonCode::connect_failed, "nobody is there", ErrorCode::unreachable);
    }
    std::vector<std::string> asked;
};

} // namespace

TEST_CASE("sources that take all the time of a run keep it no longer than that") {
    Scene scene;
    CertificateSettings& entry = scene.pin(wsus());
    entry.sources = {"https://1.example.com/a.cer", "https://2.example.com/a.cer",
                     "https://3.example.com/a.cer"};
    const ObservedState observed = scene.observed();
    SlowTransport transport;
    const auto obtained = obtain({.settings = scene.settings,
                                  .observed = observed,
                                  .state = {},
                                  .registry = scene.registry,
                                  .endpoint = EndpointKind::live,
                                  .now = test::reference_time,
                                  .longest = 10ms},
                                 transport);
    REQUIRE(obtained);
    CHECK(transport.asked == std::vector<std::string>{"https://1.example.com/a.cer"});
    CHECK_FALSE(obtained->front().der);
}
