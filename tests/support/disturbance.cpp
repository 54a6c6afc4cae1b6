#include "tests/support/disturbance.h"

namespace wta::test {

bool may_write(PortCall call) {
    switch (call) {
    case PortCall::set:
    case PortCall::erase:
    case PortCall::erase_key:
    case PortCall::add:
    case PortCall::adopt:
    case PortCall::remove:
    case PortCall::history:
    case PortCall::begin_changes:
    case PortCall::commit: return true;
    case PortCall::get:
    case PortCall::list:
    case PortCall::chain_verdict:
    case PortCall::fetch: return false;
    }
    std::unreachable();
}

std::vector<ErrorCode> permitted_errors(PortCall call) {
    using enum ErrorCode;
    std::vector<ErrorCode> codes{access_denied, read_only, exhausted, unusable, io};
    switch (call) {
    case PortCall::get:
    case PortCall::list:
    case PortCall::erase: break;
    case PortCall::erase_key: codes.push_back(invalid); break;
    case PortCall::set:
    case PortCall::history: codes.insert(codes.end(), {invalid, too_large}); break;
    case PortCall::add: codes.insert(codes.end(), {busy, invalid, too_large}); break;
    case PortCall::adopt: codes.insert(codes.end(), {not_found, invalid, too_large}); break;
    case PortCall::remove: codes.push_back(invalid); break;
    case PortCall::begin_changes: codes.insert(codes.end(), {busy, not_found}); break;
    case PortCall::commit: codes.insert(codes.end(), {busy, not_found, too_large}); break;
    case PortCall::chain_verdict: return {}; // gives a verdict in any case
    case PortCall::fetch:
        return {unreachable, timed_out, not_found, access_denied, invalid, too_large, exhausted, io};
    }
    return codes;
}

Result<std::optional<RegistryValue>> DisturbedRegistry::get(std::string_view key, std::string_view name) {
    return disturbance_.around<Result<std::optional<RegistryValue>>>(
        of(PortCall::get), key, [&] { return registry_.get(key, name); });
}

Result<void> DisturbedRegistry::set(std::string_view key, std::string_view name, const RegistryValue& value) {
    return disturbance_.around<Result<void>>(of(PortCall::set), key,
                                             [&] { return registry_.set(key, name, value); });
}

Result<void> DisturbedRegistry::erase(std::string_view key, std::string_view name) {
    return disturbance_.around<Result<void>>(of(PortCall::erase), key,
                                             [&] { return registry_.erase(key, name); });
}

Result<void> DisturbedRegistry::erase_key(std::string_view key) {
    return disturbance_.around<Result<void>>(of(PortCall::erase_key), key,
                                             [&] { return registry_.erase_key(key); });
}

Result<std::optional<KeyListing>> DisturbedRegistry::list(std::string_view key) {
    return disturbance_.around<Result<std::optional<KeyListing>>>(of(PortCall::list), key,
                                                                  [&] { return registry_.list(key); });
}

DisturbedEndpoint::DisturbedEndpoint(Endpoint& endpoint, Disturbance& disturbance)
    : endpoint_(endpoint), disturbance_(disturbance), registry_(endpoint.registry(), disturbance),
      writer_(endpoint, disturbance) {
    if (Registry* const history = endpoint.history())
        history_ = std::make_unique<DisturbedRegistry>(*history, disturbance, DisturbedRegistry::Of::history);
}

ChainVerdict DisturbedEndpoint::chain_verdict(ByteView leaf, const ChainStores& stores, Timestamp now) {
    return disturbance_.around<ChainVerdict>(PortCall::chain_verdict, "",
                                             [&] { return endpoint_.chain_verdict(leaf, stores, now); });
}

Result<void> DisturbedEndpoint::begin_changes() {
    return disturbance_.around<Result<void>>(PortCall::begin_changes, "",
                                             [&] { return endpoint_.begin_changes(); });
}

Result<void> DisturbedEndpoint::commit(const Verify& verify) {
    return disturbance_.around<Result<void>>(PortCall::commit, "", [&] {
        return endpoint_.commit([&](Registry& written) {
            DisturbedRegistry disturbed(written, disturbance_);
            return verify(disturbed);
        });
    });
}

Result<void> DisturbedEndpoint::Writer::add(StoreName store, const StoredCertificate& entry) {
    return disturbance_.around<Result<void>>(PortCall::add, "",
                                             [&] { return endpoint_.store_writer().add(store, entry); });
}

Result<void> DisturbedEndpoint::Writer::adopt(StoreName store, const Thumbprint& thumbprint,
                                              bool limit_to_code_signing) {
    return disturbance_.around<Result<void>>(PortCall::adopt, "", [&] {
        return endpoint_.store_writer().adopt(store, thumbprint, limit_to_code_signing);
    });
}

Result<void> DisturbedEndpoint::Writer::remove(StoreName store, const Thumbprint& thumbprint) {
    return disturbance_.around<Result<void>>(
        PortCall::remove, "", [&] { return endpoint_.store_writer().remove(store, thumbprint); });
}

Result<FetchResponse> DisturbedTransport::fetch(const FetchRequest& request) {
    return disturbance_.around<Result<FetchResponse>>(PortCall::fetch, "",
                                                      [&] { return transport_.fetch(request); });
}

} // namespace wta::test
