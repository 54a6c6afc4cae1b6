#include "agent/platform/windows/os_error.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <windows.h>

using namespace wta;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

TEST_CASE("errors of Windows are told apart as callers need it") {
    struct Row {
        unsigned long number;
        ErrorCode code;
    };
    const Row row = GENERATE(
        Row{ERROR_FILE_NOT_FOUND, ErrorCode::not_found}, Row{ERROR_PATH_NOT_FOUND, ErrorCode::not_found},
        Row{ERROR_BAD_NET_NAME, ErrorCode::not_found}, Row{ERROR_KEY_DELETED, ErrorCode::not_found},
        Row{ERROR_ACCESS_DENIED, ErrorCode::access_denied},
        Row{ERROR_LOGON_FAILURE, ErrorCode::access_denied}, Row{ERROR_WRITE_PROTECT, ErrorCode::read_only},
        Row{ERROR_SHARING_VIOLATION, ErrorCode::busy}, Row{ERROR_LOCK_VIOLATION, ErrorCode::busy},
        Row{ERROR_BAD_NETPATH, ErrorCode::unreachable}, Row{ERROR_SEM_TIMEOUT, ErrorCode::timed_out},
        Row{ERROR_FILE_TOO_LARGE, ErrorCode::too_large}, Row{ERROR_NOT_ENOUGH_MEMORY, ErrorCode::exhausted},
        Row{ERROR_TOO_MANY_OPEN_FILES, ErrorCode::exhausted}, Row{ERROR_DISK_FULL, ErrorCode::io},
        Row{1295 /* ERROR_DISK_QUOTA_EXCEEDED */, ErrorCode::io}, Row{ERROR_CRC, ErrorCode::io});
    CAPTURE(row.number);
    CHECK(platform::code_of_windows_error(row.number) == row.code);
}

TEST_CASE("an error of Windows is a part of one English sentence, with its number") {
    const auto failure = platform::windows_failure("open \"x\"", ERROR_ACCESS_DENIED);
    CHECK_THAT(failure.error().message, StartsWith("open \"x\": access") && EndsWith("denied (5)"));
    CHECK(failure.error().os_code == 5);
}

TEST_CASE("an error without words still has its number") {
    CHECK(platform::describe_windows_error(0x2FFF'FFFF) == "error 805306367");
    CHECK_THAT(platform::describe_windows_error(0x8009'2004),
               EndsWith("0x80092004)") || EndsWith("0x80092004"));
}
