#include "tests/support/memory_endpoint.h"

#include "common/trust/observed_state.h"

namespace wta::test {
namespace {

std::unexpected<Error> not_changing() { return fail(ErrorCode::access_denied, "no changes have been begun"); }

} // namespace

Result<std::optional<RegistryValue>> MemoryEndpoint::Gate::get(std::string_view key, std::string_view name) {
    return endpoint_.memory_.get(key, name);
}

Result<void> MemoryEndpoint::Gate::set(std::string_view key, std::string_view name,
                                       const RegistryValue& value) {
    if (!endpoint_.changing()) return not_changing();
    return endpoint_.memory_.set(key, name, value);
}

Result<void> MemoryEndpoint::Gate::erase(std::string_view key, std::string_view name) {
    if (!endpoint_.changing()) return not_changing();
    return endpoint_.memory_.erase(key, name);
}

Result<void> MemoryEndpoint::Gate::erase_key(std::string_view key) {
    if (!endpoint_.changing()) return not_changing();
    return endpoint_.memory_.erase_key(key);
}

Result<std::optional<KeyListing>> MemoryEndpoint::Gate::list(std::string_view key) {
    return endpoint_.memory_.list(key);
}

// As Windows does: it looks into its stores itself, and takes from the caller only what is distrusted.
ChainVerdict MemoryEndpoint::chain_verdict(ByteView leaf, const ChainStores& stores, Timestamp now) {
    if (view_ == StoreView::observed) return judge_chain(leaf, stores, now);
    ObservedState seen = observe(memory_).value();
    if (view_ == StoreView::machine_location)
        std::erase_if(seen.entries, [](const StoreEntry& entry) { return !entry.machine(); });
    return judge_chain(leaf, chain_stores(seen, {stores.distrusted.begin(), stores.distrusted.end()}), now);
}

MemoryEndpoint::~MemoryEndpoint() {
    if (before_) undo_if_image(*std::move(before_));
}

// What was written to a live machine stays.
void MemoryEndpoint::undo_if_image(MemoryRegistry::Contents before) {
    if (description_.kind == EndpointKind::image) memory_.restore(std::move(before));
}

Result<void> MemoryEndpoint::begin_changes() {
    if (use_ == Use::look) return fail(ErrorCode::access_denied, "opened to be looked at only");
    if (begin_failure_) return std::unexpected(*begin_failure_);
    before_ = memory_.contents();
    return {};
}

Result<void> MemoryEndpoint::commit(const Verify& verify) {
    if (!changing()) return not_changing();
    MemoryRegistry::Contents before = *std::move(before_);
    before_.reset();
    Result<void> outcome =
        commit_failure_ ? Result<void>(std::unexpected(*commit_failure_)) : verify(memory_);
    if (!outcome) {
        undo_if_image(std::move(before));
        return outcome;
    }
    ++commits_;
    return {};
}

} // namespace wta::test
