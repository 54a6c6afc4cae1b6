// The stable reasons of findings and refusals; their texts stand in common/report/codes.cpp, in this order.
#pragma once

#include <cstdint>

namespace wta {

// error: updates would not install, or trust is wrong: not compliant. warning: compliant, but act.
enum class Severity : std::uint8_t { info, warning, error };

// Spelled as in reports. Never rename or reuse one: scripts and inventories know them.
enum class ReasonCode : std::uint8_t {
    // the command and its settings
    usage_error,
    settings_not_found,
    settings_invalid,
    settings_not_protected,
    setting_ignored,
    overridden_by_policy,
    state_folder_not_protected,
    nothing_configured,
    not_pinned,
    never_run,
    undone,
    busy,
    resident_running,
    access_denied,
    // the resident and its service
    service_not_installed,
    service_refused,
    log_not_protected,
    // the reports of a fleet
    reports_not_readable,
    // the image
    image_not_found,
    image_damaged,
    image_dirty,
    image_not_software,
    image_changed,
    image_read_only,
    out_of_resources,
    // the publication
    publication_changed,
    publication_unreachable,
    cached_copy_used,
    // one fetch from one source
    source_not_supported,
    not_in_store,
    file_not_found,
    file_unreadable,
    dns_failed,
    connect_failed,
    timed_out,
    proxy_failed,
    proxy_authentication_required,
    tls_ca_file,
    tls_version,
    tls_host_mismatch,
    tls_expired,
    tls_not_yet_valid,
    tls_self_signed,
    tls_unknown_issuer,
    tls_weak,
    tls_failed,
    authentication_required,
    http_status,
    http_malformed,
    redirect_refused,
    headers_too_large,
    body_too_large,
    body_encoded,
    truncated,
    // the bytes that should be one certificate
    empty_input,
    too_large,
    not_a_certificate,
    not_exactly_one,
    trailing_bytes,
    private_key_in_input,
    pkcs7_container,
    pfx_container,
    utf16_text,
    bare_base64,
    // admission
    not_canonical,
    malformed_extension,
    signature_mismatch,
    ca_certificate,
    no_digital_signature,
    no_eku,
    no_code_signing,
    usage_too_broad,
    weak_key,
    unsupported_key,
    weak_signature,
    unsupported_signature,
    expired,
    not_yet_valid,
    sha1_signature,
    // the stores
    not_in_trusted_publisher,
    not_in_root,
    entry_damaged,
    disallowed,
    issuer_not_trusted,
    issuer_not_found,
    expires_soon,
    no_longer_configured,
    withdrawn_present,
    distrusted_present,
    not_in_disallowed,
    distrust_incomplete,
    distrusted_by_hand,
    still_delivered_by_policy,
    root_not_restricted,
    usage_excludes_code_signing,
    ca_issued_in_root,
    adoption_refused,
    removed_by_others,
    // of both
    contested,
    // the policy value
    policy_missing,
    policy_disabled,
    policy_wrong_value,
    policy_wrong_type,
    policy_conflict,
    policy_not_managed,
    policy_set_elsewhere,
    no_intranet_update_service,
    // what else of Windows decides about publishers and roots: only reported
    publishers_limited,
    publisher_revocation_checked,
    machine_roots_limited,
    root_update_disabled,
    // making changes
    change_failed,
    not_verified,
    not_undone,
    report_not_stored,
    // taking reports where they go
    report_spool_unusable,
    report_not_delivered,
    report_refused,
    report_dropped,
    report_damaged,
};

} // namespace wta
