#include "tests/support/scene.h"

#include <algorithm>

namespace wta::test {

std::string Scene::source_of(const Bytes& der) {
    return "https://pki.example.com/" + to_string(sha256_of(der)) + ".cer";
}

CertificateSettings& Scene::pin(const Bytes& der) {
    CertificateSettings entry;
    entry.sha256 = sha256_of(der);
    entry.sources = {source_of(der)};
    settings.certificates.push_back(entry);
    return settings.certificates.back();
}

void Scene::publish(const Bytes& der) { transport.publish(source_of(der), der, "\"tag\""); }

void Scene::put(StoreName store, const Bytes& der, Location location) {
    StoredCertificate entry;
    entry.elements = {{3, to_bytes(thumbprint_of(der).bytes)}, {0x20, der}};
    put(store, entry, location);
}

void Scene::put(StoreName store, const StoredCertificate& entry, Location location) {
    const std::string key = certificates_key(store, location) + "\\" + to_string(thumbprint_of(entry.der()));
    static_cast<void>(registry.set(key, "Blob", binary_value(encode_blob(entry))));
    registry.forget_writes();
}

void Scene::put_policy_value(const RegistryValue& value) {
    static_cast<void>(registry.set(policy_key, policy_value_name, value));
    registry.forget_writes();
}

void Scene::put_update_service() {
    static_cast<void>(registry.set(policy_key, "WUServer", string_value("http://wsus.example.com:8530")));
    static_cast<void>(registry.set(std::string(policy_key) + "\\AU", "UseWUServer", dword_value(1)));
    registry.forget_writes();
}

CycleRequest Scene::request(CycleKind how, std::string command) const {
    CycleRequest request{.kind = how, .trigger = trigger, .now = now, .computer_name = {}, .header = {}};
    request.header.settings_digest = settings_digest;
    request.header.command = std::move(command);
    request.header.run_id = run_id;
    request.header.time = now;
    request.header.agent_version = "1.2.3";
    request.header.endpoint_kind = "image";
    request.header.endpoint_name = "memory";
    request.header.mode = settings.mode.value == Mode::enforce ? "enforce" : "audit";
    request.header.what_if = how == CycleKind::what_if;
    return request;
}

StatusReport Scene::run(CycleKind how, std::optional<Sha256> adopt) {
    const bool changes = how == CycleKind::repair && settings.mode.value == Mode::enforce;
    MemoryEndpoint endpoint(registry, {kind, "memory"}, changes ? Use::change : Use::look);
    endpoint.view_stores(view);
    endpoint.keep_policy_files(policy_files);
    CycleRequest asked = request(how, how == CycleKind::check ? "check" : "repair");
    asked.adopt = adopt;
    return run_cycle(asked, settings, endpoint, transport);
}

StatusReport Scene::adopt(const Bytes& der, CycleKind how) { return run(how, sha256_of(der)); }

StatusReport Scene::distrust(const Bytes& der, CycleKind how) {
    return distrust(Distrust{.sha256 = sha256_of(der), .der = {}, .der_problem = {}}, how);
}

StatusReport Scene::distrust(const Distrust& what, CycleKind how) {
    MemoryEndpoint endpoint(registry, {kind, "memory"}, how == CycleKind::repair ? Use::change : Use::look);
    return run_distrust(request(how, "distrust"), what, endpoint);
}

std::optional<Tombstone> Scene::tombstone(const Bytes& der) {
    return read_tombstone(registry, sha256_of(der)).value();
}

StatusReport Scene::undo(CycleKind how) {
    MemoryEndpoint endpoint(registry, {kind, "memory"}, how == CycleKind::repair ? Use::change : Use::look);
    return run_undo(request(how, "undo"), endpoint);
}

ObservedState Scene::observed() {
    Result<ObservedState> observed = observe(registry);
    return observed ? std::move(*observed) : ObservedState{};
}

std::optional<StoredCertificate> Scene::entry(StoreName store, const Bytes& der) {
    const ObservedState state = observed();
    for (const StoreEntry* found : state.find(store, sha256_of(der)))
        if (found->machine()) return found->stored;
    return std::nullopt;
}

std::string codes(const StatusReport& report, Severity at_least) {
    std::string text;
    for (const ReportFinding& finding : report.findings)
        if (finding.severity >= at_least) text += (text.empty() ? "" : " ") + finding.code;
    return text;
}

bool has(const StatusReport& report, std::string_view code, Severity severity) {
    return std::ranges::any_of(report.findings, [&](const ReportFinding& finding) {
        return finding.code == code && finding.severity == severity;
    });
}

std::string changes(const StatusReport& report) {
    std::string text;
    for (const ReportChange& change : report.changes) {
        text += (text.empty() ? "" : "; ") + change.action;
        if (!change.thumbprint.empty()) text += " " + change.store;
        text += " " + std::string(to_string(change.outcome));
    }
    return text;
}

const Bytes& wsus() {
    static const Bytes der = self_signed();
    return der;
}

const Ca& ca() {
    static const Ca made = make_ca("CN=Contoso Root CA");
    return made;
}

const Bytes& ca_issued() {
    static const Bytes der = issued_by(ca());
    return der;
}

} // namespace wta::test
