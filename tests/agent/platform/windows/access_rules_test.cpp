#include "agent/platform/windows/access_rules.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <vector>
#include <windows.h>

using namespace wta::platform;

namespace {

using By = Outsider::By;

constexpr const char* system_sid = "S-1-5-18";
constexpr const char* administrators = "S-1-5-32-544";
constexpr const char* users = "S-1-5-32-545";
constexpr const char* me = "S-1-5-21-1-2-3-1001";

AccessRules rules_with(const AccessEntry& entry) {
    return {.owner = administrators,
            .has_list = true,
            .entries = {{.rights = FILE_ALL_ACCESS, .sid = system_sid},
                        {.rights = FILE_ALL_ACCESS, .sid = administrators},
                        entry}};
}

std::optional<Outsider> judge(const AccessRules& rules, PathRole role = PathRole::file) {
    return first_outsider(rules, role, std::nullopt);
}

// As Windows' headers have them, the rights of files are of type int.
bool is_too_much(PathRole role, auto right) {
    return judge(rules_with({.rights = static_cast<std::uint32_t>(right), .sid = users}), role) ==
           Outsider{By::an_entry, users};
}

constexpr PathRole every_role[] = {PathRole::file, PathRole::folder, PathRole::holds, PathRole::leads_to};

} // namespace

TEST_CASE("what administrators own and only they can write can be changed by nobody else") {
    const std::string owner =
        GENERATE("S-1-5-18", "S-1-5-32-544", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
                 "S-1-5-21-1-2-3-512", "S-1-5-21-1-2-3-519");
    AccessRules rules = rules_with({.rights = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE, .sid = users});
    rules.owner = owner;
    rules.entries.push_back({.rights = FILE_ALL_ACCESS, .sid = owner});
    for (const PathRole role : every_role) CHECK(judge(rules, role) == std::nullopt);
}

TEST_CASE("an owner who is no administrator can change the list whatever it says") {
    const std::string owner = GENERATE("S-1-5-32-545", "S-1-5-21-1-2-3-513", "S-1-5-21-1-2-3-1512",
                                       "S-1-5-21-512", "S-1-5-80-1-2-3-4-5", "S-1-1-0", "");
    AccessRules rules = rules_with({.rights = FILE_GENERIC_READ, .sid = users});
    rules.owner = owner;
    for (const PathRole role : every_role) CHECK(judge(rules, role) == Outsider{By::owning, owner});
}

TEST_CASE("without an access list everybody may do everything") {
    const AccessRules rules{.owner = administrators, .has_list = false, .entries = {}};
    for (const PathRole role : every_role) CHECK(judge(rules, role) == Outsider{By::no_list, ""});
}

TEST_CASE("an empty access list lets nobody in") {
    CHECK(judge({.owner = administrators, .has_list = true, .entries = {}}) == std::nullopt);
}

TEST_CASE("rights that take the object over are too much everywhere") {
    const std::uint32_t right =
        GENERATE(std::uint32_t{DELETE}, std::uint32_t{WRITE_DAC}, std::uint32_t{WRITE_OWNER},
                 std::uint32_t{GENERIC_WRITE}, std::uint32_t{GENERIC_ALL});
    for (const PathRole role : every_role) CHECK(is_too_much(role, right));
}

TEST_CASE("a file's content must not be written, nor the file be made a link") {
    for (const int right : {FILE_WRITE_DATA, FILE_APPEND_DATA, FILE_WRITE_ATTRIBUTES})
        CHECK(is_too_much(PathRole::file, right));
    CHECK(!is_too_much(PathRole::file, FILE_GENERIC_READ | FILE_EXECUTE | FILE_WRITE_EA));
}

TEST_CASE("into the agent's own folder nothing may be put") {
    for (const int right : {FILE_ADD_FILE, FILE_ADD_SUBDIRECTORY, FILE_DELETE_CHILD, FILE_WRITE_ATTRIBUTES})
        CHECK(is_too_much(PathRole::folder, right));
    CHECK(!is_too_much(PathRole::folder, FILE_GENERIC_READ | FILE_TRAVERSE));
}

TEST_CASE("in the folder of a file nothing may be put in its place") {
    CHECK(is_too_much(PathRole::holds, FILE_ADD_FILE));
    CHECK(is_too_much(PathRole::holds, FILE_DELETE_CHILD));
    CHECK(!is_too_much(PathRole::holds, FILE_ADD_SUBDIRECTORY)); // as every user may at the top of a volume
}

TEST_CASE("further up, only putting a folder aside is too much") {
    CHECK(is_too_much(PathRole::leads_to, FILE_DELETE_CHILD));
    CHECK(!is_too_much(PathRole::leads_to, FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | FILE_WRITE_ATTRIBUTES |
                                               FILE_WRITE_EA)); // as every user may in C:\ProgramData
}

TEST_CASE("an entry that is only inherited does not count here") {
    CHECK(judge(rules_with({.rights = FILE_ALL_ACCESS, .sid = users, .inherit_only = true})) == std::nullopt);
}

TEST_CASE("an entry that denies protects from nothing and allows nothing") {
    AccessRules rules =
        rules_with({.kind = AccessEntry::Kind::deny, .rights = FILE_ALL_ACCESS, .sid = users});
    CHECK(judge(rules) == std::nullopt);
    rules.entries.push_back({.rights = FILE_WRITE_DATA, .sid = users});
    CHECK(judge(rules) == Outsider{By::an_entry, users});
}

TEST_CASE("an entry of an unknown kind could allow anything") {
    CHECK(judge(rules_with({.kind = AccessEntry::Kind::unknown, .rights = 0, .sid = {}})) ==
          Outsider{By::unknown_entry, ""});
}

TEST_CASE("CREATOR OWNER, CREATOR GROUP and OWNER RIGHTS let in nobody but the owner") {
    const std::string sid = GENERATE("S-1-3-0", "S-1-3-1", "S-1-3-4");
    CHECK(judge(rules_with({.rights = FILE_ALL_ACCESS, .sid = sid})) == std::nullopt);
}

TEST_CASE("this process' own user is no outsider, and everybody else is") {
    AccessRules rules = rules_with({.rights = FILE_ALL_ACCESS, .sid = me});
    rules.owner = me;
    CHECK(first_outsider(rules, PathRole::file, me) == std::nullopt);
    CHECK(first_outsider(rules, PathRole::file, "S-1-5-21-1-2-3-1002") == Outsider{By::owning, me});
    CHECK(first_outsider(rules, PathRole::file, std::nullopt) == Outsider{By::owning, me});
}

TEST_CASE("a secret may be replaced by others but not read") {
    for (const std::uint32_t right :
         std::vector<std::uint32_t>{FILE_READ_DATA, FILE_GENERIC_READ, FILE_ALL_ACCESS})
        CHECK(is_too_much(PathRole::secret, right));
    for (const std::uint32_t right :
         std::vector<std::uint32_t>{GENERIC_READ, GENERIC_ALL, WRITE_DAC, WRITE_OWNER})
        CHECK(is_too_much(PathRole::secret, right));
    for (const std::uint32_t right :
         std::vector<std::uint32_t>{FILE_READ_ATTRIBUTES, FILE_WRITE_DATA, FILE_APPEND_DATA})
        CHECK_FALSE(is_too_much(PathRole::secret, right));
    CHECK_FALSE(is_too_much(PathRole::secret, READ_CONTROL | SYNCHRONIZE));
}
