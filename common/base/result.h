// A value or an Error; the only way in which our functions fail.
#pragma once

#include "common/base/error.h"

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace wta {

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
public:
    using std::expected<T, Error>::expected;
};

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message,
                                                 std::optional<int> os_code = std::nullopt) {
    return std::unexpected(Error{code, std::move(message), os_code, std::nullopt});
}

// A failure with a reason that people act on: it reaches the report under that stable code.
[[nodiscard]] inline std::unexpected<Error> refuse(ReasonCode reason, std::string message,
                                                   ErrorCode code = ErrorCode::invalid,
                                                   std::optional<int> os_code = std::nullopt) {
    return std::unexpected(Error{code, std::move(message), os_code, reason});
}

// Adds what was being done, outermost first: "open the image: no such file".
[[nodiscard]] inline std::unexpected<Error> within_context(std::string_view doing, Error error) {
    error.message = std::string(doing) + ": " + error.message;
    return std::unexpected(std::move(error));
}

} // namespace wta

// Leaves the calling function with the error of `expression` (a Result), if it has one.
#define WTA_TRY(expression) \
    if (auto wta_try_result = (expression); !wta_try_result) \
    return std::unexpected(std::move(wta_try_result).error())
