#include "common/trust/owner.h"

#include "tests/support/certificate_builder.h"
#include "tests/support/policy_file_builder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::policy_file;
using test::policy_file_with;

namespace {

const std::optional<Bytes> none;

Owner owner(const PolicyEvidence& evidence, const std::optional<Bytes>& local,
            const std::optional<Bytes>& applied) {
    return policy_owner(evidence, {.local = local, .applied = applied});
}

PolicyEvidence of(const RegistryValue& value) {
    return {.value = value, .remembered_as_ours = false, .mdm_value = {}, .config_mgr_client = false};
}

} // namespace

TEST_CASE("a value of ntuser.pol that the local policy does not set comes from a domain") {
    const PolicyEvidence zero = of(dword_value(0));
    CHECK(owner(zero, none, policy_file_with(0)) == Owner::domain_group_policy);
    CHECK(owner(zero, policy_file({}), policy_file_with(0)) == Owner::domain_group_policy);
    CHECK(owner(zero, policy_file_with(1), policy_file_with(0)) == Owner::domain_group_policy);
    CHECK(owner(of(dword_value(1)), none, policy_file_with(1)) == Owner::domain_group_policy);
}

TEST_CASE("a value of the local policy is its own, also where it was applied") {
    CHECK(owner(of(dword_value(0)), policy_file_with(0), policy_file_with(0)) == Owner::local_group_policy);
    CHECK(owner(of(dword_value(1)), policy_file_with(1), none) == Owner::local_group_policy);
}

TEST_CASE(
    "where a client of Configuration Manager is, the local policy is taken for its work, a domain's is not") {
    PolicyEvidence zero = of(dword_value(0));
    zero.config_mgr_client = true;
    CHECK(owner(zero, policy_file_with(0), policy_file_with(0)) == Owner::config_mgr);
    CHECK(owner(zero, none, policy_file_with(0)) == Owner::domain_group_policy);
    CHECK(owner(zero, none, none) == Owner::config_mgr);
    zero.value.reset();
    CHECK(owner(zero, none, none) == Owner::unknown);
}

TEST_CASE("a policy file that asks for something else than what is there did not make it so") {
    const PolicyEvidence zero = of(dword_value(0));
    CHECK(owner(zero, none, policy_file_with(1)) == Owner::unknown);
    CHECK(owner(zero, policy_file_with(1), none) == Owner::unknown);
    CHECK(owner(of(string_value("1")), none, policy_file_with(1)) == Owner::unknown);
}

TEST_CASE("a value that a policy file removes, and that is absent, has an owner") {
    const Bytes removes = policy_file({{.name = "**del.AcceptTrustedPublisherCerts"}});
    CHECK(owner({}, none, removes) == Owner::domain_group_policy);
    CHECK(owner({}, removes, removes) == Owner::local_group_policy);
    CHECK(owner({}, none, policy_file({})) == Owner::unknown);
    CHECK(owner(of(dword_value(0)), none, removes) == Owner::unknown);
}

TEST_CASE("a 1 that no policy asks for is ours where we remember what was there before") {
    PolicyEvidence evidence = of(dword_value(1));
    CHECK(owner(evidence, none, none) == Owner::unknown);
    evidence.remembered_as_ours = true;
    CHECK(owner(evidence, none, none) == Owner::self);
    CHECK(owner(evidence, none, policy_file_with(1)) == Owner::domain_group_policy);
    evidence.value = dword_value(0);
    CHECK(owner(evidence, none, none) == Owner::unknown);
    evidence.config_mgr_client = true;
    evidence.value = dword_value(1);
    CHECK(owner(evidence, none, none) == Owner::self);
}

TEST_CASE("MDM is named where its own switch says the same, and before the likely Configuration Manager") {
    PolicyEvidence zero = of(dword_value(0));
    zero.mdm_value = dword_value(0);
    CHECK(owner(zero, none, none) == Owner::mdm);
    zero.config_mgr_client = true;
    CHECK(owner(zero, none, none) == Owner::mdm);
    zero.mdm_value = dword_value(1);
    CHECK(owner(zero, none, none) == Owner::config_mgr);
    zero.mdm_value = string_value("0");
    CHECK(owner(zero, none, none) == Owner::config_mgr);
}

TEST_CASE("a damaged policy file is no evidence") {
    Bytes damaged = policy_file_with(0);
    damaged.pop_back();
    CHECK(owner(of(dword_value(0)), none, damaged) == Owner::unknown);
    CHECK(owner(of(dword_value(0)), damaged, policy_file_with(0)) == Owner::domain_group_policy);
}

TEST_CASE("management is a domain, MDM and Configuration Manager, and nobody else") {
    for (const Owner owner : {Owner::domain_group_policy, Owner::mdm, Owner::config_mgr})
        CHECK(is_management(owner));
    for (const Owner owner :
         {Owner::unknown, Owner::self, Owner::local_group_policy, Owner::group_policy, Owner::enterprise})
        CHECK_FALSE(is_management(owner));
}

TEST_CASE("the owner of a certificate is told by its location and its mark") {
    CHECK(entry_owner(Location::machine, true) == Owner::self);
    CHECK(entry_owner(Location::machine, false) == Owner::unknown);
    CHECK(entry_owner(Location::group_policy, false) == Owner::group_policy);
    CHECK(entry_owner(Location::enterprise, false) == Owner::enterprise);
}

TEST_CASE("every owner has a word that is read back, and a name for people") {
    for (const Owner owner :
         {Owner::unknown, Owner::self, Owner::local_group_policy, Owner::domain_group_policy,
          Owner::group_policy, Owner::enterprise, Owner::config_mgr, Owner::mdm}) {
        CHECK(owner_from(to_string(owner)) == owner);
        CHECK_FALSE(describe(owner).empty());
    }
    CHECK(to_string(Owner::domain_group_policy) == "domainGroupPolicy");
    CHECK_FALSE(owner_from(""));
    CHECK_FALSE(owner_from("nobody"));
}
