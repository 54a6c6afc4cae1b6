// fuzz-seeds FOLDER: writes the seeds of every target as files FOLDER/TARGET/NUMBER.
#include "tests/fuzz/targets.h"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

namespace {

void write(const std::filesystem::path& path, wta::ByteView content) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(wta::as_text(content).data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file) throw std::runtime_error(path.string() + " cannot be written");
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 2) throw std::runtime_error("usage: fuzz-seeds FOLDER");
        for (const wta::fuzz::Target& target : wta::fuzz::targets()) {
            const auto folder = std::filesystem::path(argv[1]) / target.name;
            std::filesystem::create_directories(folder);
            int number = 0;
            for (const wta::Bytes& seed : target.seeds()) write(folder / std::to_string(number++), seed);
        }
        return 0;
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "fuzz-seeds: %s\n", exception.what());
        return 1;
    }
}
