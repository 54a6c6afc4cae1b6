#include "agent/platform/windows/mitigations.h"

#include <catch2/catch_test_macros.hpp>

#include <windows.h>

#include <map>

using namespace wta::platform;

namespace {

std::map<int, std::uint32_t> asked_for() {
    std::map<int, std::uint32_t> asked;
    forbid_what_is_not_needed(
        [&asked](const Mitigation& mitigation) { asked[mitigation.policy] = mitigation.flags; });
    return asked;
}

template <class Policy>
Policy policy_of(int number) {
    Policy policy{};
    policy.Flags = asked_for().at(number);
    return policy;
}

} // namespace

TEST_CASE("nothing may be executed that was data") {
    const auto policy = policy_of<PROCESS_MITIGATION_DYNAMIC_CODE_POLICY>(ProcessDynamicCodePolicy);
    CHECK(policy.ProhibitDynamicCode == 1);
    CHECK(policy.AllowThreadOptOut == 0);
}

TEST_CASE(
    "no library is loaded from a share, from a process of low integrity, or instead of the system's own") {
    const auto policy = policy_of<PROCESS_MITIGATION_IMAGE_LOAD_POLICY>(ProcessImageLoadPolicy);
    CHECK(policy.NoRemoteImages == 1);
    CHECK(policy.NoLowMandatoryLabelImages == 1);
    CHECK(policy.PreferSystem32Images == 1);
}

TEST_CASE("neither hooks nor fonts of others nor other programs are let in") {
    CHECK(policy_of<PROCESS_MITIGATION_EXTENSION_POINT_DISABLE_POLICY>(ProcessExtensionPointDisablePolicy)
              .DisableExtensionPoints == 1);
    CHECK(policy_of<PROCESS_MITIGATION_FONT_DISABLE_POLICY>(ProcessFontDisablePolicy).DisableNonSystemFonts ==
          1);
    CHECK(policy_of<PROCESS_MITIGATION_CHILD_PROCESS_POLICY>(ProcessChildProcessPolicy)
              .NoChildProcessCreation == 1);
}

TEST_CASE("what would end the process for a slip of others is not asked for") {
    const auto asked = asked_for();
    CHECK(asked.size() == mitigations().size());
    for (const int policy : {ProcessStrictHandleCheckPolicy, ProcessSystemCallDisablePolicy,
                             ProcessSignaturePolicy, ProcessRedirectionTrustPolicy})
        CHECK(!asked.contains(policy));
}
