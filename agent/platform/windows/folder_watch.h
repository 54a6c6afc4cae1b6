// Tells when files in some folders change, come or go.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace wta::platform {

class FolderWatch {
public:
    FolderWatch();
    ~FolderWatch();
    FolderWatch(const FolderWatch&) = delete;
    FolderWatch& operator=(const FolderWatch&) = delete;

    // From the moment that this returns, a change of a file that lies directly in one of these folders raises
    // a handle: once, so arm again before looking. Of a folder that does not exist the nearest one above it
    // that does is watched, for folders that come. A folder that cannot be watched has no handle.
    void arm(std::span<const std::filesystem::path> folders);

    // HANDLEs, others after each arm(); they stay ours.
    [[nodiscard]] std::vector<void*> handles() const;

private:
    struct Armed;
    std::unique_ptr<Armed> armed_;
};

} // namespace wta::platform
