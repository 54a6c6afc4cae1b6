#include "common/certificate/placement.h"

#include <algorithm>

namespace wta {
namespace {

bool good_for_more_than_code_signing(const Certificate& certificate) {
    if (certificate.is_ca || !certificate.usage_oids) return true;
    return std::ranges::any_of(*certificate.usage_oids,
                               [](const std::string& oid) { return oid != code_signing_oid; });
}

} // namespace

Placement place(const Certificate& certificate, bool restrict_usage) {
    Placement placement;
    placement.root = certificate.self_signed();
    placement.limit_root_to_code_signing =
        placement.root && restrict_usage && good_for_more_than_code_signing(certificate);
    return placement;
}

} // namespace wta
