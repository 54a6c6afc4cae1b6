#include "agent/platform/windows/security_id.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta::platform;

TEST_CASE("an identifier that has a name is shown by it") {
    CHECK(account_name("S-1-5-32-545").find("Users") != std::string::npos);
}

TEST_CASE("an identifier that nobody knows is shown itself") {
    CHECK(account_name("S-1-5-21-1-2-3-4711") == "S-1-5-21-1-2-3-4711");
}

TEST_CASE("what is no identifier has no text") { CHECK(sid_text(nullptr).empty()); }
