#include "common/settings/settings.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

TEST_CASE("an origin reads like a place that an editor can open") {
    CHECK(describe(Origin{}) == "built in");
    CHECK(describe(Origin{Layer::file, R"(C:\agent.yaml)", 12, 3}) == R"(C:\agent.yaml:12:3)");
    CHECK(describe(Origin{Layer::machine_policy, R"(HKLM\SOFTWARE\Policies\WsusTrustAgent)", 0, 0}) ==
          R"(HKLM\SOFTWARE\Policies\WsusTrustAgent)");
    CHECK(describe(Origin{Layer::file, "a\nb", 1, 1}) == R"(a\x0Ab:1:1)");
}
