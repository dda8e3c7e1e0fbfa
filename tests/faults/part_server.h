#pragma once

#include "faults/scripted_server.h"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace faults {

/// As much of S3 as an upload in parts needs, of one object, and what may go wrong with each request of it.
class PartServer {
 public:
  /// What was asked for: "begin", "part 7", "complete", "abort".
  using Fault = std::function<std::optional<Script>(const std::string& request)>;

  /// `fault` is asked first, from several threads; nothing: all is well.
  explicit PartServer(Fault fault) : fault_(std::move(fault)) {
    server_.answer([this](const std::string& head) -> std::optional<Script> {
      const std::string request = read(head);
      {
        const std::lock_guard lock(mutex_);
        log_.push_back(request);
      }
      if (fault_) {
        if (auto script = fault_(request)) return script;
      }
      return usual(request);
    });
  }

  const ScriptedServer& server() const { return server_; }
  /// All requests, in the order of their arrival.
  std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  int count(const std::string& request) const {
    int found = 0;
    for (const std::string& line : log()) found += line == request ? 1 : 0;
    return found;
  }

 private:
  static std::string read(const std::string& head) {
    if (head.starts_with("POST ")) return head.find("?uploads") != std::string::npos ? "begin" : "complete";
    if (head.starts_with("DELETE ")) return "abort";
    const std::size_t number = head.find("partNumber=");
    if (number == std::string::npos) return head.substr(0, head.find(' '));
    return "part " + std::to_string(std::stoi(head.substr(number + 11)));
  }
  static Script usual(const std::string& request) {
    const std::string xml = "<?xml version=\"1.0\"?>";
    if (request == "begin") {
      return reply(200, xml + "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>");
    }
    if (request == "complete") {
      return reply(200,
                   xml + "<CompleteMultipartUploadResult><ETag>\"whole-20\"</ETag></CompleteMultipartUploadResult>");
    }
    if (request == "abort") return reply(204);
    if (request.starts_with("part")) return reply(200, "", "ETag: \"" + request.substr(5) + "\"\r\n");
    return reply(404);
  }

  const Fault fault_;
  mutable std::mutex mutex_;
  std::vector<std::string> log_;
  ScriptedServer server_;  // Last: its threads use the rest.
};

}  // namespace faults
