#include "values.h"

#include "fd_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

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

Result<std::string> read_all(const std::string& name, const Context& context) {
  // Not by a name such as /dev/stdin, which cannot be opened when it is a socket.
  const bool is_stdin = name == "-";
  // O_NONBLOCK, so that an interrupt ends also the wait for who writes to a FIFO.
  const UniqueFd file(is_stdin ? -1 : ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!is_stdin && !file) return errno == ENOENT ? no_such_file(name) : io_error("open " + name, errno);
  std::string content;
  std::vector<char> part(65536);
  while (true) {
    const auto count =
        read_some(is_stdin ? STDIN_FILENO : file.get(), is_stdin ? "standard input" : name, part, context);
    if (!count) return count.error();
    if (*count == 0) return content;
    content.append(part.data(), *count);
  }
}

Error no_such_file(const std::string& path) {
  std::error_code ignored;
  return {ErrorCode::not_found, path + ": no such file or directory",
          "a relative path starts at " + std::filesystem::current_path(ignored).string()};
}

Result<std::string> text_of(const std::string& text, const Context& context) {
  if (!text.starts_with('@')) return text;
  return read_all(text.substr(1), context);
}

}  // namespace cloudkit::tool
