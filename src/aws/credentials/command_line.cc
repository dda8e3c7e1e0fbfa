#include "aws/credentials/command_line.h"

#include "core/fail.h"

#include <optional>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// What a backslash makes literal between double quotes; before anything else it stays.
bool is_special_in_quotes(char c) noexcept { return c == '"' || c == '\\' || c == '$' || c == '`'; }

class Splitter {
 public:
  explicit Splitter(std::string_view rest) : rest_(rest) {}

  Result<std::vector<std::string>> split() {
    while (!rest_.empty()) {
      const char c = take();
      bool whole = true;
      if (is_blank(c)) {
        end_word();
      } else if (c == '\'') {
        whole = single_quoted();
      } else if (c == '"') {
        whole = double_quoted();
      } else if (c == '\\') {
        if (rest_.empty()) return core::invalid_argument("the command ends in a backslash");
        word() += take();
      } else {
        word() += c;
      }
      if (!whole) return core::invalid_argument("the command has an unterminated quote");
    }
    end_word();
    return std::move(words_);
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  // Quotes begin a word even when there is nothing between them.
  std::string& word() { return word_ ? *word_ : word_.emplace(); }
  void end_word() {
    if (word_) words_.push_back(*std::exchange(word_, std::nullopt));
  }

  bool single_quoted() {
    const std::size_t end = rest_.find('\'');
    if (end == std::string_view::npos) return false;
    word() += rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }
  bool double_quoted() {
    std::string& out = word();
    while (!rest_.empty()) {
      char c = take();
      if (c == '"') return true;
      if (c == '\\' && !rest_.empty() && is_special_in_quotes(rest_.front())) c = take();
      out += c;
    }
    return false;
  }

  std::string_view rest_;
  std::optional<std::string> word_ = {};
  std::vector<std::string> words_ = {};
};

}  // namespace

Result<std::vector<std::string>> split_command(std::string_view command) {
  if (command.find('\0') != std::string_view::npos) return core::invalid_argument("the command has a NUL");
  auto words = Splitter(command).split();
  if (words && words->empty()) return core::invalid_argument("the command is empty");
  return words;
}

}  // namespace cloudkit::inline v0::aws
