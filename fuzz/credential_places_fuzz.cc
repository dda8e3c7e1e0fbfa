// What names a place of credentials: the command of a credential_process, the URL of a metadata service. Every input
// goes to both readers.
#include "aws/credentials/command_line.h"
#include "core/encode.h"
#include "http/parse_url.h"
#include "http/request_check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace cloudkit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_error(const Error& error, ErrorCode code) {
  require(error.code == code);
  require(!error.message.empty() && error.message.size() < 400);
  require(!core::has_control_character(error.message));
}

std::string in_quotes(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// What was taken apart, quoted and taken apart again, is the same.
void check_command(std::string_view command) {
  const auto words = aws::split_command(command);
  if (!words) return check_error(words.error(), ErrorCode::invalid_argument);
  require(!words->empty());
  std::string again;
  for (const auto& word : *words) again += in_quotes(word) + ' ';
  require(aws::split_command(again).value() == *words);
}

// A request, written as a URL, is the same request.
void check_url(std::string_view url) {
  const auto request = http::parse_url(url);
  if (!request) return check_error(request.error(), ErrorCode::invalid_argument);
  require(http::classify_host(request->host).has_value() && request->path.starts_with('/'));
  const auto again = http::parse_url(request->scheme + "://" + request->host + http::encode_target(*request));
  require(again && again->host == request->host && again->path == request->path && again->query == request->query);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_command(text);
  check_url(text);
  return 0;
}
