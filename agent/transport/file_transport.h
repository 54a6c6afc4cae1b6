// Gets a publication from a local file.
#pragma once

#include "common/ports/transport.h"

namespace wta {

// Reads the whole file at `request.location`; may hang with its file system, so it is called in a worker.
// Errors: file_not_found, file_unreadable (no right, no regular file, I/O), body_too_large.
[[nodiscard]] Result<FetchResponse> fetch_file(const FetchRequest& request);

} // namespace wta
