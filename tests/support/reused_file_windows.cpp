// In a folder of its own.
#include "tests/support/reused_file.h"
#include "tests/support/scratch_folder.h"

namespace wta::test {

struct ReusedFile::File {
    ScratchFolder scratch;
};

ReusedFile::ReusedFile() : file_(std::make_unique<File>()) {}

ReusedFile::~ReusedFile() = default;

void ReusedFile::fill(ByteView content) const { write_bytes(path(), content); }

std::filesystem::path ReusedFile::path() const { return file_->scratch.path() / "reused"; }

} // namespace wta::test
