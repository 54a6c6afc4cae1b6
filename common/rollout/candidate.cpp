#include "common/rollout/candidate.h"

#include <utility>

namespace wta {

Candidate judge_candidate(Inspection inspection, const Exceptions& allowed, Timestamp now) {
    Candidate candidate{std::move(inspection), {}};
    if (!candidate.inspection.certificate) return candidate;
    Exceptions& needed = candidate.needed;
    for (const Reason& reason : candidate.inspection.refusals) {
        if (reason.code == ReasonCode::expired) needed.expired = allowed.expired;
        if (reason.code == ReasonCode::no_eku) needed.no_eku = allowed.no_eku;
        if (reason.code == ReasonCode::ca_certificate) needed.ca_certificate = allowed.ca_certificate;
    }
    // Judged again, not crossed out: what a machine will say with these exceptions is what counts.
    Admission admission = admit(*candidate.inspection.certificate, needed, now);
    candidate.inspection.refusals = std::move(admission.refusals);
    candidate.inspection.warnings = std::move(admission.warnings);
    return candidate;
}

} // namespace wta
