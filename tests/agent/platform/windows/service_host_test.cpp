#include "agent/platform/windows/service_host.h"

#include <catch2/catch_test_macros.hpp>

#include <windows.h>

#include <winsvc.h>

using namespace wta::platform;

TEST_CASE("a stop, and a shutdown in each of its forms, ends the resident") {
    for (const int control : {SERVICE_CONTROL_STOP, SERVICE_CONTROL_SHUTDOWN, SERVICE_CONTROL_PRESHUTDOWN})
        CHECK(signal_of(static_cast<std::uint32_t>(control), 0) == Signal::stop);
}

TEST_CASE("waking up is told once, whether a user is there or not") {
    CHECK(signal_of(SERVICE_CONTROL_POWEREVENT, PBT_APMRESUMEAUTOMATIC) == Signal::resumed);
    CHECK(signal_of(SERVICE_CONTROL_POWEREVENT, PBT_APMRESUMECRITICAL) == Signal::resumed);
    CHECK(signal_of(SERVICE_CONTROL_POWEREVENT, PBT_APMRESUMESUSPEND) == std::nullopt);
}

TEST_CASE("going to sleep and a change of the power source are no reason to work") {
    for (const int event : {PBT_APMSUSPEND, PBT_APMPOWERSTATUSCHANGE, PBT_POWERSETTINGCHANGE})
        CHECK(signal_of(SERVICE_CONTROL_POWEREVENT, static_cast<std::uint32_t>(event)) == std::nullopt);
}

TEST_CASE("a clock that was set, and somebody who asks for a run, are told") {
    CHECK(signal_of(SERVICE_CONTROL_TIMECHANGE, 0) == Signal::clock_changed);
    CHECK(signal_of(128, 0) == Signal::run_now);
}

TEST_CASE("other controls mean nothing to the resident") {
    for (const int control : {SERVICE_CONTROL_PAUSE, SERVICE_CONTROL_INTERROGATE, 129, 255})
        CHECK(signal_of(static_cast<std::uint32_t>(control), 0) == std::nullopt);
}

TEST_CASE("a start by hand is told from a start by Windows by its argument") {
    CHECK(service_start({L"WsusTrustAgent", L"now"}).enforce_now);
    CHECK(!service_start({L"WsusTrustAgent"}).enforce_now);
    CHECK(!service_start({L"now"}).enforce_now); // the name of a service comes first
    CHECK(!service_start({}).enforce_now);
}
