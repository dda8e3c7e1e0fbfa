#pragma once

#include <cloudkit/driver/compute.h>
#include <cloudkit/ssh.h>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace test {

/// The sshd that tests/servers/start has started, with keys that it knows and keys that it does not.
struct Sshd {
  std::string url;  ///< ssh://USER@127.0.0.1:PORT
  std::string key;
  std::string directory;  ///< Of its keys and its log.

  /// Null where there is none, after saying so.
  static std::unique_ptr<Sshd> find() {
    const char* url = std::getenv("CLOUDKIT_TEST_SSHD_URL");
    const char* key = std::getenv("CLOUDKIT_TEST_SSHD_KEY");
    const char* directory = std::getenv("CLOUDKIT_TEST_SSHD_DIRECTORY");
    if (url == nullptr || key == nullptr || directory == nullptr) {
      MESSAGE("skipped: CLOUDKIT_TEST_SSHD_URL is not set");
      return nullptr;
    }
    return std::make_unique<Sshd>(Sshd{url, key, directory});
  }

  std::string file(const std::string& name) const { return directory + '/' + name; }
  std::string user() const { return url.substr(6, url.find('@') - 6); }
  int port() const { return std::stoi(url.substr(url.rfind(':') + 1)); }

  /// Reads nothing of this user's own.
  cloudkit::ssh::ConnectionOptions connection() const {
    cloudkit::ssh::ConnectionOptions options;
    options.key = key;
    options.known_hosts = file("known_hosts");
    options.config = "none";
    return options;
  }

  /// The text of its log from a place on.
  std::string log(std::size_t from = 0) const {
    std::ifstream in(file("sshd.log"), std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    return text.substr(std::min(from, text.size()));
  }
};

}  // namespace test
