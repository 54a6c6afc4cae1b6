// The sample hive as an image on disk, and the run that every test of images makes.
#pragma once

#include "agent/endpoint/image_endpoint.h"
#include "tests/support/sample_hive.h"
#include "tests/support/scratch_folder.h"

#include <cstdint>
#include <memory>
#include <string>

namespace wta::test {

// Keys of the sample hive.
inline const std::string sample_key = "Microsoft\\Sample";
inline const std::string update_key = "Policies\\Microsoft\\Windows\\WindowsUpdate";
inline const std::string present_entry_key =
    "Microsoft\\SystemCertificates\\Root\\Certificates\\00112233445566778899AABBCCDDEEFF00112233";

// What repair_sample() adds to Root and TrustedPublisher.
[[nodiscard]] StoredCertificate added_entry();

// A hive file in a folder of its own that anybody may enter.
struct SampleImage {
    ScratchFolder scratch;
    std::filesystem::path folder = scratch.path();
    std::filesystem::path hive = folder / "SOFTWARE";

    explicit SampleImage(const Bytes& content = sample_hive());
    [[nodiscard]] Bytes bytes() const { return read_bytes(hive); }
    // Of what lies in the folder, but for the lock of a run, which is a file on Windows.
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] std::unique_ptr<Endpoint> open(Use use = Use::look) const {
        return open_image(hive, use).value();
    }
    [[nodiscard]] std::unique_ptr<Endpoint> begun() const; // after begin_changes()
};

[[nodiscard]] inline Result<void> as_meant(Registry& /*registry*/) { return {}; }

// An image that is refused, for this reason and with these words. Checks.
void check_not_opened(const std::filesystem::path& path, ReasonCode reason, const std::string& says);

// Opens, reads, changes and commits: the policy value, values of the sample key, two new entries and one that
// goes.
[[nodiscard]] Result<void> repair_sample(const std::filesystem::path& hive);

} // namespace wta::test
