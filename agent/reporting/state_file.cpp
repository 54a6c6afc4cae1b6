#include "agent/reporting/state_file.h"

#include "agent/platform/durable_file.h"
#include "agent/platform/platform.h"
#include "common/base/utf.h"
#include "common/report/json_text.h"

#include <boost/json.hpp>

namespace wta {

namespace {

namespace json = boost::json;

constexpr std::size_t max_bytes = 64 * 1024;
constexpr std::size_t max_text = 1'000; // bytes
constexpr std::int64_t max_count = 1'000'000'000;

} // namespace

json::object read_state_file(const std::filesystem::path& file) {
    const auto content = platform::read_file(file, max_bytes);
    if (!content) return {};
    json::error_code code;
    json::value value = json::parse(*content, code);
    if (code || !value.is_object()) return {};
    return std::move(value.get_object());
}

Result<void> write_state_file(const std::filesystem::path& file, const json::object& object) {
    return platform::write_whole(file, to_indented_text(object));
}

std::string text_in(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : printable(*text, max_text);
}

std::optional<Timestamp> time_in(const json::object& object, std::string_view key) {
    return from_rfc3339(text_in(object, key));
}

std::uint64_t count_in(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    const std::int64_t* number = value == nullptr ? nullptr : value->if_int64();
    return number == nullptr || *number < 0 || *number > max_count ? 0 : static_cast<std::uint64_t>(*number);
}

json::object object_in(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    const json::object* part = value == nullptr ? nullptr : value->if_object();
    return part == nullptr ? json::object() : *part;
}

json::value time_or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(to_rfc3339(*time)) : json::value();
}

} // namespace wta
