#include "agent/endpoint/live_endpoint.h"

#include "agent/endpoint/live_chain.h"
#include "agent/endpoint/live_key.h"
#include "agent/endpoint/live_machine.h"
#include "agent/endpoint/live_policy_files.h"
#include "agent/endpoint/live_registry.h"
#include "agent/endpoint/live_store_writer.h"
#include "agent/platform/folder_lock.h"
#include "agent/platform/platform.h"
#include "agent/platform/windows/state_folder.h"
#include "agent/platform/windows/token.h"
#include "common/trust/agent_state.h"
#include "common/trust/observed_state.h"

#include <utility>

namespace wta {
namespace {

std::unexpected<Error> not_elevated() {
    return refuse(
        ReasonCode::access_denied,
        "changing the stores and the policy of this machine needs elevation, which this process does not "
        "have; nothing was changed. Run it as administrator (\"Run as administrator\"), or as LocalSystem "
        "in a scheduled task",
        ErrorCode::access_denied);
}

// The codes that Windows' answer stands for in a report.
std::unexpected<Error> explained(std::string_view doing, Error error) {
    if (!error.reason && error.code == ErrorCode::access_denied) error.reason = ReasonCode::access_denied;
    return within_context(doing, std::move(error));
}

// Every key that a repair or an undo may write to.
std::vector<std::string> keys_to_write() {
    std::vector<std::string> keys{std::string(state_key), std::string(policy_key)};
    for (const StoreName store : {StoreName::root, StoreName::trusted_publisher, StoreName::disallowed})
        keys.push_back(certificates_key(store, Location::machine));
    return keys;
}

class LiveEndpoint : public Endpoint {
public:
    explicit LiveEndpoint(const LiveMachine& machine)
        : machine_(machine), registry_(machine.root), store_writer_(registry_),
          history_(machine.root, LiveWrites::own_key) {}

    // To change it, the lock is taken before the first look, so that two runs never interleave.
    Result<void> open(Use use) {
        may_remember_ = check_writable(machine_.root, state_key).has_value();
        if (use == Use::look) return {};
        if (!machine_.elevated) return not_elevated();
        const auto folder = machine_.state_folder();
        if (!folder) return explained("prepare the state folder", folder.error());
        auto lock = platform::FolderLock::acquire(*folder);
        if (!lock) return explained("lock this machine against other runs", lock.error());
        lock_ = *std::move(lock);
        return {};
    }

    [[nodiscard]] EndpointDescription description() const override {
        return {.kind = EndpointKind::live, .name = platform::computer_name()};
    }
    [[nodiscard]] Registry& registry() override { return registry_; }
    [[nodiscard]] StoreWriter& store_writer() override { return store_writer_; }
    [[nodiscard]] Registry* history() override { return may_remember_ ? &history_ : nullptr; }
    [[nodiscard]] PolicyFiles policy_files() override {
        return machine_.policy_files ? machine_.policy_files() : PolicyFiles{};
    }
    [[nodiscard]] ChainVerdict chain_verdict(ByteView leaf, const ChainStores& stores,
                                             Timestamp now) override {
        return machine_.judge(leaf, stores, now);
    }

    Result<void> begin_changes() override {
        if (!lock_) return fail(ErrorCode::access_denied, "this machine was opened to be looked at only");
        if (changing_) return fail(ErrorCode::busy, "changes to this machine have already been begun");
        for (const std::string& key : keys_to_write())
            if (const auto writable = check_writable(machine_.root, key); !writable)
                return explained("nothing was changed", writable.error());
        change(true);
        return {};
    }

    // What was written is there already: Windows keeps the registry, also when this process dies.
    Result<void> commit(const Verify& verify) override {
        if (!changing_) return fail(ErrorCode::access_denied, "no changes to this machine have been begun");
        change(false);
        return verify(registry_);
    }

private:
    void change(bool changing) {
        changing_ = changing;
        registry_.allow(changing ? LiveWrites::everything : LiveWrites::nothing);
    }

    LiveMachine machine_;
    LiveRegistry registry_;
    LiveStoreWriter store_writer_;
    LiveRegistry history_;
    std::optional<platform::FolderLock> lock_; // opened to be changed
    bool may_remember_ = false;
    bool changing_ = false; // between begin_changes() and commit()
};

} // namespace

Result<std::unique_ptr<Endpoint>> open_live_machine(const LiveMachine& machine, Use use) {
    auto endpoint = std::make_unique<LiveEndpoint>(machine);
    WTA_TRY(endpoint->open(use));
    return endpoint;
}

std::unique_ptr<Registry> open_live_registry() { return std::make_unique<LiveRegistry>(LiveRoot{}); }

Result<std::unique_ptr<Endpoint>> open_live(Use use) {
    return open_live_machine({.root = {},
                              .elevated = platform::token_is_elevated(),
                              .state_folder = platform::protected_state_folder,
                              .policy_files = read_policy_files,
                              .judge = judge_live_chain},
                             use);
}

} // namespace wta
