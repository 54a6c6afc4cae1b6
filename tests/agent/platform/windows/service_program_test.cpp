#include "agent/platform/windows/service_program.h"

#include "agent/platform/platform.h"
#include "tests/support/protected_file.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using platform::why_not_for_a_service;

TEST_CASE("a program that only administrators can exchange may be a service") {
    const ProtectedFile here;
    CHECK(why_not_for_a_service(here.file) == std::nullopt);
}

TEST_CASE("threat 26: a program that ordinary users can exchange is no service") {
    const ProtectedFile here;
    SECTION("the file") { set_access(here.file, everyone_may_write); }
    SECTION("its folder") { set_access(here.folder, everyone_may_write); }
    const auto why = why_not_for_a_service(here.file);
    REQUIRE(why);
    CHECK_THAT(*why, ContainsSubstring("Everyone"));
}

TEST_CASE("a program on a share is no service: who it is there can change without a word") {
    const auto why = why_not_for_a_service(LR"(\\server.example.com\tools\agent.exe)");
    REQUIRE(why);
    CHECK_THAT(*why, ContainsSubstring("another machine"));
}

TEST_CASE("a program on a drive that is not there is no service") {
    const auto why = why_not_for_a_service(LR"(Q:\agent.exe)");
    REQUIRE(why);
    CHECK_THAT(*why, ContainsSubstring("not fixed to this machine"));
}
