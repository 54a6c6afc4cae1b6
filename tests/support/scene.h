// One made-up machine: a registry, a publisher, settings, and the runs over them.
#pragma once

#include "agent/cycle/distrust.h"
#include "agent/cycle/run_cycle.h"
#include "tests/support/certificate_builder.h"
#include "tests/support/memory_endpoint.h"
#include "tests/support/memory_transport.h"

#include <string>
#include <string_view>
#include <vector>

namespace wta::test {

struct Scene {
    MemoryRegistry registry;
    MemoryTransport transport;
    wta::Settings settings;
    Timestamp now = reference_time;
    std::string run_id = "019303f0-0000-7000-8000-000000000000";
    EndpointKind kind = EndpointKind::image;
    StoreView view = StoreView::observed;
    Trigger trigger = Trigger::person;
    std::string settings_digest;
    PolicyFiles policy_files;

    // An entry with its pin; its source is published only by publish().
    CertificateSettings& pin(const Bytes& der);
    void publish(const Bytes& der);
    [[nodiscard]] static std::string source_of(const Bytes& der);

    void put(StoreName store, const Bytes& der, Location location = Location::machine);
    void put(StoreName store, const StoredCertificate& entry, Location location = Location::machine);
    void put_policy_value(const RegistryValue& value);
    void put_update_service();

    [[nodiscard]] StatusReport check() { return run(CycleKind::check); }
    [[nodiscard]] StatusReport what_if() { return run(CycleKind::what_if); }
    [[nodiscard]] StatusReport repair() { return run(CycleKind::repair); }
    [[nodiscard]] StatusReport undo(CycleKind how = CycleKind::repair);
    [[nodiscard]] StatusReport adopt(const Bytes& der, CycleKind how = CycleKind::repair);
    [[nodiscard]] StatusReport distrust(const Bytes& der, CycleKind how = CycleKind::repair);
    [[nodiscard]] StatusReport distrust(const Distrust& what, CycleKind how = CycleKind::repair);
    // That `distrust` left for it.
    [[nodiscard]] std::optional<Tombstone> tombstone(const Bytes& der);

    [[nodiscard]] ObservedState observed();
    [[nodiscard]] bool holds(StoreName store, const Bytes& der) {
        return observed().holds(store, sha256_of(der));
    }
    [[nodiscard]] std::optional<StoredCertificate> entry(StoreName store, const Bytes& der);

private:
    StatusReport run(CycleKind how, std::optional<Sha256> adopt = {});
    CycleRequest request(CycleKind how, std::string command) const;
};

// The certificates of most scenes, made once: as WSUS makes its own, and one of an internal CA.
[[nodiscard]] const Bytes& wsus();
[[nodiscard]] const Ca& ca();
[[nodiscard]] const Bytes& ca_issued();

// The codes of a report, in order, as one text: "policy_missing not_in_root".
[[nodiscard]] std::string codes(const StatusReport& report, Severity at_least = Severity::warning);
[[nodiscard]] bool has(const StatusReport& report, std::string_view code, Severity severity);
// "addCertificate Root done; setPolicyValue … done"
[[nodiscard]] std::string changes(const StatusReport& report);

} // namespace wta::test
