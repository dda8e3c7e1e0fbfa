#include "support/curl_fetch.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

// A string in curl's configuration file.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
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
  config << "silent\ngloboff\npath-as-is\nmax-time = 60\nurl = " << quoted(url) << "\n"
         << "output = " << quoted(directory + "/reply") << "\nwrite-out = \"%{http_code}\"\n";
  if (method == "HEAD") {
    config << "head\n";
  } else {
    config << "request = " << method << "\n";
  }
  if (method == "PUT") config << "upload-file = " << quoted(directory + "/body") << "\nheader = \"Expect:\"\n";
  for (const auto& [name, value] : headers) config << "header = " << quoted(name + ": " + value) << "\n";
  config.close();

  const std::string command = "curl --config '" + directory + "/config' > '" + directory + "/status'";
  const int exit_status = std::system(command.c_str());
  cloudkit::testing::FetchReply reply{std::atoi(read(directory + "/status").c_str()), read(directory + "/reply")};
  std::filesystem::remove_all(directory);
  if (exit_status != 0 || reply.status == 0) {
    return fail(cloudkit::ErrorCode::unavailable, "curl ended with status " + std::to_string(exit_status));
  }
  if (method == "HEAD") reply.body.clear();
  return reply;
}
