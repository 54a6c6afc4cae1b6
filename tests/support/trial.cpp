#include "tests/support/trial.h"

#include "agent/cycle/distrust.h"
#include "common/base/hex.h"
#include "common/trust/registry_store_writer.h"
#include "tests/support/memory_endpoint.h"
#include "tests/support/scene.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace wta::test {
namespace {

const std::string location = "https://pki.example.com/wsus.cer";

const Bytes& withdrawn() {
    static const Bytes der = self_signed({.subject = "CN=Withdrawn"});
    return der;
}

const Bytes& distrusted() {
    static const Bytes der = self_signed({.subject = "CN=Distrusted"});
    return der;
}

// Somebody else's, and never touched.
const Bytes& bystander() {
    static const Bytes der = self_signed({.subject = "CN=Bystander"});
    return der;
}

StoredCertificate unmarked(const Bytes& der) {
    StoredCertificate entry;
    entry.elements = {{3, to_bytes(thumbprint_of(der).bytes)}, {0x20, der}};
    return entry;
}

// What undo gives back: it neither puts back what was withdrawn or distrusted, nor takes anything out of
// Disallowed.
Lines given_back(const Lines& lines) {
    const std::string disallowed = certificates_key(StoreName::disallowed, Location::machine);
    const std::string store = disallowed.substr(0, disallowed.rfind('\\'));
    const std::array unwanted{to_string(thumbprint_of(withdrawn())), to_string(thumbprint_of(distrusted()))};
    return filtered(outside(lines), [&](const std::string& line) {
        return !line.starts_with(store) && std::ranges::none_of(unwanted, [&](const std::string& thumbprint) {
            return line.find(thumbprint) != std::string::npos;
        });
    });
}

bool only_explains(std::string_view key) {
    constexpr std::array keys{"PolicyManager", "Microsoft\\SMS", "Microsoft\\CCM", "\\Safer",
                              "ProtectedRoots"};
    return key == R"(Policies\Microsoft\SystemCertificates\AuthRoot)" ||
           std::ranges::any_of(keys, [key](const char* part) { return key.contains(part); });
}

bool is_tombstone(std::string_view key) { return key.starts_with(distrusted_key); }

int exit_of(ErrorCode code, bool image, bool reading) {
    switch (code) {
    case ErrorCode::access_denied: return 5;
    case ErrorCode::busy: return 7;
    case ErrorCode::read_only:
    case ErrorCode::exhausted: return 9;
    case ErrorCode::unusable:
    case ErrorCode::not_found: return image ? 9 : 8;
    case ErrorCode::io: return image && reading ? 9 : 8; // what cannot be read of an image is damage
    case ErrorCode::invalid:
    case ErrorCode::too_large:
    case ErrorCode::wrong_type:
    case ErrorCode::timed_out:
    case ErrorCode::unreachable: return 8;
    }
    std::unreachable();
}

} // namespace

bool Subject::until_death(Disturbance& /*disturbance*/, const std::function<void()>& work) {
    try {
        work();
        return false;
    } catch (const Died&) {
        return true;
    }
}

std::unique_ptr<Endpoint> MemorySubject::open(Use use) {
    return std::make_unique<MemoryEndpoint>(memory_, EndpointDescription{kind_, "memory"}, use);
}

void MemorySubject::restore(const std::any& saved) {
    memory_.restore(std::any_cast<const MemoryRegistry::Contents&>(saved));
    memory_.forget_writes();
}

bool MemorySubject::is(const std::any& saved) {
    return memory_.contents() == std::any_cast<const MemoryRegistry::Contents&>(saved);
}

Trial::Trial(Subject& subject) : subject_(subject) {
    transport_.publish(location, wsus(), "\"tag\"");
    const auto name = [this](const Bytes& der, CertificateState state) -> CertificateSettings& {
        CertificateSettings entry;
        entry.sha256 = sha256_of(der);
        entry.state = state;
        settings_.certificates.push_back(entry);
        return settings_.certificates.back();
    };
    name(wsus(), CertificateState::trusted).sources = {location};
    name(ca_issued(), CertificateState::trusted).der = ca_issued();
    name(withdrawn(), CertificateState::withdrawn);
    name(distrusted(), CertificateState::distrusted).der = distrusted();
    build();
    const auto reach = [this](int exit, Command command) {
        const StatusReport report = run(command);
        INFO(codes(report) << " / " << changes(report));
        REQUIRE(exit_code(report) == exit);
        return Reached{subject_.save(), now()};
    };
    fresh = {subject_.save(), now()};
    looked = reach(1, Command::check);
    subject_.restore(fresh.saved);
    repaired = reach(0, Command::repair);
    undone = reach(0, Command::undo);
    REQUIRE(given_back(undone.lines) == given_back(fresh.lines));
    subject_.restore(repaired.saved);
    by_hand = reach(0, Command::distrust);
}

void Trial::build() {
    const auto endpoint = subject_.open(Use::change);
    REQUIRE(endpoint->begin_changes());
    Registry& registry = endpoint->registry();
    const auto put = [&](StoreName store, const StoredCertificate& entry) {
        REQUIRE(registry.set(entry_key(store, thumbprint_of(entry.der())), "Blob",
                             binary_value(encode_blob(entry))));
    };
    put(StoreName::root, unmarked(ca().der));
    put(StoreName::root, unmarked(bystander()));
    put(StoreName::root, unmarked(distrusted()));
    put(StoreName::root, marked_entry(withdrawn(), false));
    REQUIRE(registry.set(policy_key, policy_value_name, dword_value(0)));
    REQUIRE(registry.set(R"(Microsoft\Cryptography)", "MachineGuid", string_value("a-guid")));
    REQUIRE(write_cached(registry, sha256_of(bystander()), {bystander(), std::nullopt}));
    REQUIRE(endpoint->commit([](Registry&) -> Result<void> { return {}; }));
}

const Trial::Reached& Trial::start(Command command) const {
    return command == Command::undo || command == Command::distrust ? repaired : fresh;
}

const Trial::Reached& Trial::end(Command command) const {
    switch (command) {
    case Command::check: return looked;
    case Command::repair: return repaired;
    case Command::undo: return undone;
    case Command::distrust: return by_hand;
    }
    std::unreachable();
}

void Trial::begin(Command command) { subject_.restore(start(command).saved); }

Lines Trial::now() { return lines_of(subject_.open(Use::look)->registry()); }

CycleRequest Trial::request(Command command) const {
    const bool live = subject_.kind() == EndpointKind::live;
    CycleRequest request{.kind = command == Command::check ? CycleKind::check : CycleKind::repair,
                         .now = reference_time,
                         .computer_name = live ? "PC-1" : "",
                         .header = {}};
    constexpr std::array names{"check", "repair", "undo", "distrust"};
    request.header.command = names.at(static_cast<std::size_t>(command));
    request.header.settings_digest = std::string(64, 'd');
    request.header.run_id = "019303f0-0000-7000-8000-000000000000";
    request.header.time = reference_time;
    request.header.endpoint_kind = live ? "live" : "image";
    request.header.mode = "enforce";
    return request;
}

StatusReport Trial::run(Command command, Disturbance& disturbance) {
    const auto endpoint = subject_.open(command == Command::check ? Use::look : Use::change);
    DisturbedEndpoint disturbed(*endpoint, disturbance);
    if (command == Command::undo) return run_undo(request(command), disturbed);
    if (command == Command::distrust)
        return run_distrust(request(command), {sha256_of(wsus()), {}, {}}, disturbed);
    DisturbedTransport transport(transport_, disturbance);
    return run_cycle(request(command), settings_, disturbed, transport);
}

StatusReport Trial::run(Command command) {
    Disturbance none;
    return run(command, none);
}

bool Trial::run_until_death(Command command, Disturbance& disturbance) {
    return subject_.until_death(disturbance, [&] { static_cast<void>(run(command, disturbance)); });
}

std::vector<Disturbance::Call> Trial::calls(Command command) {
    begin(command);
    Disturbance none;
    static_cast<void>(run(command, none));
    return none.calls();
}

int Trial::expected_exit(Command command, const std::vector<Disturbance::Call>& calls, std::size_t index,
                         ErrorCode code) const {
    const bool image = subject_.kind() == EndpointKind::image;
    const Disturbance::Call& failed = calls.at(index);
    if (failed.call == PortCall::fetch) return 4;
    // Who manages the machine, and what else decides, is not known then; the run goes on without it.
    if (code == ErrorCode::access_denied && only_explains(failed.key))
        return command == Command::check ? 1 : 0;
    if (failed.call == PortCall::history) return command == Command::check ? 1 : 0; // never in the way
    const auto position = [&](std::size_t from, const auto& is_it) {
        while (from < calls.size() && !is_it(calls[from])) ++from;
        return from;
    };
    const std::size_t begun =
        position(0, [](const Disturbance::Call& call) { return call.call == PortCall::begin_changes; });
    if (index < begun) return exit_of(code, image, true);
    const std::size_t first_change = position(begun, [](const Disturbance::Call& call) {
        return call.call == PortCall::add || call.call == PortCall::remove ||
               (call.call == PortCall::set && is_tombstone(call.key));
    });
    // Then the cache is written, or one looks again: at Root first, whose key no run creates or removes here.
    const std::size_t last_change = position(first_change, [](const Disturbance::Call& call) {
        return (is_state(call.key) && !is_tombstone(call.key)) ||
               (call.call == PortCall::list &&
                call.key == certificates_key(StoreName::root, Location::machine));
    });
    if (index < first_change) return exit_of(code, image, false); // nothing was changed
    if (index < last_change) return code == ErrorCode::access_denied ? 5 : 8;
    if (image) return exit_of(code, true, false); // nothing was changed, still
    // Something was changed by now: 7 and 9 end a run before that. What was distrusted by hand is a part of
    // what is looked at again.
    return is_state(failed.key) && !is_tombstone(failed.key) && code == ErrorCode::access_denied ? 5 : 8;
}

Trial::Left& Trial::left_by(Command command) {
    std::list<Left>& known = left_[command];
    for (Left& left : known)
        if (subject_.is(left.saved)) return left;
    const auto endpoint = subject_.open(Use::look);
    Left left;
    left.saved = subject_.save();
    left.lines = lines_of(endpoint->registry());
    left.observed = observe(endpoint->registry()).value();
    return known.emplace_back(std::move(left));
}

// An entry that was not there before is whole, and says that it is ours.
void Trial::check_marks(Left& left) {
    if (std::exchange(left.marks_checked, true)) return;
    for (const StoreEntry& entry : left.observed.entries) {
        const std::string key = certificates_key(entry.store, entry.location) + "\\" + entry.key_name + "|";
        if (fresh.lines.contains(key)) continue;
        INFO(key);
        CHECK(entry.stored);
        CHECK(entry.ours());
    }
}

void Trial::check_that_the_next_run_converges(Command command, Left& left) {
    if (std::exchange(left.converges, true)) return;
    const StatusReport report = run(command);
    const Lines reached = settled(now());
    const Lines wanted = settled(end(command).lines);
    INFO("the next run: " << changes(report) << " / " << codes(report));
    INFO("missing: " << difference(wanted, reached) << "too much: " << difference(reached, wanted));
    const bool converged = reached == wanted;
    CHECK(converged);
    CHECK(exit_code(report) == (command == Command::check ? 1 : 0));
    CHECK(subject_.leftovers().empty());
}

void Trial::check_after_death(Command command) {
    Left& left = left_by(command);
    if (std::exchange(left.death_checked, true)) return;
    Lines known = outside(start(command).lines);
    known.merge(outside(end(command).lines));
    INFO("neither old nor new: " << difference(outside(left.lines), known));
    const bool nothing_else = std::ranges::includes(known, outside(left.lines));
    CHECK(nothing_else);
    check_marks(left);
    check_that_the_next_run_converges(command, left);
    if (command == Command::check) return;
    subject_.restore(left.saved);
    if (command == Command::distrust)
        check_that_stale_settings_do_not_count(left);
    else
        check_the_other_way(command);
}

void Trial::check_the_other_way(Command command) {
    const StatusReport other = run(command == Command::repair ? Command::undo : Command::repair);
    const Lines reached = command == Command::undo ? outside(now()) : given_back(now());
    const Lines wanted = command == Command::undo ? outside(repaired.lines) : given_back(fresh.lines);
    INFO("the other way: " << changes(other) << " / " << codes(other));
    INFO("missing: " << difference(wanted, reached) << "too much: " << difference(reached, wanted));
    const bool as_it_should_be = reached == wanted;
    CHECK(as_it_should_be);
    CHECK(exit_code(other) == 0);
}

// From the first trace of a tombstone on, a repair ends what `distrust` began, with settings that know
// nothing of it.
void Trial::check_that_stale_settings_do_not_count(Left& left) {
    const bool begun = std::ranges::any_of(left.lines, [](const std::string& line) {
        return line.starts_with(tombstone_key(sha256_of(wsus())));
    });
    const StatusReport other = run(Command::repair);
    INFO("a repair afterwards: " << changes(other) << " / " << codes(other));
    CHECK(outside(now()) == outside(begun ? by_hand.lines : repaired.lines));
    CHECK(has(other, "distrusted_by_hand", Severity::warning) == begun);
    CHECK(exit_code(other) == 0);
}

void Trial::check_changes(const StatusReport& report, const Left& left, bool told_a_lie) {
    const auto is_there = [&left](const ReportChange& change) {
        const bool held = std::ranges::any_of(left.observed.entries, [&](const StoreEntry& entry) {
            return entry.machine() && entry.stored && entry.key_name == change.thumbprint &&
                   to_string(entry.store) == change.store;
        });
        if (change.action == "addCertificate") return held;
        if (change.action == "removeCertificate") return !held;
        if (change.action == "setPolicyValue") return left.observed.policy_value == dword_value(1);
        if (change.action == "restorePolicyValue") return left.observed.policy_value == dword_value(0);
        if (change.action == "writeTombstone")
            return std::ranges::any_of(left.lines, [&](const std::string& line) {
                return line.starts_with(change.store + "|TimeUtc="); // written last
            });
        REQUIRE(change.action == "removeKey");
        return !left.lines.contains(change.store + "|");
    };
    for (const ReportChange& change : report.changes) {
        INFO(change.action << " " << change.store << " " << change.thumbprint);
        const bool done = change.outcome == Outcome::done;
        if (done || !told_a_lie) CHECK(done == is_there(change));
    }
}

// What somebody is told who looks, undisturbed and without changing anything.
std::optional<bool> Trial::looks_right(Command command, Left& left) {
    if (std::exchange(left.truth_is_known, true)) return left.truth;
    const auto endpoint = subject_.open(Use::look);
    CycleRequest looking = request(command);
    looking.kind = CycleKind::what_if;
    if (command == Command::distrust)
        left.truth = run_distrust(looking, {sha256_of(wsus()), {}, {}}, *endpoint).in_desired_state;
    else
        left.truth = command == Command::undo
                         ? run_undo(looking, *endpoint).in_desired_state
                         : run_cycle(looking, settings_, *endpoint, transport_).in_desired_state;
    return left.truth;
}

void Trial::fail_and_check(Command command, const std::vector<Disturbance::Call>& calls, std::size_t index,
                           ErrorCode code, Disturbance::Kind how) {
    INFO("call " << index + 1 << ", " << static_cast<int>(calls[index].call) << " " << calls[index].key
                 << ", error " << static_cast<int>(code));
    begin(command);
    Disturbance disturbance(how, static_cast<int>(index + 1),
                            {.code = code, .message = "told to fail", .os_code = {}, .reason = {}});
    const StatusReport report = run(command, disturbance);
    INFO(changes(report) << " / " << codes(report));
    REQUIRE(disturbance.happened());
    check_after_failure(command, report, expected_exit(command, calls, index, code),
                        how == Disturbance::Kind::lies);
}

void Trial::check_after_failure(Command command, const StatusReport& report, int expected_exit, bool lied) {
    Left& left = left_by(command);
    CHECK(exit_code(report) == expected_exit);
    check_changes(report, left, lied);
    if (report.in_desired_state) CHECK(report.in_desired_state == looks_right(command, left));
    CHECK((report.state == ComplianceState::compliant) ==
          (report.in_desired_state == true && command != Command::undo && command != Command::distrust));
    check_marks(left);
    const bool failed = expected_exit != 0 && expected_exit != 4;
    if (subject_.kind() == EndpointKind::image && failed && command != Command::check) {
        if (!lied) CHECK(subject_.is(start(command).saved));
        CHECK(subject_.leftovers().empty());
    }
    check_that_the_next_run_converges(command, left);
}

} // namespace wta::test
