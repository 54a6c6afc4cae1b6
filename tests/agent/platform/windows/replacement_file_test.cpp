#include "agent/platform/replacement_file.h"

#include "agent/platform/windows/handle.h"
#include "tests/support/protected_file.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using platform::ReplacementFile;
namespace fs = std::filesystem;

namespace {

struct Original {
    ScratchFolder scratch;
    fs::path file = scratch.path() / "SOFTWARE";
    Original() { write_text(file, "old"); }
    [[nodiscard]] std::string content() const { return std::string(as_text(read_bytes(file))); }
};

// Owner, group and access list as text.
std::wstring security_of(const fs::path& file) {
    constexpr SECURITY_INFORMATION what =
        OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    REQUIRE(::GetNamedSecurityInfoW(file.c_str(), SE_FILE_OBJECT, what, nullptr, nullptr, nullptr, nullptr,
                                    &descriptor) == ERROR_SUCCESS);
    const platform::LocalMemory<void> owned(descriptor);
    wchar_t* text = nullptr;
    REQUIRE(::ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1, what, &text,
                                                                   nullptr) != 0);
    const platform::LocalMemory<wchar_t> owned_text(text);
    return text;
}

Result<void> replaced_by(const fs::path& file, std::string_view content) {
    auto replacement = ReplacementFile::create(file);
    if (!replacement) return std::unexpected(replacement.error());
    write_text(replacement->path(), content);
    WTA_TRY(replacement->take_attributes());
    WTA_TRY(replacement->sync());
    return replacement->replace();
}

} // namespace

TEST_CASE("a new file takes the place of the old one, and nothing is left beside it") {
    const Original original;
    REQUIRE(platform::may_replace(original.file));
    REQUIRE(replaced_by(original.file, "new"));
    CHECK(original.content() == "new");
    CHECK(original.scratch.names() == std::vector<std::string>{"SOFTWARE"});
}

TEST_CASE("a new file that is given up leaves no trace") {
    const Original original;
    {
        auto replacement = ReplacementFile::create(original.file);
        REQUIRE(replacement);
        write_text(replacement->path(), "new");
        CHECK(original.scratch.names().size() == 2);
    }
    CHECK(original.content() == "old");
    CHECK(original.scratch.names() == std::vector<std::string>{"SOFTWARE"});
}

TEST_CASE("owner, access list, attributes and the time of creation stay") {
    const Original original;
    set_access(original.file, L"D:P(A;;FA;;;SY)(A;;FR;;;WD)");
    REQUIRE(::SetFileAttributesW(original.file.c_str(), FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM) != 0);
    WIN32_FILE_ATTRIBUTE_DATA before{};
    REQUIRE(::GetFileAttributesExW(original.file.c_str(), GetFileExInfoStandard, &before) != 0);
    const std::wstring security = security_of(original.file);
    REQUIRE(replaced_by(original.file, "new"));
    WIN32_FILE_ATTRIBUTE_DATA after{};
    REQUIRE(::GetFileAttributesExW(original.file.c_str(), GetFileExInfoStandard, &after) != 0);
    CHECK(after.dwFileAttributes == before.dwFileAttributes);
    CHECK(security_of(original.file) == security);
    CHECK(security.find(L";;;WD)") != std::wstring::npos);
}

TEST_CASE("until it has the access list of the original, a new file is for its own user only") {
    const Original original;
    set_access(original.scratch.path(), everyone_may_write);
    const auto replacement = ReplacementFile::create(original.file);
    REQUIRE(replacement);
    CHECK(security_of(replacement->path()).find(L";;;WD)") == std::wstring::npos);
}

TEST_CASE("a file that is marked read-only is refused, with what clears that") {
    const Original original;
    REQUIRE(::SetFileAttributesW(original.file.c_str(), FILE_ATTRIBUTE_READONLY) != 0);
    const auto may = platform::may_replace(original.file);
    REQUIRE(::SetFileAttributesW(original.file.c_str(), FILE_ATTRIBUTE_NORMAL) != 0);
    REQUIRE(!may);
    CHECK(may.error().code == ErrorCode::access_denied);
    CHECK_THAT(may.error().message, ContainsSubstring("attrib -r"));
}

TEST_CASE("a file that somebody else has open is in use, and is not replaced") {
    const Original original;
    const platform::Handle held(::CreateFileW(original.file.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr,
                                              OPEN_EXISTING, 0, nullptr));
    REQUIRE(platform::is_open(held));
    CHECK(platform::may_replace(original.file).error().code == ErrorCode::busy);
    CHECK(replaced_by(original.file, "new").error().code == ErrorCode::busy);
    CHECK(original.content() == "old");
    CHECK(original.scratch.names() == std::vector<std::string>{"SOFTWARE"});
}

TEST_CASE("what a killed run left is removed, whatever its letters, and nothing else is") {
    const Original original;
    for (const char* name :
         {"SOFTWARE.wsus-trust-agent-AbCdEf", "SOFTWARE.wsus-trust-agent-notes.txt", "OTHER"})
        write_text(original.scratch.path() / name, "");
    platform::remove_stale_replacements(original.file);
    CHECK(original.scratch.names() ==
          std::vector<std::string>{"OTHER", "SOFTWARE", "SOFTWARE.wsus-trust-agent-notes.txt"});
}
