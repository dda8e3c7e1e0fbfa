#pragma once

#include "http/loopback/server.h"
#include "support/home.h"

#include <cloudkit/serve.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace test {

/// A handler.
inline cloudkit::Result<std::string> echo(const cloudkit::Invocation& in) { return std::string(in.payload); }

/// The host's side of the Lambda Runtime API, with the calls that it will send; then it refuses `next` with `at_end`.
/// The environment names it while it lives.
class RuntimeHost {
 public:
  struct Call {
    std::string payload = "{}";
    std::string id = "id-1";
    std::map<std::string, std::string> headers = {};
  };
  using Calls = std::vector<Call>;
  struct Post {
    std::string target = {};  ///< After "/2018-06-01/runtime/".
    std::string category = {};
    std::string body = {};
  };

  explicit RuntimeHost(const Calls& calls, std::size_t connections = 1) : calls_(calls.begin(), calls.end()) {
    cloudkit::http::loopback::ServerOptions options;
    options.max_connections = connections;  // One: who opens a second gets a 503.
    server_ = cloudkit::http::loopback::Server::start(options, [this](const auto& request, const auto&) {
                return answer(request);
              }).value();
    home.set("AWS_LAMBDA_RUNTIME_API", server_->authority());
  }

  std::vector<Post> posts() const {
    const std::lock_guard lock(mutex_);
    return posts_;
  }
  int asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  RuntimeHost(const RuntimeHost&) = delete;
  RuntimeHost& operator=(const RuntimeHost&) = delete;

  /// Ends the host, as the service does when it has no need of the program any more.
  void end() { server_.reset(); }

  Home home;
  int at_end = 403;
  std::map<std::string, int> refuses = {};  ///< Targets of posts, and with which status.

 private:
  using Request = cloudkit::http::loopback::Request;
  using Response = cloudkit::http::loopback::Response;

  Response answer(const Request& request) {
    static constexpr std::string_view kPrefix = "/2018-06-01/runtime/";
    std::unique_lock lock(mutex_);
    if (!request.target.starts_with(kPrefix)) return Response{.status = 404};
    const std::string target = request.target.substr(kPrefix.size());
    if (request.method == "GET") return target == "invocation/next" ? next(lock) : Response{.status = 404};
    answered_.notify_all();
    posts_.push_back({target, std::string(request.headers.get("Lambda-Runtime-Function-Error-Type")), request.body});
    const auto refused = refuses.find(target);
    return Response{.status = refused == refuses.end() ? 202 : refused->second, .body = R"({"status":"?"})"};
  }

  Response next(std::unique_lock<std::mutex>& lock) {
    ++asked_;
    // A refusal ends all workers, also those that would just learn of a call.
    if (calls_.empty()) answered_.wait_for(lock, std::chrono::seconds(10), [this] { return posts_.size() >= sent_; });
    if (calls_.empty()) return Response{.status = at_end, .body = R"({"errorType":"InvalidStateTransition"})"};
    const Call call = calls_.front();
    calls_.pop_front();
    ++sent_;
    Response response;
    if (!call.id.empty()) response.headers.add("Lambda-Runtime-Aws-Request-Id", call.id);
    for (const auto& [name, value] : call.headers) response.headers.add(name, value);
    response.body = call.payload;
    return response;
  }

  mutable std::mutex mutex_;
  std::deque<Call> calls_;
  std::vector<Post> posts_;
  int asked_ = 0;
  std::size_t sent_ = 0;
  std::condition_variable answered_;
  std::unique_ptr<cloudkit::http::loopback::Server> server_;
};

}  // namespace test
