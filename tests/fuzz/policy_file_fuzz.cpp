#include "common/base/utf.h"
#include "common/trust/owner.h"
#include "common/trust/policy_file.h"
#include "tests/fuzz/targets.h"
#include "tests/support/policy_file_builder.h"

#include <algorithm>

namespace wta::fuzz {
namespace {

using Answer = Result<std::optional<PolicyFileSetting>>;

Answer ask(ByteView file) { return find_in_policy_file(file, test::policy_file_key, policy_value_name); }

// A file and one record behind it.
Answer ask_with(ByteView file, const test::PolicyRecord& record) {
    const Bytes whole = test::policy_file({record});
    Bytes longer = to_bytes(file);
    longer.insert(longer.end(), whole.begin() + 8, whole.end()); // without signature and version
    return ask(longer);
}

bool is(const Answer& answer, const PolicyFileSetting& setting) { return answer && *answer == setting; }
bool same(const Answer& a, const Answer& b) { return a && b && *a == *b; }

} // namespace

void policy_file(ByteView input) {
    const Answer answer = ask(input);
    const std::optional<RegistryValue> zero = dword_value(0);
    PolicyEvidence evidence;
    evidence.value = zero;
    const Owner owner = policy_owner(evidence, {.local = std::nullopt, .applied = to_bytes(input)});
    if (!answer) {
        claim(answer.error().code == ErrorCode::invalid, "another error than that of a bad file");
        claim_printable_line(answer.error().message, "the message of a refusal");
        claim(owner == Owner::unknown, "a bad file is evidence");
        return;
    }
    const bool sets_zero = *answer && (*answer)->value == zero;
    claim((owner == Owner::domain_group_policy) == sets_zero, "the owner is not who the file says");
    if (*answer && (*answer)->value)
        claim((*answer)->value->data.size() < input.size(), "more data than the file has");
    claim(!ask(input.first(input.size() - 1)), "a file that is cut short is read");
    claim(same(answer, find_in_policy_file(input, "software\\policies\\MICROSOFT\\windows\\WindowsUpdate",
                                           "ACCEPTTRUSTEDPUBLISHERCERTS")),
          "the letter case counts");
    claim(is(ask_with(input, {}), {dword_value(1)}), "the last record does not count");
    claim(is(ask_with(input, {.name = "**del.AcceptTrustedPublisherCerts"}), {}), "a removal does not count");
    claim(same(answer, ask_with(input, {.name = "Other"})), "another value counts");
}

std::vector<Bytes> policy_file_seeds() {
    using test::PolicyRecord;
    return {
        test::policy_file({}),
        test::policy_file_with(0),
        test::policy_file_with(1),
        test::policy_file({{.value = string_value("1")}}),
        test::policy_file({{.value = {reg_binary, {}}}, {.value = {reg_qword, Bytes(8)}}}),
        test::policy_file({{}, {.name = "**del.AcceptTrustedPublisherCerts", .value = string_value(" ")}}),
        test::policy_file({{.name = "**delvals.", .value = string_value(" ")}, {}}),
        test::policy_file({{.key = "", .name = "", .value = {0, {}}}}),
    };
}

} // namespace wta::fuzz
