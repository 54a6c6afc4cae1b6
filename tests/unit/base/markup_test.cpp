#include "common/base/markup.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

TEST_CASE("threat 30: text in markup is text") {
    CHECK(markup_text("<img src=x onerror='a(\"&\")'>") ==
          "&lt;img src=x onerror=&#39;a(&quot;&amp;&quot;)&#39;&gt;");
}
