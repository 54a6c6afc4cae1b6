// May this certificate be rolled out, and with which exceptions? Judged as `inspect` judges it.
#pragma once

#include "common/certificate/admission.h"
#include "common/report/inspection.h"

#include <string>

namespace wta {

struct Candidate {
    Inspection inspection; // its refusals are what is left with the exceptions
    Exceptions needed;     // of those that were allowed, the ones without which it would be refused
};

// `allowed` is what the administrator accepts for whichever certificate needs it; a certificate that needs
// nothing gets nothing.
[[nodiscard]] Candidate judge_candidate(Inspection inspection, const Exceptions& allowed, Timestamp now);

} // namespace wta
