// An endpoint over a MemoryRegistry, for tests of everything that uses endpoints.
#pragma once

#include "agent/endpoint/endpoint.h"
#include "common/trust/registry_store_writer.h"
#include "tests/support/memory_registry.h"

namespace wta::test {

// Which certificates the chain engine of a live machine knows: in Windows a store is the union of its
// physical locations, in Wine it is the machine's own location alone. An image is judged from what the caller
// observed.
enum class StoreView { observed, union_of_locations, machine_location };

// `memory` outlives the endpoint: another endpoint over it is the same machine opened again.
class MemoryEndpoint : public Endpoint {
public:
    explicit MemoryEndpoint(MemoryRegistry& memory,
                            EndpointDescription description = {EndpointKind::image, "memory"},
                            Use use = Use::change)
        : memory_(memory), description_(std::move(description)), use_(use), gate_(*this), writer_(gate_) {}

    ~MemoryEndpoint() override; // an image forgets what was not committed
    MemoryEndpoint(const MemoryEndpoint&) = delete;
    MemoryEndpoint& operator=(const MemoryEndpoint&) = delete;

    [[nodiscard]] EndpointDescription description() const override { return description_; }
    [[nodiscard]] Registry& registry() override { return gate_; }
    [[nodiscard]] StoreWriter& store_writer() override { return writer_; }
    [[nodiscard]] Registry* history() override {
        return description_.kind == EndpointKind::live ? &memory_ : nullptr;
    }
    [[nodiscard]] PolicyFiles policy_files() override { return policy_files_; }
    [[nodiscard]] ChainVerdict chain_verdict(ByteView leaf, const ChainStores& stores,
                                             Timestamp now) override;
    Result<void> begin_changes() override;
    Result<void> commit(const Verify& verify) override;

    void view_stores(StoreView view) { view_ = view; }
    void keep_policy_files(PolicyFiles files) { policy_files_ = std::move(files); }
    void fail_begin_changes(Error error) { begin_failure_ = std::move(error); }
    void fail_commit(Error error) { commit_failure_ = std::move(error); }
    [[nodiscard]] bool changing() const { return before_.has_value(); }
    [[nodiscard]] int commits() const { return commits_; }

private:
    // Lets writes through between begin_changes() and commit() only.
    class Gate : public Registry {
    public:
        explicit Gate(MemoryEndpoint& endpoint) : endpoint_(endpoint) {}
        Result<std::optional<RegistryValue>> get(std::string_view key, std::string_view name) override;
        Result<void> set(std::string_view key, std::string_view name, const RegistryValue& value) override;
        Result<void> erase(std::string_view key, std::string_view name) override;
        Result<void> erase_key(std::string_view key) override;
        Result<std::optional<KeyListing>> list(std::string_view key) override;

    private:
        MemoryEndpoint& endpoint_;
    };

    void undo_if_image(MemoryRegistry::Contents before);

    MemoryRegistry& memory_;
    EndpointDescription description_;
    Use use_;
    StoreView view_ = StoreView::observed;
    PolicyFiles policy_files_;
    Gate gate_;
    RegistryStoreWriter writer_;
    std::optional<MemoryRegistry::Contents> before_; // while changes are being made
    std::optional<Error> begin_failure_;
    std::optional<Error> commit_failure_;
    int commits_ = 0;
};

} // namespace wta::test
