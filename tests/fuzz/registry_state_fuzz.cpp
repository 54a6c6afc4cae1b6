#include "common/base/utf.h"
#include "common/report/json_text.h"
#include "common/report/report_json.h"
#include "common/report/report_text.h"
#include "common/report/status_store.h"
#include "common/trust/agent_state.h"
#include "common/trust/contest_memory.h"
#include "common/trust/named_store.h"
#include "common/trust/observed_state.h"
#include "tests/fuzz/targets.h"
#include "tests/support/certificate_builder.h"
#include "tests/support/memory_registry.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace wta::fuzz {
namespace {

const Identity identity{"0f0e0d0c-0000-4000-8000-000000000001", "PC1"};

// Where a record of the input goes. A key that ends in '\' is completed by the name that Windows, or we,
// would give the data.
struct Place {
    std::string_view key;
    std::string_view name;
};
constexpr std::string_view a_place = "Root 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
constexpr std::array places{
    Place{status_key, "Report"},
    Place{status_key, "MachineGuid"},
    Place{status_key, "ComputerName"},
    Place{status_key, "LastCheckUtc"},
    Place{status_key, "LastLookUtc"},
    Place{status_key, "LastRepairUtc"},
    Place{status_key, "Reasons"},
    Place{status_key, "State"},
    Place{status_key, "AgentVersion"},
    Place{previous_key, policy_value_name},
    Place{previous_key, "PolicyValueWasAbsent"},
    Place{previous_key, "CreatedKeys"},
    Place{policy_key, policy_value_name},
    Place{policy_key, "WUServer"},
    Place{R"(Policies\Microsoft\Windows\WindowsUpdate\AU)", "UseWUServer"},
    Place{R"(Microsoft\Cryptography)", "MachineGuid"},
    Place{R"(Microsoft\SystemCertificates\Root\Certificates\)", "Blob"},
    Place{R"(Microsoft\SystemCertificates\CA\Certificates\)", "Blob"},
    Place{R"(Microsoft\SystemCertificates\TrustedPublisher\Certificates\)", "Blob"},
    Place{R"(Microsoft\SystemCertificates\Disallowed\Certificates\)", "Blob"},
    Place{R"(Microsoft\SystemCertificates\WSUS\Certificates\)", "Blob"},
    Place{R"(Policies\Microsoft\SystemCertificates\WSUS\Certificates\)", "Blob"},
    Place{R"(WsusTrustAgent\Cache\)", "Certificate"},
    Place{contest_key, "SettingsDigest"},
    Place{contest_key, "PolicyRight"},
    Place{contest_key, "PolicyTakenBack"},
    Place{contest_key, "PolicyOwner"},
    Place{contest_key, a_place},
};

constexpr std::size_t record_header = 4; // place, type, and the length as u16le
constexpr std::size_t max_records = 12;
constexpr std::byte as_utf16{0x80}; // of the type: the data is UTF-8 here and UTF-16 in the registry

constexpr std::byte misnamed{0x40}; // likewise: in a key of the cache or of a store that is another one's

std::string key_of(const Place& place, ByteView data) {
    std::string key(place.key);
    if (!key.ends_with('\\')) return key;
    if (place.name == "Certificate") return key + to_string(sha256_of(data));
    const auto stored = decode_blob(data);
    return key + to_string(thumbprint_of(stored ? stored->der() : data));
}

void fill(test::MemoryRegistry& registry, ByteView input) {
    for (std::size_t count = 0; count < max_records && input.size() >= record_header; ++count) {
        const Place& place = places.at(std::to_integer<std::size_t>(input[0]) % places.size());
        const std::size_t length =
            std::to_integer<std::size_t>(input[2]) + 256 * std::to_integer<std::size_t>(input[3]);
        const ByteView stored = input.subspan(record_header, std::min(length, input.size() - record_header));
        RegistryValue value{std::to_integer<std::uint32_t>(input[1] & std::byte{0x0F}), to_bytes(stored)};
        if ((input[1] & as_utf16) != std::byte{0}) value.data = to_utf16le_z(as_text(stored));
        const bool wrong = (input[1] & misnamed) != std::byte{0};
        const std::string key = key_of(place, wrong ? stored.first(stored.size() / 2) : stored);
        claim(registry.set(key, place.name, value).has_value(), "the registry is full");
        input = input.subspan(record_header + stored.size());
    }
}

void claim_stores(test::MemoryRegistry& registry) {
    const auto observed = observe(registry);
    claim(observed.has_value(), "stores cannot be read");
    for (const StoreEntry& entry : observed->entries) {
        claim(entry.stored.has_value() == entry.sha256.has_value(), "a certificate without a digest");
        if (!entry.stored) continue;
        claim(*entry.sha256 == sha256_of(entry.stored->der()), "another digest");
        claim(loads_under(entry.key_name, *entry.stored), "what Windows does not load was read");
        claim(!entry.ours() || entry.stored->friendly_name() == our_mark, "ours without the mark");
        claim(observed->holds(entry.store, *entry.sha256), "an entry that is not held");
    }
    if (observed->policy_value) claim_printable_line(describe(*observed->policy_value), "the policy value");

    const auto leaf = std::ranges::find(observed->entries, StoreName::trusted_publisher, &StoreEntry::store);
    if (leaf == observed->entries.end() || !leaf->stored) return;
    const ChainVerdict verdict =
        judge_chain(leaf->stored->der(), chain_stores(*observed, {}), test::reference_time);
    claim_printable_line(verdict.detail, "the verdict over a chain");
    const ChainVerdict alone = judge_chain(leaf->stored->der(), {}, test::reference_time);
    claim(alone.status != ChainStatus::trusted, "trusted without any root");
    ChainStores all = chain_stores(*observed, {});
    const Bytes own = to_bytes(leaf->stored->der());
    for (const std::vector<Bytes>& some : {all.roots, all.intermediates})
        for (const Bytes& der : some)
            if (der != own) all.distrusted.insert(sha256_of(der));
    const bool own_root = std::ranges::find(all.roots, own) != all.roots.end();
    claim(own_root || judge_chain(own, all, test::reference_time).status != ChainStatus::trusted,
          "trusted through distrusted certificates only");
}

void claim_named_store(test::MemoryRegistry& registry) {
    auto found = read_named_store(registry, "WSUS");
    claim(found.has_value(), "the store WSUS cannot be read");
    for (const Bytes& der : *found) {
        const auto one = find_in_store(registry, {"WSUS", thumbprint_of(der)});
        claim(one && thumbprint_of(*one) == thumbprint_of(der), "what is in the store is not found");
    }
    std::ranges::sort(*found);
    claim(std::ranges::adjacent_find(*found) == found->end(), "a certificate is listed twice");
    const auto only = find_in_store(registry, {"WSUS", std::nullopt});
    claim(only.has_value() == (found->size() == 1), "not the one certificate that is there");
    if (!only) claim_printable_line(only.error().message, "the message about a store");
}

void claim_state(test::MemoryRegistry& registry) {
    const auto clone = is_clone(registry, identity);
    const auto state = read_agent_state(registry, identity);
    claim(clone && state, "the state cannot be read");
    claim(!*clone || (!state->last_look && !state->last_repair), "a clone has the times of another machine");
    claim(!state->previous || !state->previous->value ||
              state->previous->value->data.size() <= max_previous_value,
          "a policy value that no policy has");
    for (const std::string& key : state->created_keys)
        claim(std::ranges::find(undoable_keys(), key) != undoable_keys().end(), "a key that was never ours");
    const auto cached = list_cached(registry);
    claim(cached.has_value(), "the cache cannot be read");
    for (const Sha256& digest : *cached) {
        const auto certificate = read_cached(registry, digest);
        claim(certificate && (!*certificate || sha256_of((*certificate)->der) == digest), "the cache lies");
    }
}

void claim_contest(test::MemoryRegistry& registry) {
    const auto memory = read_contest_memory(registry);
    claim(memory.has_value(), "the memory of contests cannot be read");
    claim(memory->policy_reverted.size() <= contested_after, "more than a contest");
    claim(memory->placed.size() <= 1, "a certificate that nobody remembers");
    test::MemoryRegistry other;
    claim(write_contest_memory(other, {}, *memory) && read_contest_memory(other).value() == *memory,
          "a memory of contests does not survive being written");
}

void claim_status(test::MemoryRegistry& registry) {
    const auto read = read_status(registry, identity);
    claim(read.has_value(), "the status cannot be read");
    if (!*read) return;
    const StatusReport& report = **read;
    const std::string json = to_compact_text(to_json(report));
    claim(is_valid_utf8(json) && json.find('\n') == std::string::npos, "the JSON is no line of UTF-8");
    const auto again = report_from_json(json);
    claim(again && to_compact_text(to_json(*again)) == json, "a report does not survive its JSON");
    claim_printable_line(to_line(report), "the line of a report");
    claim_printable_lines(to_text(report, {.color = false, .width = 40}), "the text of a report");
    claim_printable_lines(to_text(report, {.color = false, .width = 100}), "the text of a report");
}

} // namespace

void registry_state(ByteView input) {
    test::MemoryRegistry registry;
    fill(registry, input);
    registry.forget_writes();
    claim_stores(registry);
    claim_named_store(registry);
    claim_state(registry);
    claim_contest(registry);
    claim_status(registry);
    claim(registry.writes().empty(), "something was written while reading");
}

namespace {

struct Record {
    std::string_view key; // as in `places`, with the name when there are several
    std::string_view name;
    std::byte type;
    Bytes data;
};

Bytes records(const std::vector<Record>& list) {
    Bytes out;
    for (const Record& record : list) {
        const auto place = std::ranges::find_if(places, [&](const Place& each) {
            return each.key.contains(record.key) && each.name == record.name;
        });
        out.push_back(static_cast<std::byte>(place - places.begin()));
        out.push_back(record.type);
        out.push_back(static_cast<std::byte>(record.data.size() & 0xFFU));
        out.push_back(static_cast<std::byte>(record.data.size() >> 8U));
        out.insert(out.end(), record.data.begin(), record.data.end());
    }
    return out;
}

constexpr std::byte text_type = as_utf16 | std::byte{1};
constexpr std::byte binary_type{3};
constexpr std::byte dword_type{4};

Bytes text(std::string_view utf8) { return to_bytes(as_byte_view(utf8)); }

} // namespace

std::vector<Bytes> registry_state_seeds() {
    using namespace test;
    const Ca root = make_ca("CN=R", nullptr, {.key = ec()});
    const Ca middle = make_ca("CN=I", &root, {.key = ec()});
    const Bytes leaf = issued_by(middle, {.subject = "CN=L", .key = ec()});
    const auto entry = [](std::string_view store, const Bytes& der) {
        return Record{store, "Blob", binary_type, encode_blob(marked_entry(der, false))};
    };
    const Bytes one = dword_value(1).data;
    const std::string_view report =
        R"({"schemaVersion":1,"time":"2026-06-01T00:00:00Z","state":"Compliant","endpoint":{"kind":"image","name":"x"},)"
        R"("inDesiredState":true,"findings":[{"code":"expired","severity":"warning","subject":"s","message":"m",)"
        R"("expected":"e","actual":"a","remedy":"r"}],"changes":[{"action":"addCertificate","store":"Root",)"
        R"("thumbprint":"AA","outcome":"done"}],"certificates":[{"sha256":"aa","subject":"CN = x","stores":[)"
        R"({"store":"Root","location":"machine","ours":true}],"usage":["Code Signing"],"allow":["expired"]}],)"
        R"("desiredState":{"acceptTrustedPublisherCerts":"REG_DWORD 1","certificates":[{"sha256":"aa","stores":["Root"]}]}})";
    const std::string_view guid = "0f0e0d0c-0000-4000-8000-000000000001";
    return {
        records({entry(R"(\TrustedPublisher\)", leaf), entry(R"(\CA\)", middle.der),
                 entry(R"(\Root\)", root.der)}),
        records({entry(R"(\TrustedPublisher\)", leaf), entry(R"(\Root\)", root.der),
                 entry(R"(\Disallowed\)", leaf)}),
        records({entry(R"(Microsoft\SystemCertificates\WSUS\)", leaf),
                 entry(R"(Policies\Microsoft\SystemCertificates\WSUS)", leaf)}),
        records(
            {entry("WSUS", leaf), entry("WSUS", root.der), {"WSUS", "Blob", binary_type, text("nothing")}}),
        records({{"Status", "Report", text_type, text(report)},
                 {"Status", "MachineGuid", text_type, text(guid)}}),
        records({{"Status", "Report", text_type, text(report)},
                 {"Status", "ComputerName", text_type, text("PC2")}}),
        records({{"Status", "State", text_type, text("NonCompliant")},
                 {"Status", "Reasons", text_type, text("expired,policy_missing,not_in_root")},
                 {"Status", "LastCheckUtc", text_type, text("2026-06-01T00:00:00Z")},
                 {"Status", "AgentVersion", text_type, text("1.2.3")}}),
        records({{"Status", "LastLookUtc", text_type, text("2026-06-01T00:00:00Z")},
                 {"Status", "LastRepairUtc", text_type, text("2026-06-01T00:00:00Z")},
                 {"Previous", policy_value_name, dword_type, one},
                 {"Previous", "CreatedKeys", text_type,
                  text(R"(Policies\Microsoft|Microsoft\SystemCertificates\Root\Certificates|Software)")}}),
        records({{"Previous", "PolicyValueWasAbsent", dword_type, one},
                 {"Previous", "CreatedKeys", std::byte{1}, to_utf16le_z(R"(Policies\Microsoft)")}}),
        records({{"Previous", policy_value_name, binary_type, Bytes(1'025)}}),
        records(
            {{"Cache", "Certificate", binary_type, leaf}, {"Cache", "Certificate", text_type, text("x")}}),
        records({{"Cache", "Certificate", binary_type | misnamed, leaf},
                 {"WSUS", "Blob", binary_type | misnamed, encode_blob(marked_entry(leaf, true))}}),
        records({{"Contest", "SettingsDigest", text_type, text("0123")},
                 {"Contest", "PolicyRight", dword_type, one},
                 {"Contest", "PolicyTakenBack", text_type, text("2026-06-01T00:00:00Z,2026-06-01T01:00:00Z")},
                 {"Contest", "PolicyOwner", text_type, text("domainGroupPolicy")},
                 {"Contest", a_place, text_type, text("putBack 2026-06-01T00:00:00Z")}}),
        records({{"WindowsUpdate", policy_value_name, text_type, text("1\x1B[31m")},
                 {"WindowsUpdate", "WUServer", text_type, text("https://wsus.example.com:8531")},
                 {"AU", "UseWUServer", dword_type, one},
                 {"Cryptography", "MachineGuid", text_type, text(guid)}}),
    };
}

} // namespace wta::fuzz
