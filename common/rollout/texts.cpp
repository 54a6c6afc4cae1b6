#include "common/rollout/texts.h"

#include "common/certificate/placement.h"
#include "common/rollout/entries.h"

#include <fmt/format.h>

namespace wta {
namespace {

std::string stores_of(const Certificate& certificate) {
    const Placement placement = place(certificate, true);
    if (!placement.root)
        return "Trusted Publishers (it is issued by a CA, whose certificate must be in Trusted Root)";
    return placement.limit_root_to_code_signing
               ? "Trusted Publishers; Trusted Root, where it counts for Code Signing only"
               : "Trusted Publishers and Trusted Root";
}

std::string described(const RolloutCertificate& one) {
    const Certificate& certificate = one.certificate;
    std::string text = fmt::format("    subject     {}\n"
                                   "    issued by   {}\n"
                                   "    valid       {} to {}\n"
                                   "    SHA-256     {}\n"
                                   "    thumbprint  {} (SHA-1, as Windows shows it)\n"
                                   "    key         {}, {}\n"
                                   "    goes into   {}\n",
                                   certificate.subject,
                                   certificate.self_signed() ? "itself (self-signed)" : certificate.issuer,
                                   to_rfc3339(certificate.not_before), to_rfc3339(certificate.not_after),
                                   to_string(certificate.sha256), to_string(certificate.thumbprint),
                                   certificate.key.name, certificate.signature.name, stores_of(certificate));
    if (const std::string allow = exception_names(one.allow, ", "); !allow.empty())
        text += fmt::format("    exceptions  {}: without them it would be refused\n", allow);
    return text;
}

std::string all_described(const Rollout& rollout) {
    std::string text;
    for (const RolloutCertificate& one : rollout.certificates)
        text += (text.empty() ? "" : "\n") + described(one);
    return text;
}

// One line for each certificate, made of its SHA-256.
std::string for_each(const Rollout& rollout, std::string_view before, std::string_view behind) {
    std::string text;
    for (const RolloutCertificate& one : rollout.certificates)
        text += fmt::format("      {}{}{}\n", before, to_string(one.certificate.sha256), behind);
    return text;
}

std::string msi_name(const Rollout& rollout) {
    return fmt::format("wsus-trust-agent-{}-x64.msi", rollout.version);
}

} // namespace

std::string windows_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

std::string readme_text(const Rollout& rollout) {
    return windows_text(fmt::format(
        R"(Rollout of certificates that sign updates, for WSUS Trust Agent {version}

What is rolled out

{certificates}
First of all, compare the SHA-256 with the certificate on the publishing server, over another way than the one
on which the file came to you. There, 'wsus-trust-agent inspect store:WSUS' prints it. Whoever holds the key of
this certificate can install software on every machine that trusts it.

In which order

1. change-ticket.txt     What changes, why, and how it is taken back: for whoever approves it.
2. edr-exceptions        For the security team, before the first machine: writing to the Root store raises alerts.
3. One machine by hand   Install the MSI, import group-policy\wsus-trust-agent.reg, and look at 'wsus-trust-agent check'.
4. The agent             msi-command-line.txt, with the tool that installs software for you.
5. The certificates      One of the following ways. All of them say the same; only the command line of the MSI has no notes.

The kits that come with the program say each step for your tool: packaging/group-policy, intune, configmgr,
golden-image, workgroup. This folder holds what is particular to your certificates.

Group Policy (the primary way)
   group-policy\PolicyDefinitions     Copy its content into the central store,
                                      \\DOMAIN\SYSVOL\DOMAIN\Policies\PolicyDefinitions.
   group-policy\entries.txt           In the Group Policy editor, Administrative Templates, WSUS Trust Agent, enable the
                                      policy "Certificates", and put each line of this file into its list.
   group-policy\Registry.pol          The same as a policy file: LGPO.exe /m Registry.pol
   group-policy\lgpo.txt              The same as text: LGPO.exe /t lgpo.txt
   group-policy\wsus-trust-agent.reg  The same for one machine without a domain: reg import wsus-trust-agent.reg
   The last three make the list exactly these certificates; what was in it before is gone from it.

Intune
   intune\settings.json               A custom profile in the form of Microsoft Graph: POST it to
                                      /deviceManagement/deviceConfigurations, or type its two OMA-URI settings (String).
   intune\detect.ps1, remediate.ps1   The two scripts of a remediation. Run in 64-bit PowerShell: yes. As the user: no.

ConfigMgr
   configmgr\detect.ps1, remediate.ps1  The two scripts of a configuration item. Expected: a string equal to Compliant.
   The certificates come by Group Policy, or with the command line of msi-command-line.txt.

Machines without any of these, and images
   agent.yaml                         To C:\ProgramData\WsusTrustAgent, or anywhere with --config. For an image:
                                      wsus-trust-agent --config agent.yaml --image D:\mount repair

How to see that it worked

   wsus-trust-agent check             On a machine: exit code 0, and Compliant.
   wsus-trust-agent fleet FOLDER      Over all machines, when they write reports into a folder (report: file: path:).
   To be sure of one certificate on every machine:
{ready}
How to take it back

   group-policy\wsus-trust-agent-remove.reg removes the list from one machine; in Group Policy or Intune, set the policy
   to Not Configured. That alone takes no certificate away: what is trusted stays trusted, and is reported.
   On one machine, everything that the agent placed:   wsus-trust-agent undo   (stop the service before)
   On all machines, by policy: put these lines into the list instead, and leave them there until every machine reports:
{withdrawn}
   When the key leaked, do not wait. DER is what follows der= in group-policy\entries.txt; without it, a machine that
   never held the certificate cannot put it into Untrusted Certificates. On each machine:
{distrust}
   Or by policy: the lines of group-policy\entries.txt, each with ;state=distrusted added at its end.

What was tried

   The settings in agent.yaml and in the .reg files are read back by the agent's own tests. The other files follow what
   Microsoft, Elastic, Splunk and Sigma document; they were not tried with a real Group Policy, LGPO.exe, Intune,
   ConfigMgr, Elastic or Splunk. Try yours with one machine first.
)",
        fmt::arg("version", rollout.version), fmt::arg("certificates", all_described(rollout)),
        fmt::arg("ready", for_each(rollout, "wsus-trust-agent fleet FOLDER --ready ", "")),
        fmt::arg("withdrawn", for_each(rollout, "sha256=", ";state=withdrawn")),
        fmt::arg("distrust", for_each(rollout, "wsus-trust-agent distrust ", " --der DER"))));
}

std::string change_ticket_text(const Rollout& rollout) {
    const std::string note = rollout.note.empty() ? "" : fmt::format("Reference: {}\n\n", rollout.note);
    return windows_text(fmt::format(
        R"(Change: trust the certificate that signs our third-party updates

{note}Why
    Windows installs third-party updates from WSUS or ConfigMgr only when it trusts the certificate that signed them.

Certificate

{certificates}
    It is identified by its SHA-256. Another certificate is never installed, whatever a server publishes.

What is changed on each machine
    HKLM\SOFTWARE\Policies\WsusTrustAgent\Certificates   the settings: the list of certificates (by policy)
    Certificate stores of the local machine               the certificate, into the stores that are named above
    HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate, AcceptTrustedPublisherCerts = 1 (REG_DWORD)
    HKLM\SOFTWARE\WsusTrustAgent                          what the agent remembers, such as the value before
    C:\Program Files\WsusTrustAgent, C:\ProgramData\WsusTrustAgent, the service WsusTrustAgent
    No restart. The agent listens on no port; the certificate comes along, and no download is needed.

Who does it
    WSUS Trust Agent {version}, as a service of the local system. A second run writes nothing.

Risk
    Whoever holds the private key of this certificate can install software on every machine that trusts it.
    Keep the key where updates are published and nowhere else.
    Security tools report writes to the Root store: see edr-exceptions.
    A mistake shows as updates that do not install; nothing else of the machine depends on this trust.

Test
    On one machine: install, then 'wsus-trust-agent check' says Compliant, and an update that is signed with this
    certificate installs. Then a group of machines, then all.

Back-out
    wsus-trust-agent undo takes away what the agent placed and restores the value before (stop the service before).
    For all machines: state=withdrawn in the list of certificates instead of the entry:
{withdrawn}
    The MSI: msiexec /x {msi} /qn UNDO=1

The day the key leaks
{distrust}
    on each machine; DER is what follows der= in the line of group-policy\entries.txt. Or by policy: that line, with
    ;state=distrusted added at its end. It is then in Untrusted Certificates, and no setting that still trusts it counts.
)",
        fmt::arg("note", note), fmt::arg("certificates", all_described(rollout)),
        fmt::arg("version", rollout.version), fmt::arg("msi", msi_name(rollout)),
        fmt::arg("withdrawn", for_each(rollout, "sha256=", ";state=withdrawn")),
        fmt::arg("distrust", for_each(rollout, "wsus-trust-agent distrust ", " --der DER"))));
}

std::string msi_command_text(const Rollout& rollout) {
    const std::string command =
        fmt::format("msiexec /i {} /qn CERTIFICATES=\"{}\"", msi_name(rollout), installer_property(rollout));
    std::string text = "Installs the agent, and gives it the certificates. Machine policy outranks them.\n"
                       "The file name of an MSI that was not signed ends in -UNSIGNED-TEST.msi.\n\n";
    if (command.size() <= max_cmd_line)
        text += fmt::format("{}\n\n"
                            "These are {} characters. cmd.exe takes 8,191; other tools may take fewer. If "
                            "yours does, use:\n\n",
                            command, command.size());
    else
        text += fmt::format(
            "With the certificates, the command line would have {} characters. cmd.exe takes 8,191.\n"
            "So give the certificates by policy (group-policy, intune), and install with:\n\n"
            "msiexec /i {} /qn\n\n"
            "or copy agent.yaml to the machine first, where ordinary users cannot write, and use:\n\n",
            command.size(), msi_name(rollout));
    text += fmt::format("msiexec /i {} /qn CONFIG=\"C:\\ProgramData\\WsusTrustAgent\\agent.yaml\"\n",
                        msi_name(rollout));
    return windows_text(text);
}

} // namespace wta
