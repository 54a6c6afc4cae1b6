#include "common/report/codes.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace wta {
namespace {

using enum ReasonCode;
using enum Severity;

constexpr std::array table{
    CodeInfo{usage_error, "usage_error", error, 2, "The command line cannot be understood.",
             "Run 'wsus-trust-agent --help', or 'wsus-trust-agent COMMAND --help'."},
    CodeInfo{settings_not_found, "settings_not_found", error, 3, "The settings file does not exist.",
             "Create it, or correct the path: after --config, or of an installer in "
             "HKLM\\SOFTWARE\\WsusTrustAgent\\Defaults, Config."},
    CodeInfo{settings_invalid, "settings_invalid", error, 3, "The settings have an error.",
             "Correct what is named, then run 'wsus-trust-agent config validate'."},
    CodeInfo{
        settings_not_protected, "settings_not_protected", error, 3,
        "Ordinary users can change the settings file, and with it what this machine trusts.",
        "Let only administrators (Linux: root) write the file and every folder above it, or copy it to where "
        "that is so, such as C:\\ProgramData\\WsusTrustAgent."},
    CodeInfo{setting_ignored, "setting_ignored", warning, 0,
             "A setting of machine policy or of the installer is not valid; the next lower layer decides.",
             "Correct the value that is named, then look with 'wsus-trust-agent config show'."},
    CodeInfo{overridden_by_policy, "overridden_by_policy", info, 0,
             "Machine policy decides this, so what a lower layer says does not count.",
             "Nothing, when that is meant; otherwise change the policy."},
    CodeInfo{
        state_folder_not_protected, "state_folder_not_protected", error, 9,
        "Ordinary users can change the folder of the agent, so nothing in it can be relied on.",
        "Remove the folder that is named, or let only administrators own and write it; the agent creates it "
        "anew, protected."},
    CodeInfo{
        nothing_configured, "nothing_configured", error, 1, "No certificate is configured.",
        "Run 'wsus-trust-agent inspect SOURCE' on the published certificate and put the lines that it "
        "prints into agent.yaml. Where policy or an installer should bring them, 'wsus-trust-agent config "
        "show --origin' tells what came."},
    CodeInfo{not_pinned, "not_pinned", error, 6, "A certificate has no pin, so nothing vouches for it.",
             "Compare the digest with the certificate on the publishing server, then add it as 'sha256:'."},
    CodeInfo{never_run, "never_run", error, 1,
             "There is no stored report: the agent has changed nothing here yet.",
             "Run 'wsus-trust-agent check'; an image keeps a report only of a run that changed it."},
    CodeInfo{undone, "undone", error, 1, "The last run was an undo: what the agent had added was taken away.",
             "Run 'wsus-trust-agent repair' with the same options to bring it back; or leave it, if that is "
             "meant."},
    CodeInfo{busy, "busy", error, 7, "Another run of the agent is at work here.",
             "Wait for it to end, then run the command again. Images in one folder are worked on one after "
             "the other."},
    CodeInfo{resident_running, "resident_running", error, 7,
             "The agent runs on this machine as a resident, and would put back what is taken away.",
             "Stop it first: 'wsus-trust-agent service stop', or end the 'wsus-trust-agent run' in its "
             "console; then run the command again."},
    CodeInfo{access_denied, "access_denied", error, 5, "A right is missing to make the changes.",
             "Run it as an administrator (Windows: elevated; Linux: as the owner of the image, or root)."},

    CodeInfo{service_not_installed, "service_not_installed", error, 1,
             "The agent is not installed as a service on this machine.",
             "Run 'wsus-trust-agent service install', elevated; or leave it, when a scheduled task runs it."},
    CodeInfo{
        service_refused, "service_refused", warning, 8,
        "The service manager did not do what was asked of it.",
        "Correct what the message says, then run the same 'wsus-trust-agent service' command again; where "
        "this is only a warning, the service works without it."},
    CodeInfo{log_not_protected, "log_not_protected", warning, 0,
             "Ordinary users can change the folder of the log, so no log is written there.",
             "Remove the folder that is named; the agent creates it anew, protected."},

    CodeInfo{reports_not_readable, "reports_not_readable", error, 9, "The folder of reports cannot be read.",
             "Correct the path, or run it as somebody who may list the folder and read its files."},

    CodeInfo{image_not_found, "image_not_found", error, 9, "There is no Windows image at that path.",
             "Give --image the SOFTWARE hive, or the root of the mounted Windows volume (it holds "
             "Windows/System32/config)."},
    CodeInfo{image_damaged, "image_damaged", error, 9, "The hive is damaged, so it is not safe to work on.",
             "Restore the image from a good copy, or let Windows repair the volume (chkdsk) and shut it down "
             "properly."},
    CodeInfo{image_dirty, "image_dirty", error, 9,
             "The hive has changes that Windows has not written into it yet.",
             "Shut that Windows down fully ('shutdown /s /t 0' with Fast Startup off), or load and unload "
             "the hive once "
             "with 'reg load' and 'reg unload'."},
    CodeInfo{
        image_not_software, "image_not_software", error, 9, "This hive is not a SOFTWARE hive.",
        "Give --image the file Windows/System32/config/SOFTWARE, or the root of the mounted Windows volume."},
    CodeInfo{
        image_in_use, "image_in_use", error, 9,
        "Something else has the hive open, so it is no image at rest.",
        "Leave --image out to work on the Windows that runs; unload a hive that is loaded ('reg unload'), "
        "or close what has it open."},
    CodeInfo{image_changed, "image_changed", error, 9,
             "The image was changed by something else during the run.",
             "Make sure that nothing else uses the image, then run the command again."},
    CodeInfo{image_read_only, "image_read_only", error, 9, "The image is on a read-only file system.",
             "Mount it writable (an NTFS volume of a hibernated Windows is mounted read-only: shut it down "
             "fully first)."},
    CodeInfo{out_of_resources, "out_of_resources", error, 9,
             "This machine has no memory or no file handles left for the work; nothing is known to be wrong "
             "with the image.",
             "Free memory, or raise the limits of the process (ulimit), then run the command again."},

    CodeInfo{
        publication_changed, "publication_changed", error, 6,
        "A source publishes another certificate than the pinned one.",
        "If the signing certificate was renewed, inspect the new one and add its pin beside the old; if not, "
        "treat the publishing server as compromised."},
    CodeInfo{publication_unreachable, "publication_unreachable", error, 4,
             "The certificate could not be fetched from any source.",
             "Correct what the findings about its sources say, or carry the certificate in the settings with "
             "'der:'."},
    CodeInfo{cached_copy_used, "cached_copy_used", warning, 0,
             "No source could be reached; the last good copy of the pinned certificate was used.",
             "Make a source reachable before the settings change."},

    CodeInfo{source_not_supported, "source_not_supported", warning, 4,
             "This kind of source cannot be used here.",
             "Use https://, or a file that this machine can open."},
    CodeInfo{not_in_store, "not_in_store", warning, 4, "The store holds no such certificate.",
             "Correct the name of the store or the thumbprint; certlm.msc and 'certutil -store NAME' list "
             "what it holds."},
    CodeInfo{file_not_found, "file_not_found", warning, 4, "The file does not exist.",
             "Correct the path; in the settings a relative one counts from the folder of their file."},
    CodeInfo{file_unreadable, "file_unreadable", warning, 4, "The file cannot be read.",
             "Make it a regular file that the account of the agent may read."},
    CodeInfo{dns_failed, "dns_failed", warning, 4, "The name of the host cannot be resolved.",
             "Check the spelling of the host in 'source:' and the name servers of this machine."},
    CodeInfo{connect_failed, "connect_failed", warning, 4, "The server does not accept a connection.",
             "Check that the service runs there, the port, and the firewalls between."},
    CodeInfo{timed_out, "timed_out", warning, 4, "The source did not deliver in time.",
             "Check the server and the network; 'fetch: timeout:' allows more time."},
    CodeInfo{proxy_failed, "proxy_failed", warning, 4, "The proxy did not let the request through.",
             "Check 'fetch: proxy:' and that the proxy allows this host and port."},
    CodeInfo{proxy_authentication_required, "proxy_authentication_required", warning, 4,
             "The proxy asks for a log-on; the agent never offers credentials.",
             "Allow this host without authentication on the proxy, or use a source that needs no proxy."},
    CodeInfo{tls_ca_file, "tls_ca_file", warning, 4, "The file with the roots for TLS cannot be used.",
             "Make 'fetch: ca_file:' name a readable PEM file with the root of the server's certificate."},
    CodeInfo{tls_version, "tls_version", warning, 4, "The server does not speak TLS 1.2 or later.",
             "Enable TLS 1.2 or 1.3 on the server."},
    CodeInfo{
        tls_host_mismatch, "tls_host_mismatch", warning, 4,
        "The server's TLS certificate is for another host, so this may not be the server that was meant.",
        "Use a host name that the server's certificate contains, or give the server a certificate for this "
        "name."},
    CodeInfo{tls_expired, "tls_expired", warning, 4, "The server's TLS certificate has expired.",
             "Renew the certificate of the web server; check this machine's clock."},
    CodeInfo{tls_not_yet_valid, "tls_not_yet_valid", warning, 4,
             "The server's TLS certificate is not valid yet.",
             "Check this machine's clock, then the certificate of the web server."},
    CodeInfo{tls_self_signed, "tls_self_signed", warning, 4, "The server's TLS certificate is self-signed.",
             "Give the server a certificate of a CA, or name the self-signed one in 'fetch: ca_file:'."},
    CodeInfo{tls_unknown_issuer, "tls_unknown_issuer", warning, 4,
             "The server's TLS certificate comes from a CA that is not trusted for TLS here.",
             "Name the root of your CA in 'fetch: ca_file:', and let the server send its intermediate "
             "certificates."},
    CodeInfo{tls_weak, "tls_weak", warning, 4, "The server's TLS certificate or key is too weak.",
             "Give the server a certificate with RSA 2048 or P-256 and SHA-256 or better."},
    CodeInfo{tls_failed, "tls_failed", warning, 4, "The TLS connection could not be made.",
             "Check the server's TLS settings and its log."},
    CodeInfo{authentication_required, "authentication_required", warning, 4,
             "The server asks for a log-on; the agent never offers credentials.",
             "Let the certificate be read without authentication: it is public, and the pin protects it."},
    CodeInfo{http_status, "http_status", warning, 4, "The server did not deliver the file.",
             "Open the address in a browser; correct 'source:' or the server."},
    CodeInfo{http_malformed, "http_malformed", warning, 4,
             "The answer of the server breaks the rules of HTTP.",
             "Check which server or middle-box answers at this address."},
    CodeInfo{redirect_refused, "redirect_refused", warning, 4,
             "The server redirects to where the agent does not follow.",
             "Put the final https:// address into 'source:'."},
    CodeInfo{headers_too_large, "headers_too_large", warning, 4, "The headers of the answer are above 8 KiB.",
             "Check which server or middle-box answers at this address."},
    CodeInfo{body_too_large, "body_too_large", warning, 4,
             "What is published is far too large for a certificate.",
             "Check that 'source:' names the certificate file itself (.cer)."},
    CodeInfo{body_encoded, "body_encoded", warning, 4,
             "The server compresses the file although the agent asked it not to.",
             "Turn compression off for this file on the server."},
    CodeInfo{truncated, "truncated", warning, 4, "The answer ended before the file was complete.",
             "Try again; if it stays, check the server and the middle-boxes between."},

    CodeInfo{empty_input, "empty_input", error, 6, "The file is empty.",
             "Export the certificate again as 'DER encoded binary X.509 (.CER)' and publish it."},
    CodeInfo{too_large, "too_large", error, 6, "The file is too large to be one certificate.",
             "Export only the certificate, as 'DER encoded binary X.509 (.CER)'."},
    CodeInfo{not_a_certificate, "not_a_certificate", error, 6, "This is not a certificate.",
             "Export the certificate again as 'DER encoded binary X.509 (.CER)', and check that the source "
             "is that file."},
    CodeInfo{
        not_exactly_one, "not_exactly_one", error, 6, "There is more than one certificate in the file.",
        "Export the signing certificate alone, without its chain, as 'DER encoded binary X.509 (.CER)'."},
    CodeInfo{trailing_bytes, "trailing_bytes", error, 6, "Something follows the certificate in the file.",
             "Export the certificate again, alone, as 'DER encoded binary X.509 (.CER)'."},
    CodeInfo{private_key_in_input, "private_key_in_input", error, 6,
             "The file contains a private key; whoever can read it can sign updates for your machines.",
             "Take it down at once and replace the signing certificate. Export again and answer 'No, do not "
             "export the "
             "private key'."},
    CodeInfo{pkcs7_container, "pkcs7_container", error, 6,
             "The file is a PKCS#7 container (.p7b), not a certificate.",
             "Export again and choose 'DER encoded binary X.509 (.CER)'."},
    CodeInfo{
        pfx_container, "pfx_container", error, 6,
        "The file is a PFX (PKCS#12), which usually carries the private key.",
        "Take it down; if it held the private key, replace the signing certificate. Export again without the "
        "private key as 'DER encoded binary X.509 (.CER)'."},
    CodeInfo{utf16_text, "utf16_text", error, 6, "The file is text in UTF-16, as PowerShell's '>' writes it.",
             "Write it with 'Export-Certificate -Type CERT', or '[IO.File]::WriteAllBytes'."},
    CodeInfo{bare_base64, "bare_base64", error, 6, "The file is Base64 without the BEGIN and END lines.",
             "Export again as 'Base-64 encoded X.509 (.CER)', or decode it with 'certutil -decode'."},

    CodeInfo{not_canonical, "not_canonical", error, 6,
             "The certificate is not encoded in DER as the standard demands.",
             "Make a new signing certificate with another tool."},
    CodeInfo{malformed_extension, "malformed_extension", error, 6,
             "An extension of the certificate is malformed or present twice.",
             "Make a new signing certificate with another tool."},
    CodeInfo{signature_mismatch, "signature_mismatch", error, 6,
             "The certificate looks self-signed but is not signed with its own key, or the reverse.",
             "Do not use it. Get the certificate from the publishing server again; if it is the same, "
             "replace it."},
    CodeInfo{ca_certificate, "ca_certificate", error, 6,
             "This is the certificate of a CA: trusting it would trust everything that CA issues.",
             "Publish the signing certificate itself. For an old self-signed one of WSUS that is marked as a "
             "CA: 'allow: "
             "[ca_certificate]'."},
    CodeInfo{no_digital_signature, "no_digital_signature", error, 6,
             "The key usage of the certificate does not allow digital signatures.",
             "Make a signing certificate with the key usage 'Digital Signature'."},
    CodeInfo{no_eku, "no_eku", error, 6,
             "The certificate has no extended key usage, so it is good for all purposes.",
             "Make a signing certificate with the usage 'Code Signing'. For an old one of WSUS: 'allow: "
             "[no_eku]'; its "
             "Root entry is then limited to Code Signing."},
    CodeInfo{no_code_signing, "no_code_signing", error, 6, "The certificate is not for Code Signing.",
             "Publish the certificate that signs the updates, not another one of that server."},
    CodeInfo{usage_too_broad, "usage_too_broad", error, 6,
             "The certificate is for Code Signing and for other purposes that make it dangerous to trust.",
             "Make a signing certificate for Code Signing alone."},
    CodeInfo{weak_key, "weak_key", error, 6, "The key of the certificate is too weak, or oversized.",
             "Make a signing certificate with RSA 2048 to 8192 and exponent 65537."},
    CodeInfo{
        unsupported_key, "unsupported_key", error, 6,
        "The certificate has a kind of key that is not accepted.",
        "Make a signing certificate with RSA 2048 or larger, or with P-256, P-384 or P-521 given by name."},
    CodeInfo{weak_signature, "weak_signature", error, 6, "The certificate is signed with a broken hash.",
             "Let the CA issue it again with SHA-256 or better."},
    CodeInfo{unsupported_signature, "unsupported_signature", error, 6,
             "The certificate is signed with an algorithm that is not accepted.",
             "Let it be issued again with RSA or ECDSA and SHA-256, SHA-384 or SHA-512."},
    CodeInfo{
        expired, "expired", error, 6, "The certificate has expired.",
        "Pin and publish its successor. If updates signed with it and time-stamped are still in use: 'allow: "
        "[expired]'."},
    CodeInfo{not_yet_valid, "not_yet_valid", error, 6, "The certificate is not valid yet.",
             "Check this machine's clock; otherwise wait until the certificate becomes valid."},
    CodeInfo{sha1_signature, "sha1_signature", warning, 0,
             "The self-signed certificate is signed with SHA-1; the pin is what counts, but some tools will "
             "object.",
             "Replace it with one that uses SHA-256 when it is renewed."},

    CodeInfo{
        not_in_trusted_publisher, "not_in_trusted_publisher", error, 1,
        "The certificate is not in Trusted Publishers: updates signed with it will not install (0x800B0004, "
        "0x8024B303).",
        "Run 'wsus-trust-agent repair' with the same options."},
    CodeInfo{not_in_root, "not_in_root", error, 1,
             "The self-signed certificate is not in Trusted Root: updates signed with it will not install "
             "(0x800B0109, 0x8024B303).",
             "Run 'wsus-trust-agent repair' with the same options."},
    CodeInfo{entry_damaged, "entry_damaged", error, 1,
             "The store has an entry for the certificate that Windows cannot read.",
             "Run 'wsus-trust-agent repair' with the same options: it writes the entry anew."},
    CodeInfo{disallowed, "disallowed", error, 1,
             "The certificate is in Untrusted Certificates (Disallowed), which wins over every trust.",
             "If it is there on purpose, withdraw it in the settings. If it must be trusted again, remove it "
             "there by hand (on Windows in certlm.msc), then run 'wsus-trust-agent repair' with the same "
             "options."},
    CodeInfo{issuer_not_trusted, "issuer_not_trusted", error, 1,
             "The certificate comes from a CA that this machine does not trust (0x800B0109).",
             "Deliver the root of your CA to Trusted Root, for instance with Group Policy; the agent never "
             "installs a CA."},
    CodeInfo{issuer_not_found, "issuer_not_found", warning, 1,
             "The issuer of the certificate is not on this machine; it may arrive when it is needed.",
             "Nothing, when its root is a public one or arrives at domain join; otherwise deliver the root "
             "of your CA."},
    CodeInfo{expires_soon, "expires_soon", warning, 0, "The certificate expires soon.",
             "Make its successor, pin it beside this one, and switch when every machine has it."},
    CodeInfo{no_longer_configured, "no_longer_configured", warning, 0,
             "A certificate that the agent installed is no longer in the settings; it stays trusted.",
             "To remove it, name it in the settings with 'state: withdrawn'."},
    CodeInfo{withdrawn_present, "withdrawn_present", error, 1, "A withdrawn certificate is still trusted.",
             "Run 'wsus-trust-agent repair' with the same options."},
    CodeInfo{distrusted_present, "distrusted_present", error, 1, "A distrusted certificate is still trusted.",
             "Run 'wsus-trust-agent repair' with the same options."},
    CodeInfo{not_in_disallowed, "not_in_disallowed", error, 1,
             "A distrusted certificate is not in Untrusted Certificates (Disallowed) yet.",
             "Run 'wsus-trust-agent repair' with the same options."},
    CodeInfo{distrust_incomplete, "distrust_incomplete", warning, 8,
             "A distrusted certificate could not be put into Untrusted Certificates, because its bytes are "
             "not here.",
             "Run 'wsus-trust-agent distrust SHA256 --der FILE' with the certificate as a file or as Base64; "
             "or give the "
             "entry a 'source:' or 'der:', then run 'wsus-trust-agent repair' with the same options."},
    CodeInfo{
        distrusted_by_hand, "distrusted_by_hand", warning, 0,
        "The settings trust a certificate that somebody distrusted on this machine with 'distrust'; that "
        "counts.",
        "Set 'state: distrusted' for it in the settings. Only if it must be trusted again: add 'retrust:' "
        "with the id "
        "that 'distrust' printed; run again on this machine, 'distrust' prints the same one."},
    CodeInfo{still_delivered_by_policy, "still_delivered_by_policy", error, 1,
             "A certificate that must go is still delivered by Group Policy or from the enterprise store.",
             "Take it out of the Group Policy object (Public Key Policies) or the enterprise store; the "
             "agent does not "
             "touch those."},
    CodeInfo{
        root_not_restricted, "root_not_restricted", warning, 0,
        "The certificate in Trusted Root is good for more than Code Signing and its entry is not limited.",
        "In certlm.msc limit its purposes to Code Signing, or remove the entry and run 'wsus-trust-agent "
        "repair'."},
    CodeInfo{usage_excludes_code_signing, "usage_excludes_code_signing", error, 1,
             "The purposes of the store entry were limited so that Code Signing is not among them.",
             "In certlm.msc enable Code Signing for it (Properties, General), or remove the entry and run "
             "'wsus-trust-agent repair' with the same options."},
    CodeInfo{ca_issued_in_root, "ca_issued_in_root", warning, 0,
             "A certificate that a CA issued is in Trusted Root, where it does not belong.",
             "Remove it from Trusted Root by hand; it needs to be in Trusted Publishers only."},

    CodeInfo{adoption_refused, "adoption_refused", error, 8,
             "The entry cannot be adopted, so it stays as it is.",
             "Correct what the message says; only an entry of this machine's own stores that the settings "
             "trust can be adopted."},
    CodeInfo{removed_by_others, "removed_by_others", warning, 0,
             "A certificate that was in place was removed by somebody else.",
             "Find out who removed it, and why. A scheduled run puts it back once, and not again."},
    CodeInfo{
        contested, "contested", error, 1,
        "What the agent puts right, something else takes back; so it is left alone now.",
        "Settle it with the owner; where that is not known, look for a policy, a script or a product that "
        "takes it back. Then run 'wsus-trust-agent repair' by hand."},

    CodeInfo{
        policy_missing, "policy_missing", error, 1,
        "AcceptTrustedPublisherCerts is not set: Windows Update refuses updates that are not Microsoft's.",
        "Run 'wsus-trust-agent repair' with the same options, or enable 'Allow signed updates from an "
        "intranet Microsoft update "
        "service "
        "location' in Group Policy."},
    CodeInfo{policy_disabled, "policy_disabled", error, 1,
             "AcceptTrustedPublisherCerts is 0: Windows Update refuses updates that are not Microsoft's.",
             "Run 'wsus-trust-agent repair' with the same options; if it comes back, find the Group Policy "
             "object that sets it."},
    CodeInfo{policy_wrong_value, "policy_wrong_value", error, 1,
             "AcceptTrustedPublisherCerts is neither 0 nor 1.",
             "Run 'wsus-trust-agent repair' with the same options."},
    CodeInfo{policy_wrong_type, "policy_wrong_type", error, 1,
             "AcceptTrustedPublisherCerts is not a REG_DWORD, so Windows Update ignores it.",
             "Run 'wsus-trust-agent repair' with the same options; correct the script or policy that writes "
             "it with a wrong type."},
    CodeInfo{policy_conflict, "policy_conflict", error, 8,
             "AcceptTrustedPublisherCerts was written, but something set it back at once.",
             "Find what writes it: Group Policy, ConfigMgr client settings, or MDM."},
    CodeInfo{policy_not_managed, "policy_not_managed", info, 1,
             "The settings leave AcceptTrustedPublisherCerts to something else.",
             "Nothing, when Group Policy or ConfigMgr sets it to 1; otherwise set "
             "'accept_trusted_publisher_certs: true'."},
    CodeInfo{policy_set_elsewhere, "policy_set_elsewhere", error, 1,
             "Somebody who manages this machine sets AcceptTrustedPublisherCerts to 0, so it is left alone.",
             "Change it there; the owner is named where it can be found out. 'override_owner: true' writes 1 "
             "all the same, until the owner sets it back."},
    CodeInfo{no_intranet_update_service, "no_intranet_update_service", info, 1,
             "This Windows uses no intranet update service (WUServer with UseWUServer), so third-party "
             "updates do not "
             "reach it this way.",
             "Nothing, when that is meant; otherwise configure WSUS or ConfigMgr for it."},

    CodeInfo{publishers_limited, "publishers_limited", warning, 0,
             "A policy (AuthenticodeFlags 0x2) seems to let only publishers count that Group Policy or the "
             "enterprise store deliver.",
             "If updates do not install, deliver the certificate with Group Policy, or relax that policy."},
    CodeInfo{publisher_revocation_checked, "publisher_revocation_checked", info, 0,
             "A policy (AuthenticodeFlags 0x100, 0x200) has the revocation of publishers checked.",
             "If a CA issued the certificate, make sure that its revocation list can be reached from here."},
    CodeInfo{machine_roots_limited, "machine_roots_limited", info, 0,
             "A policy (ProtectedRoots Flags) limits which root certificates count on this machine.",
             "If updates do not install, deliver the certificate with Group Policy, or relax that policy."},
    CodeInfo{root_update_disabled, "root_update_disabled", info, 0,
             "A policy (DisableRootAutoUpdate) keeps Windows from getting public roots when they are needed.",
             "If a public CA issued the certificate, deliver its root to this machine."},

    CodeInfo{
        change_failed, "change_failed", error, 8, "A change could not be made.",
        "Correct what the message says, then run 'wsus-trust-agent repair' with the same options again."},
    CodeInfo{
        not_verified, "not_verified", error, 8, "A change was made but cannot be found afterwards.",
        "Look for software that protects the certificate stores or the registry, then run 'wsus-trust-agent "
        "repair' again."},
    CodeInfo{
        not_undone, "not_undone", warning, 0,
        "The agent put this certificate into Untrusted Certificates (Disallowed) and undo leaves it there.",
        "If it must be trusted again, remove it from Untrusted Certificates by hand (on Windows in "
        "certlm.msc); where "
        "'distrust' put it there, its entry needs 'retrust:' as well."},
    CodeInfo{report_not_stored, "report_not_stored", info, 0,
             "The report is too large to be stored in the image; the summary values are there.",
             "Nothing; 'wsus-trust-agent check' shows everything."},

    CodeInfo{report_spool_unusable, "report_spool_unusable", warning, 0,
             "The folder where reports wait for their receivers cannot be used, so none is kept there.",
             "Let only administrators write that folder and those above it, and make room on its disk; or "
             "name another one (report.spool)."},
    CodeInfo{report_not_delivered, "report_not_delivered", warning, 0,
             "Reports could not be delivered; they are kept, and delivered later.",
             "Correct what the message says, then try with 'wsus-trust-agent report test'."},
    CodeInfo{report_refused, "report_refused", warning, 0,
             "A receiver refused reports for good. They are set aside, each with the reason, in the folder "
             "'refused' of its queue.",
             "Correct what the receiver objects to; to have one sent again, move its file back into the "
             "queue."},
    CodeInfo{report_dropped, "report_dropped", warning, 0,
             "The oldest reports went undelivered, because too many were waiting or they were too old.",
             "Make the receiver reachable again, or remove it from the settings."},
    CodeInfo{report_damaged, "report_damaged", warning, 0,
             "Files that waited as reports are none. They are set aside, in the folder 'damaged' of the "
             "queue.",
             "Look at the disk of this machine, and at who writes there; then remove the files."},
};

consteval bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (std::to_underlying(table[i].code) != i || table[i].name.empty() || table[i].remedy.empty())
            return false;
    return table.back().code == report_damaged;
}
static_assert(in_order(), "one row for each ReasonCode, in its order");

} // namespace

const CodeInfo& info(ReasonCode code) { return table.at(std::to_underlying(code)); }

std::span<const CodeInfo> all_codes() { return table; }

bool is_about_reporting(ReasonCode code) { return code >= report_spool_unusable; }

const CodeInfo* find_code(std::string_view name) {
    const auto* found = std::ranges::find(table, name, &CodeInfo::name);
    return found == table.end() ? nullptr : found;
}

} // namespace wta
