"""Folders of status reports, as the agents of a fleet write them."""

import json
from datetime import datetime, timedelta, timezone

CERTIFICATE = "ab" * 32
OLD = "cd" * 32


def stamp(days=0.0):
    """So many days ago."""
    return (datetime.now(timezone.utc) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def certificate(sha256=CERTIFICATE, state="trusted", stores=("Root", "TrustedPublisher"), **changes):
    return {
        "sha256": sha256, "thumbprint": sha256[:40].upper(), "subject": "CN = WSUS Publishers Self-signed",
        "issuer": "CN = WSUS Publishers Self-signed", "notBefore": "2024-06-01T00:00:00Z",
        "notAfter": "2099-06-01T00:00:00Z", "selfSigned": True, "usage": ["Code Signing"], "state": state, "allow": [],
        "restricted": False, "requiredStores": ["Root", "TrustedPublisher"] if state == "trusted" else [],
        "stores": [{"store": store, "location": "machine", "ours": True} for store in stores], "note": None, **changes,
    }  # fmt: skip


def finding(code="not_in_root", severity="error", **changes):
    return {
        "code": code, "severity": severity, "subject": CERTIFICATE, "message": "The certificate is not in Root.",
        "expected": "in Root", "actual": "absent", "owner": None, "remedy": "Run 'repair'.", **changes,
    }  # fmt: skip


def report(name, number=1, days=0.1, findings=(), certificates=None, version="0.1.0", **changes):
    bad = any(each["severity"] == "error" for each in findings)
    state = {"acceptTrustedPublisherCerts": "REG_DWORD 1", "certificates": []}
    return {
        "schemaVersion": 1, "runId": f"019303f0-0000-7000-8000-{number:012x}", "command": "check",
        "time": stamp(days), "whatIf": False, "mode": "enforce", "endpoint": {"kind": "live", "name": name},
        "agent": {"name": "wsus-trust-agent", "version": version},
        "settings": {"place": "C:\\ProgramData\\WsusTrustAgent\\agent.yaml", "sha256": "ef" * 32},
        "desiredState": state, "actualState": state, "inDesiredState": not bad,
        "state": "NonCompliant" if bad else "Compliant", "exitCode": int(bad), "findings": list(findings),
        "changes": [], "certificates": [certificate()] if certificates is None else list(certificates), **changes,
    }  # fmt: skip


def write(folder, *reports):
    """Each into a file that is called after its machine."""
    folder.mkdir(exist_ok=True)
    for each in reports:
        (folder / f"{each['endpoint']['name']}.json").write_text(json.dumps(each, indent=2, sort_keys=True) + "\n")
    return folder


def write_fleet(folder, count):
    """Many machines: of a hundred some four are not right and one is silent; always the same but for their times."""
    machines = []
    for number in range(count):
        findings, held, days = [], [certificate(), certificate(OLD, notAfter=stamp(-60), subject="CN = WSUS 2023")], number % 997 / 1000
        if number % 29 == 3:
            findings.append(finding())
            held[0] = certificate(stores=("TrustedPublisher",))
        if number % 61 == 5:
            findings.append(finding("publication_unreachable", "warning", subject="https://pki.example.com/wsus.cer",
                                    message=f"https://pki.example.com/wsus.cer: PC-{number:06} got no answer."))  # fmt: skip
        if number % 101 == 7:
            days += 4 + number % 37
        version = "0.1.0" if number % 9 else "0.0.9"
        machines.append(report(f"PC-{number:06}", number, days, findings, held, version))
    return write(folder, *machines)
