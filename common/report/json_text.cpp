#include "common/report/json_text.h"

#include "common/base/utf.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string_view>
#include <vector>

namespace wta {
namespace {

namespace json = boost::json;

class Writer {
public:
    explicit Writer(bool indented) : indented_(indented) {}

    void write(const json::value& value) {
        if (const json::object* object = value.if_object())
            write_object(*object);
        else if (const json::array* array = value.if_array())
            write_array(*array);
        else if (const json::string* string = value.if_string())
            write_string(*string);
        else
            text_ += json::serialize(value);
    }

    std::string take() && {
        if (indented_) text_ += '\n';
        return std::move(text_);
    }

private:
    // Text from strangers is made printable where it enters; a stray byte must still never break the
    // document.
    void write_string(std::string_view string) {
        text_ += json::serialize(
            json::string(is_valid_utf8(string) ? string : printable(string, string.size() * 4)));
    }

    void new_line() {
        if (!indented_) return;
        text_ += '\n';
        text_.append(2 * depth_, ' ');
    }

    void write_object(const json::object& object) {
        std::vector<std::string_view> keys;
        for (const auto& member : object) keys.emplace_back(member.key());
        std::ranges::sort(keys);
        open('{');
        for (const std::string_view key : keys) {
            separate(key == keys.front());
            write_string(key);
            text_ += indented_ ? ": " : ":";
            write(object.at(key));
        }
        close('}', keys.empty());
    }

    void write_array(const json::array& array) {
        open('[');
        for (std::size_t i = 0; i < array.size(); ++i) {
            separate(i == 0);
            write(array[i]);
        }
        close(']', array.empty());
    }

    void open(char bracket) {
        text_ += bracket;
        ++depth_;
    }

    void separate(bool first) {
        if (!first) text_ += ',';
        new_line();
    }

    void close(char bracket, bool empty) {
        --depth_;
        if (!empty) new_line();
        text_ += bracket;
    }

    bool indented_;
    std::size_t depth_ = 0;
    std::string text_;
};

std::string write(const json::value& value, bool indented) {
    Writer writer(indented);
    writer.write(value);
    return std::move(writer).take();
}

} // namespace

std::string to_indented_text(const boost::json::value& value) { return write(value, true); }

std::string to_compact_text(const boost::json::value& value) { return write(value, false); }

} // namespace wta
