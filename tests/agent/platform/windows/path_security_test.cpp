#include "agent/platform/windows/path_security.h"

#include "tests/support/protected_file.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <windows.h>

#include <map>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using platform::AccessRules;
using platform::Examined;
using platform::LinkTarget;

namespace {

std::string who(const std::filesystem::path& file) {
    return platform::who_could_redirect(file).value_or("nobody");
}

// A file system that is made up: what is not named is a folder that only administrators can write.
class MadeUp {
public:
    void file(const std::wstring& path, AccessRules rules = closed()) {
        parts_[path] = {.rules = std::move(rules)};
    }
    void folder(const std::wstring& path, AccessRules rules) {
        parts_[path] = {.rules = std::move(rules), .is_folder = true};
    }
    void link(const std::wstring& path, std::optional<LinkTarget> target, AccessRules rules = closed()) {
        parts_[path] = {.rules = std::move(rules),
                        .is_folder = true,
                        .is_reparse_point = true,
                        .is_link = true,
                        .target = std::move(target)};
    }
    void drive(const std::wstring& root, const std::wstring& real) { roots_[root] = real; }

    [[nodiscard]] std::string who(const std::wstring& full) const {
        const auto examine = [this](const std::wstring& path) -> Result<Examined> {
            const auto part = parts_.find(path);
            return part == parts_.end() ? Examined{.rules = closed(), .is_folder = true} : part->second;
        };
        const auto real_root = [this](const std::wstring& root) {
            const auto real = roots_.find(root);
            return real == roots_.end() ? root : real->second;
        };
        return platform::who_could_redirect(full, {.examine = examine, .real_root = real_root})
            .value_or("nobody");
    }

    static AccessRules closed() { return {.owner = "S-1-5-32-544", .has_list = true, .entries = {}}; }
    static AccessRules open_for(int rights) {
        AccessRules rules = closed();
        rules.entries.push_back({.rights = static_cast<std::uint32_t>(rights), .sid = "S-1-5-32-545"});
        return rules;
    }

private:
    std::map<std::wstring, Examined> parts_;
    std::map<std::wstring, std::wstring> roots_;
};

constexpr const wchar_t* settings = L"\\\\?\\C:\\top\\etc\\agent.yaml";

} // namespace

TEST_CASE("a protected file in protected folders can be changed by nobody else") {
    const ProtectedFile here;
    CHECK(who(here.file) == "nobody");
}

TEST_CASE("a file that others may write is told") {
    const ProtectedFile here;
    set_access(here.file, everyone_may_write);
    CHECK_THAT(who(here.file), ContainsSubstring("agent.yaml") && ContainsSubstring("Everyone"));
}

TEST_CASE("a folder in which others may put another file in its place is told") {
    const ProtectedFile here;
    set_access(here.folder, everyone_may_write);
    CHECK_THAT(who(here.file),
               ContainsSubstring("folder") && ContainsSubstring("etc\" can be changed by Everyone"));
}

TEST_CASE("a folder further up that others may put aside is told") {
    const ProtectedFile here;
    set_access(here.folder.parent_path(), everyone_may_write);
    CHECK_THAT(who(here.file), ContainsSubstring("folder") && ContainsSubstring("Everyone"));
}

TEST_CASE("what cannot be examined is not called safe") {
    const ProtectedFile here;
    CHECK_THAT(who(here.folder / "missing"), ContainsSubstring("cannot be examined"));
    CHECK_THAT(who("NUL"), ContainsSubstring("device"));
}

TEST_CASE("adding files is too much in the folder of the file only, putting aside everywhere") {
    MadeUp here;
    here.file(settings);
    CHECK(here.who(settings) == "nobody");
    here.folder(L"\\\\?\\C:\\top", MadeUp::open_for(FILE_ADD_FILE));
    CHECK(here.who(settings) == "nobody");
    here.folder(L"\\\\?\\C:\\top", MadeUp::open_for(FILE_DELETE_CHILD));
    CHECK_THAT(here.who(settings), ContainsSubstring("folder \"C:\\top\" can be changed by"));
    here.folder(L"\\\\?\\C:\\top", MadeUp::closed());
    here.folder(L"\\\\?\\C:\\top\\etc", MadeUp::open_for(FILE_ADD_FILE));
    CHECK_THAT(here.who(settings), ContainsSubstring("folder \"C:\\top\\etc\" can be changed by"));
}

TEST_CASE("the root of the volume is looked at as well") {
    MadeUp here;
    here.folder(L"\\\\?\\C:\\", MadeUp::open_for(FILE_DELETE_CHILD));
    CHECK_THAT(here.who(settings), ContainsSubstring("folder \"C:\\\" can be changed by"));
}

TEST_CASE("a link is judged by its folder, by itself and by where it leads") {
    MadeUp here;
    here.link(L"\\\\?\\C:\\top\\etc", LinkTarget{L"\\\\?\\D:\\real\\etc", false});
    here.file(L"\\\\?\\D:\\real\\etc\\agent.yaml");
    CHECK(here.who(settings) == "nobody");
    SECTION("whoever can write the folder of the link can lead it elsewhere") {
        here.folder(L"\\\\?\\C:\\top", MadeUp::open_for(FILE_ADD_FILE));
        CHECK_THAT(here.who(settings), ContainsSubstring("C:\\top"));
    }
    SECTION("so can whoever can write its attributes") {
        here.link(L"\\\\?\\C:\\top\\etc", LinkTarget{L"\\\\?\\D:\\real\\etc", false},
                  MadeUp::open_for(FILE_WRITE_ATTRIBUTES));
        CHECK_THAT(here.who(settings), ContainsSubstring("C:\\top\\etc"));
    }
    SECTION("the folder of the real file counts") {
        here.folder(L"\\\\?\\D:\\real\\etc", MadeUp::open_for(FILE_ADD_FILE));
        CHECK_THAT(here.who(settings), ContainsSubstring("D:\\real\\etc"));
    }
    SECTION("the folders above it count") {
        here.folder(L"\\\\?\\D:\\", MadeUp::open_for(FILE_DELETE_CHILD));
        CHECK_THAT(here.who(settings), ContainsSubstring("D:\\"));
    }
    SECTION("the real file counts") {
        here.file(L"\\\\?\\D:\\real\\etc\\agent.yaml", MadeUp::open_for(FILE_WRITE_DATA));
        CHECK_THAT(here.who(settings), ContainsSubstring("D:\\real\\etc\\agent.yaml"));
    }
}

TEST_CASE("a relative link is followed from its own folder") {
    MadeUp here;
    here.link(settings, LinkTarget{L"..\\other\\agent.yaml", true});
    here.file(L"\\\\?\\C:\\top\\other\\agent.yaml", MadeUp::open_for(FILE_WRITE_DATA));
    CHECK_THAT(here.who(settings), ContainsSubstring("C:\\top\\other\\agent.yaml"));
}

TEST_CASE("links that lead to each other, or nowhere that is known, are not called safe") {
    MadeUp here;
    here.link(settings, LinkTarget{settings, false});
    CHECK_THAT(here.who(settings), ContainsSubstring("too many links"));
    here.link(settings, std::nullopt);
    CHECK_THAT(here.who(settings), ContainsSubstring("unknown kind"));
    here.link(settings, LinkTarget{L"\\\\?\\GLOBALROOT\\Device\\Null", false});
    CHECK_THAT(here.who(settings), ContainsSubstring("device"));
}

TEST_CASE("a drive letter that stands for a folder is judged by that folder and those above it") {
    MadeUp here;
    here.drive(L"\\\\?\\Q:\\", L"\\\\?\\C:\\top\\etc\\");
    here.file(settings);
    CHECK(here.who(L"\\\\?\\Q:\\agent.yaml") == "nobody");
    here.folder(L"\\\\?\\C:\\top", MadeUp::open_for(FILE_DELETE_CHILD));
    CHECK_THAT(here.who(L"\\\\?\\Q:\\agent.yaml"), ContainsSubstring("C:\\top"));
}
