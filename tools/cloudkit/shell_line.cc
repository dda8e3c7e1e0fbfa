#include "shell_line.h"

namespace cloudkit::tool {
namespace {

// What needs no quote in any shell.
bool is_plain(char c) {
  const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("%+,-./:=@_").find(c) != std::string_view::npos;
}

}  // namespace

ShellLine parse_shell_line(std::string_view line) {
  ShellLine result;
  bool begun = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (result.quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      if (begun) result.words.push_back(std::move(result.last));
      result.last.clear();
      result.last_raw.clear();
      result.expands = false;
      begun = false;
      continue;
    }
    begun = true;
    result.last_raw += c;
    if (c == result.quote) {
      result.quote = 0;
    } else if (result.quote == 0 && (c == '\'' || c == '"')) {
      result.quote = c;
    } else if (c == '\\' && result.quote != '\'' && i + 1 < line.size()) {
      const char next = line[++i];
      result.last_raw += next;
      const bool stays = result.quote == '"' && std::string_view("\\\"$`").find(next) == std::string_view::npos;
      if (stays) result.last += c;
      result.last += next;
    } else {
      const std::string_view special = result.quote == '\'' ? "" : result.quote == '"' ? "$`!" : "$`!{";
      result.expands |= special.find(c) != std::string_view::npos;
      result.last += c;
    }
  }
  return result;
}

std::optional<std::string> typed(std::string_view text, char quote) {
  const bool leaves_quotes = quote == '"' || text.find('\'') != std::string_view::npos;
  if (quote != 0 && leaves_quotes && text.find('!') != std::string_view::npos) return std::nullopt;
  std::string out;
  for (const char c : text) {
    if (quote == '\'' && c == '\'') {
      out += "'\\''";
      continue;
    }
    const bool special =
        quote == '"' ? std::string_view("\\\"$`").find(c) != std::string_view::npos : quote == 0 && !is_plain(c);
    if (special) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace cloudkit::tool
