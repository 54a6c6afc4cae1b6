// Builds without libhivex read no images.
#include "agent/endpoint/image_endpoint.h"

namespace wta {

Result<std::unique_ptr<Endpoint>> open_image(const std::filesystem::path& /*path*/, Use /*use*/,
                                             const MakeLastWords& /*last_words*/) {
    return refuse(ReasonCode::usage_error,
                  "this build reads no images; run it without --image to work on this machine, or use a "
                  "build with libhivex on the image");
}

} // namespace wta
