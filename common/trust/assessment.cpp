#include "common/trust/assessment.h"

#include "common/base/utf.h"

#include <algorithm>
#include <fmt/format.h>

namespace wta {
namespace {

class Assessor {
public:
    Assessor(const DesiredState& desired, const ObservedState& observed, Timestamp now)
        : desired_(desired), observed_(observed), now_(now), applicable_(!not_applicable(desired, observed)) {
    }

    std::vector<Finding> run() {
        if (!desired_.pinned_by_settings() && desired_.unpinned.empty())
            report({.code = ReasonCode::nothing_configured});
        for (const UnpinnedCertificate& unpinned : desired_.unpinned) assess_unpinned(unpinned);
        for (const DesiredCertificate& certificate : desired_.certificates) assess_certificate(certificate);
        assess_leftovers();
        assess_policy_value();
        assess_limits();
        return std::move(findings_);
    }

private:
    void report(Finding finding) { findings_.push_back(std::move(finding)); }

    void assess_unpinned(const UnpinnedCertificate& unpinned);
    void assess_certificate(const DesiredCertificate& certificate);
    void assess_trusted(const DesiredCertificate& certificate);
    void assess_publication(const DesiredCertificate& certificate, bool in_place);
    void assess_problems(const PublishedCertificate& published, bool needed);
    void assess_admission(const DesiredCertificate& certificate, bool in_place);
    void assess_stores(const DesiredCertificate& certificate, const std::vector<StoreName>& missing);
    void assess_entries(const DesiredCertificate& certificate);
    void assess_chain(const DesiredCertificate& certificate);
    void assess_expiry(const DesiredCertificate& certificate);
    void assess_unwanted(const DesiredCertificate& certificate);
    void assess_distrusted(const DesiredCertificate& certificate);
    void assess_leftovers();
    void assess_policy_value();
    void assess_limits();

    const DesiredState& desired_;
    const ObservedState& observed_;
    Timestamp now_;
    bool applicable_;
    std::vector<Finding> findings_;
};

std::string stores_text(const std::vector<const StoreEntry*>& entries) {
    std::string text;
    for (const StoreEntry* entry : entries) {
        if (!text.empty()) text += ", ";
        text += to_string(entry->store);
        if (!entry->machine()) text += fmt::format(" ({})", to_string(entry->location));
    }
    return text.empty() ? "absent" : text;
}

// Of several entries: of all of them, or unknown.
std::string owner_of(const std::vector<const StoreEntry*>& entries) {
    std::optional<Owner> common;
    for (const StoreEntry* entry : entries) {
        const Owner owner = entry_owner(entry->location, entry->ours());
        common = !common || *common == owner ? owner : Owner::unknown;
    }
    return common ? std::string(to_string(*common)) : "";
}

void Assessor::assess_unpinned(const UnpinnedCertificate& unpinned) {
    assess_problems(unpinned.published, false);
    std::optional<Sha256> digest = unpinned.carried;
    if (!digest && !unpinned.published.others.empty()) digest = unpinned.published.others.front().sha256;
    report(
        {.code = ReasonCode::not_pinned,
         .subject = describe(unpinned.origin),
         .detail = fmt::format(
             "The certificate at {} has no pin, so nothing vouches for it and nothing is done with it; {}.",
             describe(unpinned.origin),
             digest ? fmt::format("what it {} has sha256 {}", unpinned.carried ? "carries" : "publishes now",
                                  to_string(*digest))
                    : "what it publishes could not be had"),
         .expected = "sha256",
         .actual = "absent"});
}

void Assessor::assess_certificate(const DesiredCertificate& certificate) {
    switch (certificate.state) {
    case CertificateState::trusted: {
        const std::size_t before = findings_.size();
        assess_trusted(certificate);
        if (applicable_) return;
        for (std::size_t i = before; i < findings_.size(); ++i)
            if (findings_[i].severity.value_or(Severity::error) == Severity::error)
                findings_[i].severity = Severity::warning;
        return;
    }
    case CertificateState::withdrawn: assess_unwanted(certificate); return;
    case CertificateState::distrusted:
        if (std::ranges::find(desired_.by_hand.outranked, certificate.sha256) !=
            desired_.by_hand.outranked.end())
            report(
                {.code = ReasonCode::distrusted_by_hand,
                 .subject = to_string(certificate.sha256),
                 .detail =
                     std::ranges::find(desired_.by_hand.other_id, certificate.sha256) !=
                             desired_.by_hand.other_id.end()
                         ? "The settings trust a certificate that somebody distrusted on this machine, and "
                           "their 'retrust:' is not the id that 'distrust' printed here last."
                         : "",
                 .expected = "state: distrusted",
                 .actual = "trusted in the settings"});
        assess_unwanted(certificate);
        assess_distrusted(certificate);
        return;
    }
}

void Assessor::assess_trusted(const DesiredCertificate& certificate) {
    const std::vector<StoreName> missing = missing_stores(certificate, observed_);
    const bool in_place = certificate.certificate.has_value() && missing.empty();
    assess_publication(certificate, in_place);
    const bool disallowed = is_disallowed(certificate, observed_);
    const auto blocking = observed_.find(StoreName::disallowed, certificate.sha256);
    if (disallowed)
        report({.code = ReasonCode::disallowed,
                .subject = to_string(certificate.sha256),
                .expected = "not in Disallowed",
                .actual = stores_text(blocking),
                .owner = owner_of(blocking)});
    if (!certificate.der) return;
    assess_admission(certificate, in_place);
    if (!certificate.certificate) return;
    if (applicable_ && certificate.admission.admitted() && !disallowed) assess_stores(certificate, missing);
    assess_entries(certificate);
    assess_chain(certificate);
    if (certificate.admission.admitted() || in_place) assess_expiry(certificate);
}

// The source answered, but with something that is not one certificate.
bool is_refused_input(const SourceProblem& problem) {
    return problem.reason.code >= ReasonCode::empty_input && problem.reason.code <= ReasonCode::bare_base64;
}

// One finding for each source that could not be used, with its own code; a refused input is an error where it
// was `needed`.
void Assessor::assess_problems(const PublishedCertificate& published, bool needed) {
    for (const SourceProblem& problem : published.problems)
        report({.code = problem.reason.code,
                .severity = needed && is_refused_input(problem) ? Severity::error : Severity::warning,
                .subject = printable(problem.source),
                .detail = problem.reason.message});
}

void Assessor::assess_publication(const DesiredCertificate& certificate, bool in_place) {
    const PublishedCertificate& published = certificate.published;
    const bool at_hand = certificate.der.has_value();
    for (const OtherPublication& other : published.others)
        report(
            {.code = ReasonCode::publication_changed,
             .severity = in_place ? Severity::warning : Severity::error,
             .subject = to_string(certificate.sha256),
             .detail = fmt::format("\"{}\" publishes sha256 {}, not the pinned {}.", printable(other.source),
                                   to_string(other.sha256), to_string(certificate.sha256)),
             .expected = to_string(certificate.sha256),
             .actual = to_string(other.sha256)});
    assess_problems(published, !at_hand);
    const bool failed = published.asked && !published.der && !published.unchanged && published.others.empty();
    if (failed && certificate.from_cache && !in_place)
        report({.code = ReasonCode::cached_copy_used, .subject = to_string(certificate.sha256)});
    else if (failed && std::ranges::none_of(published.problems, is_refused_input))
        report({.code = ReasonCode::publication_unreachable,
                .severity = at_hand ? Severity::warning : Severity::error,
                .subject = to_string(certificate.sha256),
                .detail = published.problems.empty() ? "The certificate is not on this machine, and the "
                                                       "settings give no source to fetch it from."
                                                     : "",
                .expected = "published",
                .actual = "unreachable"});
}

// Expiry gates placing only: what is in place and expires is a warning.
void Assessor::assess_admission(const DesiredCertificate& certificate, bool in_place) {
    for (const Reason& reason : certificate.admission.refusals) {
        const bool keeps = reason.code == ReasonCode::expired && in_place;
        report({.code = reason.code,
                .severity = keeps ? Severity::warning : Severity::error,
                .subject = to_string(certificate.sha256),
                .detail = reason.message});
    }
    for (const Reason& reason : certificate.admission.warnings)
        report({.code = reason.code, .subject = to_string(certificate.sha256), .detail = reason.message});
}

void Assessor::assess_stores(const DesiredCertificate& certificate, const std::vector<StoreName>& missing) {
    for (const StoreName store : missing) {
        const bool damaged = observed_.damaged(store, certificate.certificate->thumbprint);
        const ReasonCode absent =
            store == StoreName::root ? ReasonCode::not_in_root : ReasonCode::not_in_trusted_publisher;
        report({.code = damaged ? ReasonCode::entry_damaged : absent,
                .subject = to_string(certificate.sha256),
                .expected = fmt::format("in {}", to_string(store)),
                .actual = damaged ? "unreadable entry" : "absent"});
    }
}

// What is present is never replaced, so what is wrong with it is told.
void Assessor::assess_entries(const DesiredCertificate& certificate) {
    const std::string subject = to_string(certificate.sha256);
    for (const StoreName store : certificate.required_stores()) {
        const auto entries = observed_.find(store, certificate.sha256);
        if (entries.empty()) continue;
        const bool usable = std::ranges::any_of(
            entries, [](const StoreEntry* entry) { return entry->stored->usage_allows_code_signing(); });
        if (!usable)
            report({.code = ReasonCode::usage_excludes_code_signing,
                    .subject = subject,
                    .expected = "Code Signing enabled",
                    .actual = fmt::format("excluded in {}", to_string(store)),
                    .owner = owner_of(entries)});
    }
    const auto roots = observed_.find(StoreName::root, certificate.sha256);
    if (!certificate.placement->root && !roots.empty())
        report({.code = ReasonCode::ca_issued_in_root,
                .subject = subject,
                .expected = "not in Root",
                .actual = stores_text(roots),
                .owner = owner_of(roots)});
    const bool unlimited = std::ranges::any_of(
        roots, [](const StoreEntry* entry) { return !entry->stored->has_usage_property(); });
    if (certificate.placement->limit_root_to_code_signing && unlimited)
        report({.code = ReasonCode::root_not_restricted,
                .subject = subject,
                .expected = "limited to Code Signing",
                .actual = "all its purposes",
                .owner = owner_of(roots)});
}

void Assessor::assess_chain(const DesiredCertificate& certificate) {
    const auto verdict = observed_.chains.find(certificate.sha256);
    if (verdict == observed_.chains.end() || verdict->second.status == ChainStatus::trusted) return;
    const bool untrusted = verdict->second.status == ChainStatus::issuer_not_trusted;
    report({.code = untrusted ? ReasonCode::issuer_not_trusted : ReasonCode::issuer_not_found,
            .subject = to_string(certificate.sha256),
            .detail = verdict->second.detail,
            .expected = "chains to a trusted root",
            .actual = untrusted ? "not trusted" : "issuer absent"});
}

void Assessor::assess_expiry(const DesiredCertificate& certificate) {
    const Certificate& value = *certificate.certificate;
    const bool told = std::ranges::any_of(certificate.admission.refusals, [](const Reason& reason) {
        return reason.code == ReasonCode::expired;
    });
    if (told || value.not_after - now_ > expires_soon_period) return;
    const bool over = value.not_after < now_;
    report({.code = over ? ReasonCode::expired : ReasonCode::expires_soon,
            .severity = Severity::warning,
            .subject = to_string(certificate.sha256),
            .detail = fmt::format("\"{}\" {} {}.", value.subject, over ? "expired" : "expires",
                                  to_rfc3339(value.not_after))});
}

// Withdrawn and distrusted ones: gone from our own location; copies that others deliver can only be reported.
void Assessor::assess_unwanted(const DesiredCertificate& certificate) {
    const bool distrusted = certificate.state == CertificateState::distrusted;
    for (const StoreName store : {StoreName::root, StoreName::trusted_publisher})
        for (const StoreEntry* entry : observed_.find(store, certificate.sha256)) {
            const ReasonCode present =
                distrusted ? ReasonCode::distrusted_present : ReasonCode::withdrawn_present;
            report({.code = entry->machine() ? present : ReasonCode::still_delivered_by_policy,
                    .subject = to_string(certificate.sha256),
                    .expected = fmt::format("not in {}", to_string(store)),
                    .actual = stores_text({entry}),
                    .owner = owner_of({entry})});
        }
}

void Assessor::assess_distrusted(const DesiredCertificate& certificate) {
    if (observed_.holds(StoreName::disallowed, certificate.sha256)) return;
    assess_problems(certificate.published, false);
    for (const OtherPublication& other : certificate.published.others)
        report({.code = ReasonCode::publication_changed,
                .severity = Severity::warning,
                .subject = to_string(certificate.sha256),
                .detail = fmt::format("\"{}\" publishes sha256 {}, not the distrusted one.",
                                      printable(other.source), to_string(other.sha256)),
                .expected = to_string(certificate.sha256),
                .actual = to_string(other.sha256)});
    for (const Reason& reason : certificate.admission.refusals)
        report({.code = reason.code,
                .severity = Severity::warning,
                .subject = to_string(certificate.sha256),
                .detail = reason.message});
    report({.code = certificate.der ? ReasonCode::not_in_disallowed : ReasonCode::distrust_incomplete,
            .subject = to_string(certificate.sha256),
            .expected = "in Disallowed",
            .actual = "absent"});
}

// Ours, still trusted, and no longer named: removal is always asked for by name.
void Assessor::assess_leftovers() {
    std::vector<std::pair<Sha256, std::string>> left; // each with its stores
    for (const StoreEntry& entry : observed_.entries) {
        const bool trusting = entry.store == StoreName::root || entry.store == StoreName::trusted_publisher;
        if (!trusting || !entry.ours() || desired_.find(*entry.sha256) != nullptr) continue;
        const std::string store(to_string(entry.store));
        const auto known = std::ranges::find(left, *entry.sha256, &std::pair<Sha256, std::string>::first);
        if (known == left.end())
            left.emplace_back(*entry.sha256, "in " + store);
        else
            known->second += " and " + store;
    }
    for (const auto& [sha256, stores] : left)
        report({.code = ReasonCode::no_longer_configured,
                .subject = to_string(sha256),
                .expected = "named in the settings",
                .actual = stores});
}

// Nothing: it is right.
std::optional<ReasonCode> wrong_policy_value(const std::optional<RegistryValue>& value) {
    if (!value) return ReasonCode::policy_missing;
    const std::optional<std::uint32_t> number = as_dword(*value);
    if (!number) return ReasonCode::policy_wrong_type;
    if (*number == 0) return ReasonCode::policy_disabled;
    if (*number != 1) return ReasonCode::policy_wrong_value;
    return std::nullopt;
}

void Assessor::assess_policy_value() {
    if (!observed_.intranet_update_service)
        report(
            {.code = ReasonCode::no_intranet_update_service, .subject = "WUServer", .actual = "not in use"});
    const std::optional<RegistryValue>& value = observed_.policy_value;
    const std::string actual = value ? describe(*value) : "absent";
    std::optional<ReasonCode> wrong = wrong_policy_value(value);
    const bool somebodys = value || observed_.policy_owner != Owner::unknown;
    const std::string owner = somebodys ? std::string(to_string(observed_.policy_owner)) : "";
    std::string detail;
    if (wrong && policy_set_elsewhere(desired_, observed_)) {
        wrong = ReasonCode::policy_set_elsewhere;
        detail = is_management(observed_.policy_owner)
                     ? fmt::format("{} sets {} to 0, so Windows Update refuses updates that are not "
                                   "Microsoft's; that is left as it is.",
                                   describe(observed_.policy_owner), policy_value_name)
                     : fmt::format("{} is 0, and what Group Policy has applied could not be read "
                                   "(ProgramData\\ntuser.pol or GroupPolicy\\Machine\\Registry.pol is in use "
                                   "or too large). A domain may have set it, so it is left as it is.",
                                   policy_value_name);
    }
    if (!desired_.manage_policy_value)
        report({.code = ReasonCode::policy_not_managed,
                .severity = wrong ? Severity::warning : Severity::info,
                .subject = std::string(policy_value_name),
                .actual = actual,
                .owner = owner});
    else if (applicable_ && wrong)
        report({.code = *wrong,
                .subject = std::string(policy_value_name),
                .detail = detail,
                .expected = "REG_DWORD 1",
                .actual = actual,
                .owner = owner});
}

// Each is the business of who set it, and none makes a machine compliant or not.
void Assessor::assess_limits() {
    constexpr std::uint32_t only_delivered_publishers = 0x2;
    constexpr std::uint32_t revocation_of_publisher = 0x100;
    constexpr std::uint32_t revocation_of_time_stamp = 0x200;
    constexpr std::uint32_t only_delivered_roots = 0x8; // CERT_PROT_ROOT_ONLY_LM_GPT_FLAG
    const TrustLimits& limits = observed_.limits;
    const auto tell = [this](ReasonCode code, std::string_view name, std::string actual) {
        report({.code = code, .subject = std::string(name), .actual = std::move(actual)});
    };
    for (const auto& [flags, place] : {std::pair(limits.authenticode_by_policy, "by policy"),
                                       std::pair(limits.authenticode_of_machine, "of the machine")}) {
        const std::string seen = fmt::format("{:#x} ({})", flags, place);
        if ((flags & only_delivered_publishers) != 0)
            tell(ReasonCode::publishers_limited, "AuthenticodeFlags", seen);
        if ((flags & (revocation_of_publisher | revocation_of_time_stamp)) != 0)
            tell(ReasonCode::publisher_revocation_checked, "AuthenticodeFlags", seen);
    }
    if ((limits.protected_roots & only_delivered_roots) != 0)
        tell(ReasonCode::machine_roots_limited, "ProtectedRoots Flags",
             fmt::format("{:#x}", limits.protected_roots));
    if (limits.root_update_disabled) tell(ReasonCode::root_update_disabled, "DisableRootAutoUpdate", "1");
}

} // namespace

std::vector<Finding> assess(const DesiredState& desired, const ObservedState& observed, Timestamp now) {
    return Assessor(desired, observed, now).run();
}

bool not_applicable(const DesiredState& desired, const ObservedState& observed) {
    return desired.only_with_wsus && !observed.intranet_update_service;
}

bool policy_set_elsewhere(const DesiredState& desired, const ObservedState& observed) {
    const bool zero = observed.policy_value && as_dword(*observed.policy_value) == 0U;
    const bool hidden = observed.policy_owner == Owner::unknown && observed.policy_owner_hidden;
    return zero && (is_management(observed.policy_owner) || hidden) && !desired.override_owner;
}

bool is_disallowed(const DesiredCertificate& desired, const ObservedState& observed) {
    if (observed.holds(StoreName::disallowed, desired.sha256)) return true;
    return desired.der && observed.named(StoreName::disallowed, thumbprint_of(*desired.der));
}

std::vector<StoreName> missing_stores(const DesiredCertificate& desired, const ObservedState& observed) {
    std::vector<StoreName> missing;
    for (const StoreName store : desired.required_stores())
        if (!observed.in_place(store, desired.sha256)) missing.push_back(store);
    return missing;
}

} // namespace wta
