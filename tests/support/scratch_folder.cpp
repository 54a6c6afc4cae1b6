#include "tests/support/scratch_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>

namespace wta::test {
namespace {

namespace fs = std::filesystem;

} // namespace

ScratchFolder::ScratchFolder() {
    std::random_device number;
    do { // another one may have it already; of one length, so that texts break alike in every run
        path_ = fs::temp_directory_path() / fmt::format("wsus-trust-agent-test-{:010}", number());
    } while (!fs::create_directory(path_));
    fs::permissions(path_, fs::perms::owner_all);
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::vector<std::string> ScratchFolder::names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path_)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}

void write_bytes(const fs::path& file, ByteView bytes) {
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw std::runtime_error(file.string() + " cannot be written");
}

void write_text(const fs::path& file, std::string_view text) { write_bytes(file, as_byte_view(text)); }

Bytes read_bytes(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(file.string() + " cannot be read");
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    return to_bytes(as_byte_view(content));
}

} // namespace wta::test
