// The registry of a SOFTWARE hive file: read from its cells, written through libhivex.
#pragma once

#include "agent/endpoint/hive_tree.h"
#include "agent/platform/mapped_file.h"
#include "common/ports/registry.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

// As <hivex.h> has them, which only hive_registry.cpp needs.
struct hive_h;
using hive_node_h = std::size_t;  // NOLINT(readability-identifier-naming): the library's names
using hive_value_h = std::size_t; // NOLINT(readability-identifier-naming)

namespace wta {

// Larger values have a form of their own in a hive, which libhivex does not write.
inline constexpr std::size_t largest_image_value = 16'000;

// A hive file that passed check_hive.
struct CheckedHive {
    platform::MappedFile file;
    HiveCells cells; // refers to `file`
};

// Reads the file; writes go to memory until write_to(). libhivex would read every cell once more, and map the
// file a second time, so it is asked for writing only. Keep a CrashGuard while one lives.
//
// Names are UTF-8; letter case is ignored for ASCII letters. Keys that we create have ASCII names and the
// security of their parent. Further errors: unusable (the hive is damaged where it was read; reason
// image_damaged), invalid (a name that cannot be written).
class HiveRegistry : public Registry {
public:
    // Each key is checked before it is read.
    [[nodiscard]] static std::unique_ptr<HiveRegistry> open(CheckedHive checked);

    Result<std::optional<RegistryValue>> get(std::string_view key, std::string_view name) override;
    Result<void> set(std::string_view key, std::string_view name, const RegistryValue& value) override;
    Result<void> erase(std::string_view key, std::string_view name) override;
    Result<void> erase_key(std::string_view key) override;
    Result<std::optional<KeyListing>> list(std::string_view key) override;

    // Reads `file` again, now for writing; `tree` is what check_hive_tree said of it. Before, every write
    // is refused (access_denied).
    Result<void> begin_writing(const std::filesystem::path& file, HiveTree tree);
    // For reading only again; what was written and not saved is gone.
    void reload(CheckedHive checked);
    // Forgets the file; every further call is refused (unusable).
    void close();

    // Something was written since begin_writing().
    [[nodiscard]] bool changed() const { return changed_; }

    // Saves everything to an existing file. Refused after a write that failed half-way.
    Result<void> write_to(const std::filesystem::path& file);

private:
    struct CloseHive {
        void operator()(hive_h* hive) const;
    };
    struct Child {
        std::string name;
        std::string folded;
        hive_node_h node = 0;
    };
    struct Entry { // one value of a key
        std::string name;
        RegistryValue value;
    };

    HiveRegistry() = default;
    void forget_nodes();
    Result<void> check_node(hive_node_h node);

    Result<hive_node_h> root();
    Result<std::vector<hive_node_h>> subkeys_of(hive_node_h node);
    Result<std::vector<hive_value_h>> values_of(hive_node_h node);
    Result<std::string> key_name(hive_node_h node);
    Result<std::string> value_name(hive_value_h value);
    Result<const std::vector<Child>*> children_of(hive_node_h node);
    Result<hive_node_h> find(std::string_view key); // 0: absent
    Result<hive_node_h> find_or_create(std::string_view key);
    Result<hive_node_h> create_child(hive_node_h parent, std::string_view name, std::string_view key);
    Result<std::optional<hive_value_h>> find_value(hive_node_h node, std::string_view name);
    Result<RegistryValue> read_value(hive_value_h value);
    Result<std::vector<Entry>> entries_of(hive_node_h node);
    Result<void> rewrite(std::string_view key, hive_node_h node, std::vector<Entry>& entries);

    [[nodiscard]] Result<void> may_write() const;
    std::unexpected<Error> write_failed(std::string_view doing, int number);

    std::unique_ptr<hive_h, CloseHive> hive_; // while writing
    bool changed_ = false;
    std::optional<Error> broken_;        // a write failed half-way: the hive in memory must not be saved
    std::optional<CheckedHive> checked_; // while reading
    HiveTree tree_;                      // while writing
    std::unordered_set<hive_node_h> checked_nodes_;
    std::unordered_map<std::string, hive_node_h> nodes_; // by folded path; 0: known to be absent
    std::unordered_map<hive_node_h, std::vector<Child>> children_;
};

} // namespace wta
