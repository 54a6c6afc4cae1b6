// What is sent when something is posted, and what is not sent at all: pure rules, no network.
#pragma once

#include "agent/transport/http_url.h"
#include "common/base/result.h"
#include "common/ports/uplink.h"

#include <string>
#include <string_view>

namespace wta {

// Where `request` goes. Errors: source_not_supported for its URL, plain http to another machine included;
// invalid for a field that would say more than its name and its value, or what is said already.
[[nodiscard]] Result<HttpUrl> check_post(const PostRequest& request);

// The bytes of the request, its body included; of one that check_post() lets pass.
[[nodiscard]] std::string post_request(const HttpUrl& url, const PostRequest& request,
                                       std::string_view user_agent);

} // namespace wta
