#pragma once

#include "aws/s3/store_driver.h"
#include "faults/scripted_server.h"
#include "support/quiet_log.h"
#include "support/temporary_directory.h"

#include <cloudkit/aws.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

/// From a handle to a broken server and back: one fault, one call, and all that must hold after it.
namespace faults {

enum class Call { get, download, put, put_if_absent, copy, list, remove_many };

struct Row {
  std::string name;
  Call call = Call::get;
  std::vector<Script> replies = {};  ///< One after the other; the last for ever.

  // What must come of it.
  std::optional<cloudkit::ErrorCode> error = {};  ///< Nothing: success.
  int attempts = 1;                               ///< That the error counts.
  int requests = 1;                               ///< That the server saw.
  std::string says = {};                          ///< A part of the error's text.
  std::vector<int> waits = {};                    ///< Between attempts, in milliseconds, on the virtual clock.
  bool may_have_happened = false;

  // How it is set up.
  std::vector<Script> greetings = {};  ///< For connections, before any request.
  bool as_aws = false;                 ///< Checksums are sent and looked at.
  int first_byte_ms = 60'000;
  int stall_s = 30;
};

inline const std::string kData = "0123456789";
inline const std::string kEtag = "ETag: \"e1\"\r\n";
inline const std::string kObjectHeaders = kEtag + "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

inline std::string error_reply(int status, const std::string& code, const std::string& headers = {}) {
  return reply(status, "<Error><Code>" + code + "</Code><Message>said so</Message></Error>",
               "x-amz-request-id: R1\r\n" + headers);
}
inline std::string whole_object() { return reply(200, kData, kObjectHeaders); }
/// The rest of the object, as it is asked for after a cut.
inline std::string rest_from(std::size_t offset) {
  return reply(206, kData.substr(offset),
               kObjectHeaders + "Content-Range: bytes " + std::to_string(offset) + "-9/10\r\n");
}
/// The head of a whole reply and less of its body than it says.
inline std::string cut_at(std::size_t offset) {
  return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n" + kObjectHeaders + "\r\n" + kData.substr(0, offset);
}

/// A store at `server` whose waits between attempts take no time, and are written down.
class VirtualStore {
 public:
  explicit VirtualStore(const ScriptedServer& server, cloudkit::aws::S3Options options = {}) {
    quiet_log();
    options.endpoint = "http://" + server.host();
    options.region = "us-east-1";
    options.credentials = cloudkit::aws::explicit_credentials({"AKIDFAULTS", "cktest-faults-1", "", {}, "the test"});
    cloudkit::aws::s3::ClientParts parts;
    parts.hooks.jitter = [] { return 1.0; };
    parts.hooks.wait = [this](const cloudkit::Context& context, std::chrono::milliseconds time) {
      const std::lock_guard lock(mutex_);
      waits_.push_back(static_cast<int>(time.count()));
      return context.check();
    };
    auto client = std::make_shared<cloudkit::aws::s3::S3Client>(std::move(options), std::move(parts));
    store_ = std::make_unique<cloudkit::aws::s3::S3StoreDriver>(std::move(client));
  }

  std::shared_ptr<cloudkit::BucketDriver> driver() const { return store_->bucket("bucket").value(); }
  cloudkit::Bucket bucket() const { return cloudkit::Bucket(driver()); }
  std::vector<int> waits() const {
    const std::lock_guard lock(mutex_);
    return waits_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<int> waits_;
  std::unique_ptr<cloudkit::aws::s3::S3StoreDriver> store_;
};

inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

/// Runs one row and checks all that the catalogue asks of every row.
void run_row(const Row& row);

}  // namespace faults
