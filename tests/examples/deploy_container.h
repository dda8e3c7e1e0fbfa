#pragma once

#include "program.h"
#include "support/curl_fetch.h"
#include "support/temporary_directory.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

/// What tests of examples/deploy_container share: a directory with the application, and ways to run the program.
namespace examples {

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// Where nobody listens.
inline std::string free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(fd);
  return std::to_string(ntohs(address.sin_port));
}

/// The page at a port of this computer, or "" where nobody answers.
inline std::string page(const std::string& port) {
  const auto reply = curl_fetch("GET", "http://127.0.0.1:" + port + "/", {}, {});
  return reply && reply->status == 200 ? reply->body : "";
}

class Deployment {
 public:
  Deployment() { std::filesystem::copy(CONTAINER_APP, app(), std::filesystem::copy_options::recursive); }

  std::string app() const { return directory.file("app"); }
  Outcome run(const std::string& on, const std::string& more, const std::string& variables = "") const {
    return examples::run(directory.path(), variables, DEPLOY_CONTAINER_PROGRAM " --name web --on '" + on + "' " + more);
  }
  /// Another version of the application.
  void change_greeting(const std::string& greeting) const {
    std::string text = read(app() + "/app.py");
    const std::string before = "Hello from a container";
    REQUIRE(contains(text, before));
    write(app() + "/app.py", text.replace(text.find(before), before.size(), greeting));
  }

  test::TemporaryDirectory directory;
};

}  // namespace examples
