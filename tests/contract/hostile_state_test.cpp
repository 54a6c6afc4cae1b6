// What the agent remembers, garbled, forged and lost in every way, on every kind of machine: it may cost
// history, and nothing else.
#include "agent/cycle/run_cycle.h"
#include "common/report/status_store.h"
#include "tests/contract/endpoint_contract.h"
#include "tests/support/live_cycle.h"
#include "tests/support/scene.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>

using namespace wta;
using namespace wta::test;

namespace {

struct Remembered {
    std::string key;
    std::string name;
    RegistryValue value;
};

// Every value below the agent's own key.
void collect(Registry& registry, const std::string& key, std::vector<Remembered>& found) {
    const auto listing = registry.list(key).value();
    if (!listing) return;
    for (const std::string& name : listing->values)
        found.push_back({key, name, registry.get(key, name).value().value()});
    for (const std::string& name : listing->subkeys) collect(registry, key + "\\" + name, found);
}

std::vector<Remembered> remembered(Machine& machine) {
    const auto endpoint = machine.open(Use::look);
    std::vector<Remembered> found;
    collect(endpoint->registry(), std::string(state_key), found);
    return found;
}

Result<void> as_meant(Registry& /*registry*/) { return {}; }

template <class Work>
void write(Machine& machine, Work work) {
    const auto endpoint = machine.open(Use::change);
    REQUIRE(endpoint->begin_changes());
    work(endpoint->registry());
    REQUIRE(endpoint->commit(as_meant));
}

StatusReport run(Endpoint& endpoint, CycleKind kind, const wta::Settings& settings) {
    MemoryTransport transport;
    return run_cycle(live_request(kind, "test"), settings, endpoint, transport);
}

StatusReport run(Machine& machine, CycleKind kind, const wta::Settings& settings) {
    return run(*machine.open(kind == CycleKind::repair ? Use::change : Use::look), kind, settings);
}

StatusReport undo(Machine& machine) { return test::undo(*machine.open(Use::change)); }

std::vector<StoreEntry> entries(Machine& machine) {
    const auto endpoint = machine.open(Use::look);
    std::vector<StoreEntry> found = observe(endpoint->registry()).value().entries;
    std::ranges::sort(found, {},
                      [](const StoreEntry& entry) { return std::pair(entry.store, entry.key_name); });
    return found;
}

const Bytes& bystander() {
    static const Bytes der = self_signed({.subject = "CN=Bystander"});
    return der;
}

StoredCertificate unmarked(const Bytes& der) {
    StoredCertificate entry;
    entry.elements = {{3, to_bytes(thumbprint_of(der).bytes)}, {0x20, der}};
    return entry;
}

void put(Registry& registry, StoreName store, const StoredCertificate& entry) {
    REQUIRE(registry.set(certificates_key(store, Location::machine) + "\\" +
                             to_string(thumbprint_of(entry.der())),
                         "Blob", binary_value(encode_blob(entry))));
}

// Repaired, beside a certificate of somebody else.
void prepare(Machine& machine) {
    write(machine, [](Registry& registry) {
        put(registry, StoreName::root, unmarked(bystander()));
        REQUIRE(registry.set(policy_key, policy_value_name, dword_value(0)));
    });
    REQUIRE(exit_code(run(machine, CycleKind::repair, settings_for(wsus()))) == 0);
    REQUIRE(entries(machine).size() == 3);
}

RegistryValue typed(std::uint32_t type, Bytes data) { return {type, std::move(data)}; }

constexpr std::size_t garbage_kinds = 20;

// What takes the place of one value.
std::vector<std::pair<std::string, RegistryValue>> garbage_for(const RegistryValue& value) {
    const Bytes half(value.data.begin(),
                     value.data.begin() + static_cast<std::ptrdiff_t>(value.data.size() / 2));
    Bytes odd = value.data;
    odd.push_back(std::byte{0x41});
    return {{"NULs", binary_value(Bytes(300))},
            {"NULs as text", typed(reg_sz, Bytes(300))},
            {"nothing", typed(value.type, {})},
            {"no type", typed(0, value.data)},
            {"half of it", typed(value.type, half)},
            {"an odd number of bytes", typed(value.type, odd)},
            {"huge", typed(value.type, Bytes(16'000, std::byte{0xFF}))},
            {"deep", string_value(std::string(7'900, '['))},
            {"its bytes as text", typed(reg_sz, value.data)},
            {"its bytes as binary data", typed(reg_binary, value.data)},
            {"its bytes as a list", typed(7, value.data)},
            {"a link", typed(6, value.data)},
            {"an unknown type", typed(0xFFFF'FFFF, value.data)},
            {"a number", dword_value(0xFFFF'FFFF)},
            {"a large number", typed(reg_qword, Bytes(8, std::byte{0x80}))},
            {"no UTF-16", typed(reg_sz, bytes({0x00, 0xD8, 0x41, 0x00}))},
            {"an old schema", string_value(R"({"schemaVersion":0,"state":"NonCompliant"})")},
            {"a later schema", string_value(R"({"schemaVersion":2,"findings":{"a":[{}]}})")},
            {"the end of time", string_value("9999-12-31T23:59:59Z")},
            {"before time", string_value("0000-00-00T00:00:00Z")}};
}

} // namespace

TEST_CASE(
    "threat 24: whichever value of the state is garbled, and however: nothing is written to a store, no "
    "certificate goes, and undo still takes away what is ours and nothing else") {
    const auto machine = any_machine(); // anew for each kind of garbage: images grow
    const std::size_t kind = GENERATE(range(std::size_t{0}, garbage_kinds));
    REQUIRE(garbage_for(dword_value(1)).size() == garbage_kinds);
    prepare(*machine.machine);
    const wta::Settings settings = settings_for(wsus());
    const std::vector<StoreEntry> right = entries(*machine.machine);
    const std::vector<Remembered> state = remembered(*machine.machine);
    REQUIRE(state.size() >= 15); // Status, Previous and Cache
    INFO(garbage_for(dword_value(1)).at(kind).first);
    {
        const auto endpoint = machine->open(Use::change);
        REQUIRE(endpoint->begin_changes());
        // A live machine takes many times as long: there every seventh kind takes the place of each value
        // alone.
        const bool each = endpoint->description().kind != EndpointKind::live || kind % 7 == 0;
        for (const Remembered& one : each ? state : std::vector<Remembered>{}) {
            INFO(one.key << ", " << one.name);
            REQUIRE(endpoint->registry().set(one.key, one.name, garbage_for(one.value).at(kind).second));
            REQUIRE(exit_code(run(*endpoint, CycleKind::check, settings)) == 0);
            const StatusReport repaired = run(*endpoint, CycleKind::repair, settings);
            REQUIRE(exit_code(repaired) == 0);
            REQUIRE(repaired.changes.empty());
            REQUIRE(read_status(endpoint->registry(), {}));
            REQUIRE(endpoint->registry().set(one.key, one.name, one.value));
        }
        for (const Remembered& one : state)
            REQUIRE(endpoint->registry().set(one.key, one.name, garbage_for(one.value).at(kind).second));
        REQUIRE(endpoint->commit(as_meant));
    }
    REQUIRE(entries(*machine.machine) == right);
    REQUIRE(run(*machine.machine, CycleKind::repair, settings).changes.empty());
    REQUIRE(exit_code(undo(*machine.machine)) == 0);
    const std::vector<StoreEntry> left = entries(*machine.machine);
    REQUIRE(left.size() == 1);
    REQUIRE(left.front().sha256 == sha256_of(bystander()));
    REQUIRE(exit_code(run(*machine.machine, CycleKind::repair, settings)) == 0);
    REQUIRE(entries(*machine.machine) == right);
}

TEST_CASE("threat 24: keys that somebody nested below the state change nothing, and go with it") {
    const auto machine = any_machine();
    prepare(*machine.machine);
    const std::vector<StoreEntry> right = entries(*machine.machine);
    std::string nested = std::string(cache_key);
    for (int i = 0; i < 40; ++i) nested += "\\n";
    write(*machine.machine, [&](Registry& registry) { REQUIRE(registry.set(nested, "x", dword_value(1))); });
    CHECK(run(*machine.machine, CycleKind::repair, settings_for(wsus())).changes.empty());
    CHECK(entries(*machine.machine) == right);
    CHECK(exit_code(undo(*machine.machine)) == 0);
    CHECK(entries(*machine.machine).size() == 1);
}

TEST_CASE(
    "threat 25: with forged state undo removes marked entries only, adds nothing, and what is distrusted "
    "stays distrusted") {
    const auto machine = any_machine();
    const Bytes evil = self_signed({.subject = "CN=Evil"});
    prepare(*machine.machine);
    write(*machine.machine, [&](Registry& registry) {
        REQUIRE(registry.set("Vendor\\Empty", "x", dword_value(1))); // an empty key of somebody else
        REQUIRE(registry.erase("Vendor\\Empty", "x"));
        put(registry, StoreName::disallowed, marked_entry(evil, false)); // ours: distrusted by the settings
        put(registry, StoreName::trusted_publisher, unmarked(bystander()));
    });
    const std::string previous(previous_key);
    const std::string all_keys = [] {
        std::string text =
            "Vendor\\Empty|Microsoft|Policies|Microsoft\\Windows NT|Microsoft\\SystemCertificates\\Root\\"
            "Certificates\\" +
            to_string(thumbprint_of(bystander()));
        for (const std::string& key : undoable_keys()) text += "|" + key;
        return text;
    }();
    const std::vector<std::optional<RegistryValue>> values{std::nullopt,
                                                           dword_value(1),
                                                           dword_value(7),
                                                           string_value("1"),
                                                           binary_value(Bytes(16'000)),
                                                           typed(reg_qword, Bytes(8)),
                                                           typed(7, Bytes(4)),
                                                           typed(0, {})};
    for (const auto& value : values) {
        for (const bool absent : {false, true}) {
            INFO((value ? describe(*value) : "none") << ", " << absent);
            REQUIRE(exit_code(run(*machine.machine, CycleKind::repair, settings_for(wsus()))) == 0);
            std::vector<StoreEntry> kept = entries(*machine.machine);
            REQUIRE(kept.size() == 5);
            std::erase_if(kept, [](const StoreEntry& entry) {
                return entry.ours() && entry.store != StoreName::disallowed;
            });
            write(*machine.machine, [&](Registry& registry) {
                REQUIRE(registry.set(previous, "CreatedKeys", string_value(all_keys)));
                if (absent) REQUIRE(registry.set(previous, "PolicyValueWasAbsent", dword_value(1)));
                const Result<void> forged = value ? registry.set(previous, policy_value_name, *value)
                                                  : registry.erase(previous, policy_value_name);
                REQUIRE(forged);
                // A good certificate that hides behind the name of another one, and one under its own.
                for (const Bytes* named : {&wsus(), &evil})
                    REQUIRE(registry.set(std::string(cache_key) + "\\" + to_string(sha256_of(*named)),
                                         "Certificate", binary_value(evil)));
            });
            const StatusReport undone = undo(*machine.machine);
            REQUIRE(exit_code(undone) == 0);
            REQUIRE(entries(*machine.machine) == kept);
            const auto endpoint = machine->open(Use::look);
            REQUIRE(endpoint->registry().list("Vendor\\Empty").value().has_value());
            const auto policy = endpoint->registry().get(policy_key, policy_value_name).value();
            // A 1 is only left where it is when what it was before cannot be told from it, or cannot be told:
            // no run remembers as much as the largest of these.
            const bool remembered = value && value->data.size() <= max_previous_value;
            if (policy == dword_value(1)) REQUIRE((value == dword_value(1) || (!remembered && !absent)));
        }
    }
}

TEST_CASE("threat 25: a forged cache installs nothing, wherever the forged bytes stand in it") {
    const auto machine = any_machine();
    const Bytes evil = self_signed({.subject = "CN=Evil"});
    wta::Settings settings = settings_for(wsus());
    settings.certificates[0].der.reset();
    settings.certificates[0].sources = {"https://pki.example.com/gone.cer"};
    write(*machine.machine, [&](Registry& registry) {
        for (const Bytes* named : {&wsus(), &evil})
            REQUIRE(registry.set(std::string(cache_key) + "\\" + to_string(sha256_of(*named)), "Certificate",
                                 binary_value(evil)));
    });
    CHECK(exit_code(run(*machine.machine, CycleKind::repair, settings)) == 4);
    CHECK(entries(*machine.machine).empty());
}

TEST_CASE("threat 25: with lost state undo removes what is marked, and leaves a policy value that nobody "
          "remembers") {
    const auto machine = any_machine();
    prepare(*machine.machine);
    for (auto state = remembered(*machine.machine); const Remembered& one : state)
        write(*machine.machine, [&](Registry& registry) { REQUIRE(registry.erase(one.key, one.name)); });
    CHECK(exit_code(undo(*machine.machine)) == 0);
    REQUIRE(entries(*machine.machine).size() == 1);
    CHECK(entries(*machine.machine).front().sha256 == sha256_of(bystander()));
    const auto endpoint = machine->open(Use::look);
    CHECK(endpoint->registry().get(policy_key, policy_value_name).value() == dword_value(1));
}

TEST_CASE("threat 25: a forged memory of contests keeps scheduled runs from putting back, and nothing else") {
    const auto machine = any_machine();
    prepare(*machine.machine);
    const wta::Settings settings = settings_for(wsus());
    const std::vector<StoreEntry> right = entries(*machine.machine);
    const std::string digits = to_string(sha256_of(wsus()));
    const std::string bystanders = to_string(sha256_of(bystander()));
    const std::string time = to_rfc3339(reference_time);
    write(*machine.machine, [&](Registry& registry) {
        const auto forge = [&registry](const std::string& name, const RegistryValue& value) {
            REQUIRE(registry.set(contest_key, name, value));
        };
        forge("PolicyRight", dword_value(1));
        forge("PolicyTakenBack", string_value(time + "," + time));
        forge("PolicyOwner", string_value("unknown"));
        forge("Root " + digits, string_value("putBack " + time));
        forge("TrustedPublisher " + digits, string_value("inPlace"));
        forge("Root " + bystanders, string_value("inPlace"));
        REQUIRE(registry.set(policy_key, policy_value_name, dword_value(0)));
        for (const StoreName store : {StoreName::root, StoreName::trusted_publisher})
            REQUIRE(registry.erase_key(certificates_key(store, Location::machine) + "\\" +
                                       to_string(thumbprint_of(wsus()))));
    });
    const auto endpoint = machine->open(Use::change);
    const bool live = endpoint->description().kind == EndpointKind::live;
    MemoryTransport transport;
    CycleRequest scheduled = live_request(CycleKind::repair, "repair");
    scheduled.trigger = Trigger::scheduled;
    const StatusReport left_alone = run_cycle(scheduled, settings, *endpoint, transport);
    CHECK(exit_code(left_alone) == (live ? 1 : 0));
    CHECK(left_alone.changes.size() == (live ? 1 : 3)); // an image keeps no such memory
    CHECK(exit_code(run(*endpoint, CycleKind::repair, settings)) == 0);
    CHECK(entries(*machine.machine) == right);
}
