#include "support/curl_fetch.h"
#include "support/read_file.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

// A string in curl's configuration file.
std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Of the last reply: curl writes those of all it got, each after a status line.
cloudkit::testing::FetchHeaders parse_headers(const std::string& text) {
  cloudkit::testing::FetchHeaders headers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("HTTP/")) headers.clear();
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t begin = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
    const std::size_t end = line.find_last_not_of("\r\t ") + 1;
    headers.emplace_back(std::move(name), begin < end ? line.substr(begin, end - begin) : std::string());
  }
  return headers;
}

}  // namespace

cloudkit::Result<cloudkit::testing::FetchReply> curl_fetch(const std::string& method, const std::string& url,
                                                           const cloudkit::testing::FetchHeaders& headers,
                                                           const std::string& body) {
  const auto fail = [](cloudkit::ErrorCode code, std::string message) {
    cloudkit::Error error;
    error.code = code;
    error.message = std::move(message);
    return error;
  };
  std::string directory = (std::filesystem::temp_directory_path() / "cloudkit-curl-XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) return fail(cloudkit::ErrorCode::io, "no temporary directory");

  std::ofstream(directory + "/body", std::ios::binary) << body;
  std::ofstream config(directory + "/config");
  config << "silent\ngloboff\npath-as-is\nmax-time = 60\nurl = " << in_quotes(url) << "\n"
         << "output = " << in_quotes(directory + "/reply") << "\ndump-header = " << in_quotes(directory + "/headers")
         << "\nwrite-out = \"%{http_code}\"\n";
  if (method == "HEAD") {
    config << "head\n";
  } else {
    config << "request = " << method << "\n";
  }
  if (method == "PUT") config << "upload-file = " << in_quotes(directory + "/body") << "\nheader = \"Expect:\"\n";
  if (method == "POST")
    config << "data-binary = " << in_quotes("@" + directory + "/body") << "\nheader = \"Expect:\"\n";
  for (const auto& [name, value] : headers) config << "header = " << in_quotes(name + ": " + value) << "\n";
  config.close();

  const std::string command = "curl --config '" + directory + "/config' > '" + directory + "/status'";
  const int exit_status = std::system(command.c_str());
  cloudkit::testing::FetchReply reply{std::atoi(::test::read_file(directory + "/status").c_str()),
                                      ::test::read_file(directory + "/reply"),
                                      parse_headers(::test::read_file(directory + "/headers"))};
  std::filesystem::remove_all(directory);
  if (exit_status != 0 || reply.status == 0) {
    return fail(cloudkit::ErrorCode::unavailable, "curl ended with status " + std::to_string(exit_status));
  }
  if (method == "HEAD") reply.body.clear();
  return reply;
}
