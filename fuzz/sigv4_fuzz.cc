// The canonical request against a second way to write it: slow, with maps and copies, straight
// from the specification. The input is lines: path, query, host, then "name:value" each.
#include "auth/sigv4_canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace cloudkit;

namespace {

std::string take(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  std::string piece(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

http::Request request_of(std::string_view input) {
  http::Request request;
  request.path = take(input, '\n');
  const std::string query = take(input, '\n');
  request.host = take(input, '\n');
  for (std::string_view rest = query; !rest.empty();) {
    const std::string parameter = take(rest, '&');
    std::string_view value = parameter;
    const std::string name = take(value, '=');
    request.query.emplace_back(name, std::string(value));
  }
  while (!input.empty()) {
    const std::string line = take(input, '\n');
    std::string_view value = line;
    const std::string name = take(value, ':');
    if (!name.empty()) request.headers.add(name, std::string(value));
  }
  return request;
}

std::string encode(const std::string& text, const std::string& also_kept) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool kept =
        byte < 0x80 && (std::isalnum(byte) || std::string("-._~" + also_kept).find(c) != std::string::npos);
    out += kept ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

std::string normalize(const std::string& path) {
  std::vector<std::string> kept;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string segment = take(rest, '/');
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (segment != ".." && segment != "." && !segment.empty()) kept.push_back(segment);
  }
  std::string out = "/";
  for (std::size_t i = 0; i < kept.size(); ++i) out += (i == 0 ? "" : "/") + kept[i];
  if (!kept.empty() && path.back() == '/') out += '/';
  return out;
}

std::string fold(const std::string& value) {
  std::string out;
  for (std::string_view rest = value; !rest.empty();) {
    const auto begin = rest.find_first_not_of(" \t\n\v\f\r");
    if (begin == std::string_view::npos) break;
    const auto end = std::min(rest.find_first_of(" \t\n\v\f\r", begin), rest.size());
    out += (out.empty() ? "" : " ") + std::string(rest.substr(begin, end - begin));
    rest.remove_prefix(end);
  }
  return out;
}

std::string naive_canonical(const http::Request& request, auth::PathRules rules) {
  static const std::set<std::string> kUnsigned{
      "authorization",      "user-agent",          "expect", "accept-encoding", "connection", "keep-alive",
      "proxy-authenticate", "proxy-authorization", "te",     "trailer",         "upgrade",    "transfer-encoding",
      "x-amzn-trace-id"};
  std::string path = request.path.empty() ? "/" : request.path;
  if (rules.normalize) path = normalize(path);
  path = encode(path, "/");
  if (rules.encode_twice) path = encode(path, "/");

  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& [name, value] : request.query) parameters.emplace_back(encode(name, ""), encode(value, ""));
  std::sort(parameters.begin(), parameters.end());
  std::string query;
  for (const auto& [name, value] : parameters) query += (query.empty() ? "" : "&") + name + "=" + value;

  std::map<std::string, std::string> headers;
  const auto add = [&](std::string name, const std::string& value) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (kUnsigned.count(name) != 0) return;
    const auto [place, is_new] = headers.emplace(name, fold(value));
    if (!is_new) place->second += "," + fold(value);
  };
  add("host", request.host);
  for (const auto& header : request.headers) add(header.name, header.value);
  std::string fields, names;
  for (const auto& [name, value] : headers) {
    fields += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  return "GET\n" + path + "\n" + query + "\n" + fields + "\n" + names + "\nHASH";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const http::Request request = request_of({reinterpret_cast<const char*>(data), size});
  for (const auth::PathRules rules : {auth::PathRules{false, false}, {true, true}, {false, true}, {true, false}}) {
    auth::Text text;
    const auth::CanonicalHeaders headers(request);
    const auto names = auth::append_canonical_request(text, request, headers, "HASH", rules);
    const std::string expected = naive_canonical(request, rules);
    if (text.view() != expected || !text.view().ends_with(std::string(names) + "\nHASH")) std::abort();
  }
  return 0;
}
