#include "local/functions/runtime_api.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

using namespace cloudkit;
using local::functions::RuntimeApi;

namespace {

std::string request_text(const std::string& method, const std::string& path) {
  return method + " /2018-06-01/runtime/" + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
}

std::string post(const std::string& path) { return request_text("POST", path); }

// A program that sends what it likes, and reads when it likes.
class Program {
 public:
  explicit Program(const RuntimeApi& api)
      : socket_(http::loopback::connect_to(http::loopback::Address::parse(api.authority()).value(),
                                           std::chrono::seconds(5), {})
                    .value()) {}

  void send(std::string_view bytes) const {
    REQUIRE(::send(socket_.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }
  /// The statuses of the replies that have come.
  std::vector<int> statuses() {
    std::array<char, 65536> buffer;
    for (ssize_t count = 1; count > 0;) {
      count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count > 0) unread_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    std::vector<int> found;
    const std::string line = "HTTP/1.1 ";
    for (std::size_t at = unread_.find(line); at != std::string::npos; at = unread_.find(line, at + 1)) {
      found.push_back(std::stoi(unread_.substr(at + line.size(), 3)));
    }
    unread_.clear();
    return found;
  }

 private:
  core::UniqueFd socket_;
  std::string unread_;
};

// As a worker does it: nothing is done before poll says so.
bool poll_and_step(RuntimeApi& api) {
  std::vector<pollfd> polls;
  api.add_polls(polls);
  if (::poll(polls.data(), static_cast<nfds_t>(polls.size()), 5000) <= 0) return false;
  api.step();
  return true;
}

std::vector<int> answers(RuntimeApi& api, Program& program, std::size_t count) {
  std::vector<int> all;
  while (all.size() < count && poll_and_step(api)) {
    for (const int status : program.statuses()) all.push_back(status);
  }
  return all;
}

}  // namespace

TEST_CASE("an answer without an invocation's id is for no path") {
  const auto api = RuntimeApi::listen().value();
  Program program(*api);
  program.send(post("invocation/response") + post("invocation/error") + post("invocation//response") +
               post("invocation/id/response"));
  CHECK(answers(*api, program, 4) == std::vector<int>{404, 404, 400, 400});
}

TEST_CASE("whatever path is asked for has an answer") {
  const auto api = RuntimeApi::listen().value();
  Program program(*api);
  const std::array<std::string, 7> parts = {"", "invocation", "next", "response", "error", "init", "id"};
  std::vector<std::string> paths = {""};
  for (std::size_t begin = 0, depth = 0; depth < 3; ++depth) {
    const std::size_t end = paths.size();
    for (; begin < end; ++begin) {
      for (const std::string& part : parts) paths.push_back((depth == 0 ? "" : paths[begin] + '/') + part);
    }
  }
  for (const std::string& path : paths) {
    INFO(path);
    program.send(post(path));
    const auto status = answers(*api, program, 1);
    REQUIRE(status.size() == 1);
    CHECK((path == "init/error" ? status[0] == 202 : (status[0] == 400 || status[0] == 404 || status[0] == 405)));
  }
}

TEST_CASE("a program that sends one request after the other does not keep a step from its end") {
  const auto api = RuntimeApi::listen().value();
  Program program(*api);
  std::string many;
  for (int i = 0; i < 500; ++i) many += post("x");
  program.send(many);
  REQUIRE(poll_and_step(*api));
  std::size_t answered = program.statuses().size();
  CHECK(answered > 0);
  CHECK(answered <= 64);
  // The others need no more bytes to come.
  while (answered < 500 && poll_and_step(*api)) answered += program.statuses().size();
  CHECK(answered == 500);
  // What comes behind a request for the next invocation waits with it.
  program.send(request_text("GET", "invocation/next") + post("x"));
  REQUIRE(poll_and_step(*api));
  REQUIRE(api->is_waiting());
  api->deliver({"id", "{}", "arn", "trace", ""}, std::chrono::system_clock::now());
  CHECK(answers(*api, program, 2) == std::vector<int>{200, 404});
}
