#include "values.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace cloudkit::tool {

Result<std::map<std::string, std::string>> pairs_of(const std::vector<std::string>& texts, std::string_view option) {
  std::map<std::string, std::string> pairs;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return Error(ErrorCode::invalid_argument, std::string(option) + " takes KEY=VALUE");
    }
    if (!pairs.emplace(text.substr(0, equals), text.substr(equals + 1)).second) {
      return Error(ErrorCode::invalid_argument,
                   std::string(option) + " names \"" + text.substr(0, equals) + "\" twice");
    }
  }
  return pairs;
}

Result<std::string> read_all(const std::string& name) {
  std::ifstream file;
  if (name != "-") file.open(name, std::ios::binary);
  // Not by a name such as /dev/stdin, which cannot be opened when it is a socket.
  std::istream& in = name == "-" ? std::cin : file;
  std::string content;
  // By read, which does not throw for a directory.
  std::array<char, 65536> part;
  while (in.read(part.data(), part.size()) || in.gcount() > 0) {
    content.append(part.data(), static_cast<std::size_t>(in.gcount()));
  }
  if ((name != "-" && !file.is_open()) || in.bad()) {
    return Error(ErrorCode::io, (name == "-" ? "standard input" : name) + " cannot be read");
  }
  return content;
}

Error no_such_file(const std::string& path) {
  std::error_code ignored;
  return {ErrorCode::not_found, path + ": no such file or directory",
          "a relative path starts at " + std::filesystem::current_path(ignored).string()};
}

Result<std::string> text_of(const std::string& text) {
  if (!text.starts_with('@')) return text;
  return read_all(text.substr(1));
}

}  // namespace cloudkit::tool
