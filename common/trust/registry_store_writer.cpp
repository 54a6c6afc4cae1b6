#include "common/trust/registry_store_writer.h"

#include "common/certificate/store_name.h"

namespace wta {
namespace {

constexpr std::string_view blob_name = "Blob";

} // namespace

std::string entry_key(StoreName store, const Thumbprint& thumbprint) {
    return certificates_key(store, Location::machine) + "\\" + to_string(thumbprint);
}

// Under another thumbprint than its own, or with a wrong SHA-1 property, it is none.
Result<std::optional<StoredCertificate>> find_entry(Registry& registry, StoreName store,
                                                    const Thumbprint& thumbprint) {
    const auto value = registry.get(entry_key(store, thumbprint), blob_name);
    if (!value) return std::unexpected(value.error());
    if (!*value || (*value)->type != reg_binary) return std::nullopt;
    auto stored = decode_blob((*value)->data);
    if (!stored || !stands_under(thumbprint, *stored)) return std::nullopt;
    return *std::move(stored);
}

std::unexpected<Error> already_present(StoreName store, const Thumbprint& thumbprint) {
    return fail(ErrorCode::busy, "store " + std::string(to_string(store)) + " already has an entry " +
                                     to_string(thumbprint) + "; it is left as it is");
}

Result<void> RegistryStoreWriter::add(StoreName store, const StoredCertificate& entry) {
    const Thumbprint thumbprint = thumbprint_of(entry.der());
    const auto present = find_entry(registry_, store, thumbprint);
    if (!present) return std::unexpected(present.error());
    if (*present) return already_present(store, thumbprint);
    return registry_.set(entry_key(store, thumbprint), blob_name, binary_value(encode_blob(entry)));
}

Result<void> RegistryStoreWriter::adopt(StoreName store, const Thumbprint& thumbprint,
                                        bool limit_to_code_signing) {
    auto present = find_entry(registry_, store, thumbprint);
    if (!present) return std::unexpected(present.error());
    if (!*present)
        return fail(ErrorCode::not_found, "store " + std::string(to_string(store)) + " has no certificate " +
                                              to_string(thumbprint) + " any more");
    const StoredCertificate adopted = adopted_entry(**std::move(present), limit_to_code_signing);
    return registry_.set(entry_key(store, thumbprint), blob_name, binary_value(encode_blob(adopted)));
}

Result<void> RegistryStoreWriter::remove(StoreName store, const Thumbprint& thumbprint) {
    const std::string key = entry_key(store, thumbprint);
    auto erased = registry_.erase_key(key);
    if (!erased && erased.error().code == ErrorCode::invalid) return registry_.erase(key, blob_name);
    return erased;
}

} // namespace wta
