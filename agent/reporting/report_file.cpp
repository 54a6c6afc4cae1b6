#include "agent/reporting/report_file.h"

#include "agent/platform/durable_file.h"
#include "common/base/utf.h"

#include <fmt/format.h>

namespace wta {
namespace {

namespace fs = std::filesystem;

std::string what_to_do(ErrorCode code, std::string_view setting) {
    switch (code) {
    case ErrorCode::not_found:
        return fmt::format("the agent creates no folder for it; create it, or correct {}", setting);
    case ErrorCode::access_denied:
        return fmt::format(
            "let the agent write there (on a share: the account of this computer), or correct {}", setting);
    case ErrorCode::read_only: return fmt::format("it can never be written there; correct {}", setting);
    case ErrorCode::busy: return "something else holds the file; it is written again later";
    case ErrorCode::wrong_type:
    case ErrorCode::invalid:
    case ErrorCode::too_large:
    case ErrorCode::timed_out:
    case ErrorCode::unreachable:
    case ErrorCode::exhausted:
    case ErrorCode::unusable:
    case ErrorCode::io: break;
    }
    return "make room or repair what the message says; it is written again later";
}

Delivery to_delivery(const Result<void>& done, std::string_view setting) {
    if (done) return {};
    return {.kind = Delivery::Kind::later,
            .detail = fmt::format("{}; {}", printable(done.error().message),
                                  what_to_do(done.error().code, setting))};
}

} // namespace

Delivery put_file(const fs::path& file, std::string_view content, std::string_view setting) {
    return to_delivery(platform::write_whole(file, content, platform::Readers::everybody), setting);
}

Delivery try_file(const fs::path& file, std::string_view content, std::string_view setting) {
    fs::path trial = file;
    trial += ".test";
    Delivery written = put_file(trial, content, setting);
    if (written.kind != Delivery::Kind::delivered) return written;
    return to_delivery(platform::remove_file(trial), setting);
}

} // namespace wta
