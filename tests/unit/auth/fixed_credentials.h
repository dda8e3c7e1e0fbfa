#pragma once

#include <cloudkit/credentials.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

/// Gives what the test put in, and counts.
class FixedCredentials final : public cloudkit::CredentialSource {
 public:
  explicit FixedCredentials(cloudkit::Result<cloudkit::Credentials> answer) : answer_(std::move(answer)) {}

  cloudkit::Result<cloudkit::Credentials> get(const cloudkit::Context&) override {
    const std::scoped_lock lock(mutex_);
    return answer_;
  }
  void invalidate(const cloudkit::Credentials& rejected) override {
    const std::scoped_lock lock(mutex_);
    ++invalidations;
    last_rejected = rejected.access_key_id;
    if (!replacement || !answer_ || answer_->session_token != rejected.session_token) return;
    ++replacements;
    answer_ = *replacement;
  }
  void set(cloudkit::Result<cloudkit::Credentials> answer) {
    const std::scoped_lock lock(mutex_);
    answer_ = std::move(answer);
  }

  std::atomic<int> invalidations = 0;
  std::atomic<int> replacements = 0;
  std::string last_rejected;
  std::optional<cloudkit::Credentials> replacement;  ///< The answer after the one that is given was invalidated.

 private:
  std::mutex mutex_;
  cloudkit::Result<cloudkit::Credentials> answer_;
};

inline cloudkit::Credentials example_credentials(std::string token = {}) {
  return {.access_key_id = "AKIDEXAMPLE",
          .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
          .session_token = std::move(token),
          .expires = {},
          .source = "the test"};
}
