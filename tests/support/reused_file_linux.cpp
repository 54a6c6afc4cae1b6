// In memory.
#include "tests/support/reused_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace wta::test {

struct ReusedFile::File {
    int fd = ::memfd_create("reused", MFD_CLOEXEC);
    ~File() { ::close(fd); }
};

ReusedFile::ReusedFile() : file_(std::make_unique<File>()) {
    if (file_->fd < 0) throw std::runtime_error("no file in memory can be made");
}

ReusedFile::~ReusedFile() = default;

void ReusedFile::fill(ByteView content) const {
    const auto size = static_cast<::off_t>(content.size());
    if (::ftruncate(file_->fd, size) != 0 || ::pwrite(file_->fd, content.data(), content.size(), 0) != size)
        throw std::runtime_error("the file in memory is full");
}

std::filesystem::path ReusedFile::path() const { return "/proc/self/fd/" + std::to_string(file_->fd); }

} // namespace wta::test
