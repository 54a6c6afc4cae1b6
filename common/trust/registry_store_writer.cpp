#include "common/trust/registry_store_writer.h"

#include "common/certificate/store_name.h"

namespace wta {
namespace {

constexpr std::string_view blob_name = "Blob";

std::string entry_key(StoreName store, const Thumbprint& thumbprint) {
    return certificates_key(store, Location::machine) + "\\" + to_string(thumbprint);
}

// Under another thumbprint than its own, or with a wrong SHA-1 property, it is no entry that anybody would
// miss.
bool is_certificate(const std::optional<RegistryValue>& value, const Thumbprint& thumbprint) {
    if (!value || value->type != reg_binary) return false;
    const auto stored = decode_blob(value->data);
    return stored && stands_under(thumbprint, *stored);
}

} // namespace

Result<void> RegistryStoreWriter::add(StoreName store, const StoredCertificate& entry) {
    const Thumbprint thumbprint = thumbprint_of(entry.der());
    const std::string key = entry_key(store, thumbprint);
    const auto present = registry_.get(key, blob_name);
    if (!present) return std::unexpected(present.error());
    if (is_certificate(*present, thumbprint)) {
        return fail(ErrorCode::busy, "store " + std::string(to_string(store)) + " already has an entry " +
                                         to_string(thumbprint) + "; it is left as it is");
    }
    return registry_.set(key, blob_name, binary_value(encode_blob(entry)));
}

Result<void> RegistryStoreWriter::remove(StoreName store, const Thumbprint& thumbprint) {
    const std::string key = entry_key(store, thumbprint);
    auto erased = registry_.erase_key(key);
    if (!erased && erased.error().code == ErrorCode::invalid) return registry_.erase(key, blob_name);
    return erased;
}

} // namespace wta
