#include "agent/platform/windows/service_setup.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <windows.h>

#include <algorithm>
#include <deque>

using namespace wta;
using namespace wta::platform;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* ours = R"("C:\Program Files\WsusTrustAgent\wsus-trust-agent.exe" run)";

Error refusal_of(unsigned long number) {
    return {.code = number == ERROR_ACCESS_DENIED ? ErrorCode::access_denied : ErrorCode::io,
            .message = "refused",
            .os_code = static_cast<int>(number)};
}

// Keeps one service in memory, records what it is asked for, and refuses what it is told to.
class RecordedManager : public ServiceManager {
public:
    std::optional<ServiceRecord> service;
    std::optional<ServiceBasics> basics;
    std::vector<ServiceTrait> traits;
    std::vector<std::string> calls;
    std::vector<std::string> arguments;
    std::deque<ServiceRecord> shown_first; // one for each look, before `service`
    std::size_t refused_trait = 100;
    std::optional<std::string> refused_call;
    unsigned long why = ERROR_INVALID_LEVEL;
    bool stops = true;

    Result<void> put(const ServiceBasics& wanted) override {
        WTA_TRY(called("put"));
        basics = wanted;
        service = ServiceRecord{.image_path = wanted.image_path, .account = "LocalSystem"};
        return {};
    }
    Result<void> set(const ServiceTrait& trait) override {
        traits.push_back(trait);
        if (traits.size() - 1 == refused_trait) return std::unexpected(refusal_of(why));
        return called("set");
    }
    Result<void> remove() override {
        WTA_TRY(called("remove"));
        service.reset();
        return {};
    }
    Result<void> start(const std::vector<std::string>& words) override {
        WTA_TRY(called("start"));
        arguments = words;
        if (!service) return fail(ErrorCode::not_found, "there is none");
        return {};
    }
    Result<void> stop() override {
        WTA_TRY(called("stop"));
        if (!service) return fail(ErrorCode::not_found, "there is none");
        if (stops) service->state = ServiceState::stopped;
        return {};
    }
    Result<std::optional<ServiceRecord>> query() override {
        if (refused_call == "query") return std::unexpected(refusal_of(why));
        if (shown_first.empty()) return service;
        const ServiceRecord shown = shown_first.front();
        shown_first.pop_front();
        return shown;
    }

private:
    Result<void> called(const std::string& call) {
        calls.push_back(call);
        if (refused_call == call) return std::unexpected(refusal_of(why));
        return {};
    }
};

RecordedManager with_service(ServiceState state, const std::string& image = ours) {
    RecordedManager manager;
    manager.service = ServiceRecord{.state = state, .image_path = image, .account = "LocalSystem"};
    return manager;
}

void no_pause(std::chrono::milliseconds /*time*/) {}

template <class Trait>
const Trait& trait_of(const RecordedManager& manager) {
    const auto found = std::ranges::find_if(
        manager.traits, [](const ServiceTrait& trait) { return std::holds_alternative<Trait>(trait); });
    REQUIRE(found != manager.traits.end());
    return std::get<Trait>(*found);
}

bool holds(const std::vector<std::string>& calls, const std::string& call) {
    return std::ranges::find(calls, call) != calls.end();
}

} // namespace

TEST_CASE("an installed service has its command line, delayed start, restarts after 1, 5 and 15 minutes, "
          "also after an "
          "exit with an error") {
    RecordedManager manager;
    const auto installed = install_service(manager, ours);
    REQUIRE(installed);
    CHECK(!installed->was_there);
    CHECK(installed->refused.empty());
    CHECK(manager.basics == ServiceBasics{"WSUS Trust Agent", ours});
    CHECK(trait_of<Recovery>(manager) == Recovery{{60s, 300s, 900s}, 24h});
    CHECK(trait_of<DelayedStart>(manager) == DelayedStart{});
    CHECK(trait_of<RecoveryAlsoAfterExit>(manager) == RecoveryAlsoAfterExit{});
    CHECK(!trait_of<ServiceDescription>(manager).text.empty());
    CHECK(trait_of<PreshutdownTime>(manager).time <= 10s);
}

TEST_CASE("of all privileges of LocalSystem the service keeps one") {
    RecordedManager manager;
    REQUIRE(install_service(manager, ours));
    CHECK(trait_of<RequiredPrivileges>(manager).names == std::vector<std::string>{"SeChangeNotifyPrivilege"});
    CHECK(trait_of<UnrestrictedServiceSid>(manager) == UnrestrictedServiceSid{});
}

TEST_CASE("whichever part the service manager refuses is said, with its reason, and the others are set") {
    const std::size_t count = agent_service_traits().size();
    for (std::size_t refused = 0; refused < count; ++refused) {
        RecordedManager manager;
        manager.refused_trait = refused;
        const auto installed = install_service(manager, ours);
        REQUIRE(installed);
        REQUIRE(installed->refused.size() == 1);
        CHECK_THAT(installed->refused.front().what, ContainsSubstring("the "));
        CHECK_THAT(installed->refused.front().why, ContainsSubstring("(124)"));
        CHECK(manager.traits.size() == count);
        CHECK(manager.service);
    }
}

TEST_CASE("a service that cannot be created is not installed: a missing right says what helps") {
    RecordedManager manager;
    manager.refused_call = "put";
    manager.why = ERROR_ACCESS_DENIED;
    const auto installed = install_service(manager, ours);
    REQUIRE(!installed);
    CHECK(installed.error().reason == ReasonCode::access_denied);
    CHECK_THAT(installed.error().message, ContainsSubstring("elevated"));
    CHECK(manager.traits.empty());
}

TEST_CASE("a service that is about to be removed is said to be") {
    RecordedManager manager;
    manager.refused_call = "put";
    manager.why = ERROR_SERVICE_MARKED_FOR_DELETE;
    const auto installed = install_service(manager, ours);
    REQUIRE(!installed);
    CHECK_THAT(installed.error().message, ContainsSubstring("services.msc"));
}

TEST_CASE("installed again, our service is set up anew, whatever its arguments and its case") {
    RecordedManager manager =
        with_service(ServiceState::running,
                     R"("c:\program files\wsustrustagent\WSUS-TRUST-AGENT.EXE" --config "C:\a b.yaml" run)");
    const auto installed = install_service(manager, ours);
    REQUIRE(installed);
    CHECK(installed->was_there);
    CHECK(manager.basics->image_path == ours);
}

TEST_CASE("a service that an installer wrote without quotes is ours, and gets them") {
    for (const char* image : {R"(C:\Program Files\WsusTrustAgent\wsus-trust-agent.exe run)",
                              R"(c:\program files\wsustrustagent\WSUS-TRUST-AGENT.EXE)"}) {
        RecordedManager manager = with_service(ServiceState::stopped, image);
        REQUIRE(install_service(manager, ours));
        CHECK(manager.basics->image_path == ours);
        CHECK(uninstall_service(manager, ours, no_pause).value());
    }
}

TEST_CASE("a service of our name that runs another program is neither changed nor removed") {
    for (const char* image :
         {R"("C:\Other\wsus-trust-agent.exe" run)",
          R"(C:\Program Files\WsusTrustAgent\wsus-trust-agent.exe.bat run)", R"(C:\Program run)", ""}) {
        RecordedManager manager = with_service(ServiceState::running, image);
        const auto installed = install_service(manager, ours);
        REQUIRE(!installed);
        CHECK_THAT(installed.error().message, ContainsSubstring("sc.exe delete WsusTrustAgent"));
        REQUIRE(!uninstall_service(manager, ours, no_pause));
        CHECK(manager.calls.empty());
    }
}

TEST_CASE("a service is stopped before it is removed") {
    RecordedManager manager = with_service(ServiceState::running);
    CHECK(uninstall_service(manager, ours, no_pause).value());
    CHECK(manager.calls == std::vector<std::string>{"stop", "remove"});
}

TEST_CASE("a service that does not stop is removed all the same") {
    RecordedManager manager = with_service(ServiceState::running);
    manager.stops = false;
    CHECK(uninstall_service(manager, ours, no_pause).value());
}

TEST_CASE("where no service is, none is removed") {
    RecordedManager manager;
    CHECK(!uninstall_service(manager, ours, no_pause).value());
    CHECK(manager.calls.empty());
}

TEST_CASE("a start by hand says so to the service, and ends when it runs") {
    RecordedManager manager = with_service(ServiceState::stopped);
    manager.shown_first = {*manager.service,
                           ServiceRecord{.state = ServiceState::starting, .image_path = ours},
                           ServiceRecord{.state = ServiceState::starting, .image_path = ours}};
    manager.service->state = ServiceState::running;
    CHECK(start_service(manager, no_pause).value() == ServiceChange::done);
    CHECK(manager.arguments == std::vector<std::string>{"now"});
}

TEST_CASE("a service that runs is not started") {
    RecordedManager manager = with_service(ServiceState::running);
    CHECK(start_service(manager, no_pause).value() == ServiceChange::was_so);
    CHECK(manager.calls.empty());
}

TEST_CASE("a service that ends right after its start is told with what its exit code means") {
    RecordedManager manager = with_service(ServiceState::stopped);
    manager.shown_first = {*manager.service,
                           ServiceRecord{.state = ServiceState::running, .image_path = ours}};
    manager.service->exit_code = ERROR_SERVICE_SPECIFIC_ERROR;
    manager.service->own_code = 9;
    const auto started = start_service(manager, no_pause);
    REQUIRE(!started);
    CHECK_THAT(started.error().message,
               ContainsSubstring("exit code 9") && ContainsSubstring("ordinary users"));
}

TEST_CASE("waiting for a service ends after 30 seconds") {
    std::chrono::milliseconds waited{};
    const auto wait = [&waited](std::chrono::milliseconds time) { waited += time; };
    RecordedManager starting = with_service(ServiceState::starting);
    CHECK(start_service(starting, wait).error().code == ErrorCode::timed_out);
    CHECK(waited <= 30s);
    waited = {};
    RecordedManager running = with_service(ServiceState::running);
    running.stops = false;
    CHECK(stop_service(running, wait).error().code == ErrorCode::timed_out);
    CHECK(waited <= 30s);
}

TEST_CASE("what is not installed can neither be started nor stopped") {
    RecordedManager manager;
    CHECK(start_service(manager, no_pause).error().reason == ReasonCode::service_not_installed);
    CHECK(stop_service(manager, no_pause).error().reason == ReasonCode::service_not_installed);
}

TEST_CASE("stopping what is stopped is no error") {
    RecordedManager manager = with_service(ServiceState::stopped);
    CHECK(stop_service(manager, no_pause).value() == ServiceChange::was_so);
    CHECK(!holds(manager.calls, "stop"));
}

TEST_CASE("a service that was stopped, or never started, has nothing to explain") {
    CHECK(why_service_ended({.exit_code = NO_ERROR}).empty());
    CHECK(why_service_ended({.exit_code = ERROR_SERVICE_NEVER_STARTED}).empty());
    CHECK_THAT(why_service_ended({.exit_code = ERROR_SERVICE_SPECIFIC_ERROR, .own_code = 7}),
               ContainsSubstring("7"));
    CHECK_THAT(why_service_ended({.exit_code = ERROR_PROCESS_ABORTED}), ContainsSubstring("(1067)"));
}
