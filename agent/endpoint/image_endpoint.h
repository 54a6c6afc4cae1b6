// The SOFTWARE hive of a Windows image, read and written with libhivex on any machine.
#pragma once

#include "agent/endpoint/endpoint.h"
#include "agent/platform/crash_guard.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace wta {

// `path` is a SOFTWARE hive file or the root of a mounted Windows volume (Windows/System32/config/SOFTWARE,
// whatever the letter case). A link to the file itself is followed; in a volume none is. Opens read-only; to
// change it, takes the lock on its folder first (busy). Refuses with image_not_found, image_damaged
// (truncated, garbled, a base block that does not add up), image_dirty (sequence numbers differ, or a log
// beside it holds newer entries), image_not_software, image_in_use (Windows: it is the running Windows' own,
// or loaded, or open elsewhere); access_denied when it may not be read. A build without libhivex refuses
// every image with usage_error.
//
// `last_words` makes what is said when the hive library ends the process, from the name of the image as far
// as it is known; without it that is a sentence.
using MakeLastWords = std::function<platform::LastWords(const std::string& name)>;
[[nodiscard]] Result<std::unique_ptr<Endpoint>> open_image(const std::filesystem::path& path, Use use,
                                                           const MakeLastWords& last_words = {});

} // namespace wta
