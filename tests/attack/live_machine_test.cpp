// A live machine whose registry is full of traps, or changes while it is worked on.
#include "agent/endpoint/live_store_writer.h"
#include "agent/platform/windows/handle.h"
#include "common/trust/observed_state.h"
#include "tests/support/live_cycle.h"
#include "tests/support/scene.h"
#include "tests/support/scratch_machine.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;

namespace {

LiveRegistry writable(const ScratchMachine& machine) {
    return LiveRegistry(machine.root(), LiveWrites::everything);
}

// Does something over and over until the end of the scope.
class Meanwhile {
public:
    explicit Meanwhile(std::function<void()> work)
        : thread_([work = std::move(work)](const std::stop_token& stop) {
              while (!stop.stop_requested()) work();
          }) {}

private:
    std::jthread thread_;
};

// Handles are numbered from below, so that lost ones push the next number up.
std::size_t next_handle() {
    const platform::Handle event(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
    return reinterpret_cast<std::size_t>(event.get());
}

// When each store and policy key below the root was last written to; the agent's own key does not count.
std::vector<std::pair<std::wstring, std::uint64_t>> last_writes(const ScratchMachine& machine) {
    std::vector<std::pair<std::wstring, std::uint64_t>> times;
    std::vector<std::wstring> open{L"Microsoft", L"Policies"};
    HKEY root = nullptr;
    const std::wstring path(machine.root().path.begin(), machine.root().path.end());
    REQUIRE(::RegOpenKeyExW(HKEY_CURRENT_USER, path.c_str(), 0, KEY_READ, &root) == ERROR_SUCCESS);
    while (!open.empty()) {
        const std::wstring name = open.back();
        open.pop_back();
        HKEY key = nullptr;
        REQUIRE(::RegOpenKeyExW(root, name.c_str(), 0, KEY_READ, &key) == ERROR_SUCCESS);
        FILETIME written{};
        ::RegQueryInfoKeyW(key, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                           nullptr, nullptr, &written);
        times.emplace_back(name, (std::uint64_t{written.dwHighDateTime} << 32U) | written.dwLowDateTime);
        std::array<wchar_t, 256> child{};
        for (DWORD i = 0; ::RegEnumKeyW(key, i, child.data(), 256) == ERROR_SUCCESS; ++i)
            open.push_back(name + L"\\" + child.data());
        ::RegCloseKey(key);
    }
    ::RegCloseKey(root);
    return times;
}

// Counts what is written, or tried to, outside the agent's own key: Wine does not show when a value is set to
// what it is already.
class CountingEndpoint : public Endpoint, Registry, StoreWriter {
public:
    explicit CountingEndpoint(std::unique_ptr<Endpoint> endpoint) : endpoint_(std::move(endpoint)) {}

    int writes = 0;

    [[nodiscard]] EndpointDescription description() const override { return endpoint_->description(); }
    [[nodiscard]] Registry& registry() override { return *this; }
    [[nodiscard]] StoreWriter& store_writer() override { return *this; }
    [[nodiscard]] Registry* history() override { return endpoint_->history(); }
    [[nodiscard]] PolicyFiles policy_files() override { return endpoint_->policy_files(); }
    [[nodiscard]] ChainVerdict chain_verdict(ByteView leaf, const ChainStores& stores,
                                             Timestamp now) override {
        return endpoint_->chain_verdict(leaf, stores, now);
    }
    Result<void> begin_changes() override { return endpoint_->begin_changes(); }
    Result<void> commit(const Verify& verify) override { return endpoint_->commit(verify); }

private:
    void count(std::string_view key) { writes += key.starts_with(state_key) ? 0 : 1; }

    Result<std::optional<RegistryValue>> get(std::string_view key, std::string_view name) override {
        return endpoint_->registry().get(key, name);
    }
    Result<std::optional<KeyListing>> list(std::string_view key) override {
        return endpoint_->registry().list(key);
    }
    Result<void> set(std::string_view key, std::string_view name, const RegistryValue& value) override {
        count(key);
        return endpoint_->registry().set(key, name, value);
    }
    Result<void> erase(std::string_view key, std::string_view name) override {
        count(key);
        return endpoint_->registry().erase(key, name);
    }
    Result<void> erase_key(std::string_view key) override {
        count(key);
        return endpoint_->registry().erase_key(key);
    }
    Result<void> add(StoreName store, const StoredCertificate& entry) override {
        ++writes;
        return endpoint_->store_writer().add(store, entry);
    }
    Result<void> adopt(StoreName store, const Thumbprint& thumbprint, bool limit_to_code_signing) override {
        ++writes;
        return endpoint_->store_writer().adopt(store, thumbprint, limit_to_code_signing);
    }
    Result<void> remove(StoreName store, const Thumbprint& thumbprint) override {
        ++writes;
        return endpoint_->store_writer().remove(store, thumbprint);
    }

    std::unique_ptr<Endpoint> endpoint_;
};

} // namespace

TEST_CASE("threat 28: a second run that wants to change the machine is told to wait before it looks") {
    const ScratchMachine machine;
    {
        const auto first = machine.open(Use::change).value();
        const auto second = machine.open(Use::change);
        REQUIRE(!second);
        CHECK(second.error().code == ErrorCode::busy);
        CHECK(second.error().reason == ReasonCode::busy);
        CHECK(codes(repair(*first, settings_for(wsus())), Severity::error).empty());
    }
    CHECK(machine.open(Use::change));
}

TEST_CASE("threat 29: after the first repair a thousand more write to no store and to no policy value") {
    const ScratchMachine machine;
    const wta::Settings settings = settings_for(wsus());
    CountingEndpoint endpoint(machine.open(Use::change).value());
    REQUIRE(repair(endpoint, settings).changes.size() == 3);
    REQUIRE(endpoint.writes == 3);
    const auto before = last_writes(machine);
    REQUIRE(before.size() >= 10);
    for (int run = 0; run < 1'000; ++run) REQUIRE(repair(endpoint, settings).changes.empty());
    CHECK(endpoint.writes == 3);
    CHECK(last_writes(machine) == before);
}

TEST_CASE("threat 29: another certificate with the same subject is left alone") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    const Bytes theirs = self_signed({.not_after = reference_time + std::chrono::days{300}});
    REQUIRE(LiveStoreWriter(registry).add(StoreName::root, marked_entry(theirs, false)));
    const auto endpoint = machine.open(Use::change).value();
    CHECK(repair(*endpoint, settings_for(wsus())).in_desired_state == true);
    CHECK(observe(registry).value().in_place(StoreName::root, sha256_of(theirs)));
    CHECK(observe(registry).value().in_place(StoreName::root, sha256_of(wsus())));
}

TEST_CASE("nothing is written through a symbolic link, and what it leads to stays") {
    ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    REQUIRE(registry.set("Target\\Inside", "x", dword_value(1)));
    machine.link("Link", "Target");
    REQUIRE(registry.get("Link\\Inside", "x").value() ==
            dword_value(1)); // readers follow it, as Windows does
    CHECK(registry.set("Link", "y", dword_value(2)).error().code == ErrorCode::unusable);
    CHECK(registry.set("Link\\Inside", "x", dword_value(2)).error().code == ErrorCode::unusable);
    CHECK(registry.set("Link\\New\\Key", "x", dword_value(2)).error().code == ErrorCode::unusable);
    CHECK(registry.erase("Link\\Inside", "x").error().code == ErrorCode::unusable);
    CHECK(registry.erase_key("Link\\Inside").error().code == ErrorCode::unusable);
    CHECK(registry.erase_key("Link").error().code == ErrorCode::unusable);
    CHECK(registry.list("Target").value() == KeyListing{{"Inside"}, {}});
    CHECK(registry.get("Target\\Inside", "x").value() == dword_value(1));
}

TEST_CASE("a store that is a symbolic link is refused before anything is changed") {
    ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    REQUIRE(registry.set("Elsewhere", "x", dword_value(1)));
    REQUIRE(registry.set("Microsoft\\SystemCertificates", "x", dword_value(1)));
    machine.link("Microsoft\\SystemCertificates\\Root", "Elsewhere");
    const auto endpoint = machine.open(Use::change).value();
    const auto begun = endpoint->begin_changes();
    REQUIRE(!begun);
    CHECK(begun.error().code == ErrorCode::unusable);
    CHECK_THAT(begun.error().message, ContainsSubstring("symbolic link"));
    CHECK(registry.list("Elsewhere").value() == KeyListing{{}, {"x"}});
}

TEST_CASE("a key that comes and goes is present or absent, never an error") {
    const ScratchMachine machine;
    LiveRegistry other = writable(machine);
    const Meanwhile toggling([&other] {
        static_cast<void>(other.set("Microsoft\\Now\\And", "then", dword_value(1)));
        static_cast<void>(other.erase_key("Microsoft\\Now\\And"));
    });
    LiveRegistry registry = writable(machine);
    int present = 0;
    for (int i = 0; i < 2'000; ++i) {
        const auto value = registry.get("Microsoft\\Now\\And", "then");
        REQUIRE(value);
        if (*value) ++present;
        REQUIRE(registry.list("Microsoft\\Now\\And"));
        REQUIRE(registry.erase("Microsoft\\Now\\And", "another"));
    }
    CHECK(present > 0);
}

TEST_CASE("a key that stays is in every listing while others come and go around it") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    std::vector<std::string> staying;
    for (int i = 0; i < 20; ++i) {
        staying.push_back("s" + std::to_string(100 + i));
        REQUIRE(registry.set("Microsoft\\List\\" + staying.back(), "x", dword_value(1)));
    }
    LiveRegistry other = writable(machine);
    const Meanwhile toggling([&other] {
        for (const std::string name : {"a", "s105a", "s110a"}) {
            static_cast<void>(other.set("Microsoft\\List\\" + name, "x", dword_value(1)));
            static_cast<void>(other.erase_key("Microsoft\\List\\" + name));
        }
    });
    for (int i = 0; i < 300; ++i) {
        const auto listing = registry.list("Microsoft\\List");
        REQUIRE(listing);
        for (const std::string& name : staying) REQUIRE(std::ranges::count((*listing)->subkeys, name) == 1);
    }
}

TEST_CASE("a thousand operations keep no handle") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    LiveStoreWriter writer(registry);
    const auto operate = [&] {
        REQUIRE(registry.set("Microsoft\\A\\B", "x", dword_value(1)));
        REQUIRE(registry.get("Microsoft\\A\\B", "x"));
        REQUIRE(registry.get("Microsoft\\Missing", "x"));
        REQUIRE(registry.list("Microsoft\\A"));
        REQUIRE(registry.erase("Microsoft\\A\\B", "x"));
        REQUIRE(registry.erase_key("Microsoft\\A\\B"));
        REQUIRE(writer.add(StoreName::root, marked_entry(wsus(), true)));
        REQUIRE(!writer.add(StoreName::root, marked_entry(wsus(), true)));
        REQUIRE(writer.remove(StoreName::root, thumbprint_of(wsus())));
    };
    operate();
    const std::size_t before = next_handle();
    for (int i = 0; i < 200; ++i) operate();
    CHECK(next_handle() < before + 400); // 100 numbers of 4
}
