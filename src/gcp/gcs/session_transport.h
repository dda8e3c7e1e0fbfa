#pragma once

#include <cloudkit/driver/http.h>

#include <memory>
#include <utility>

namespace cloudkit::inline v0::gcp::gcs {

/// Takes X-GUploader-UploadID out of the replies of resumable sessions: there it is no request id but the `upload_id`
/// of the session's URL, with which anybody may write. So nothing behind it can show that: no error, log or observer.
class SessionTransport final : public http::Transport {
 public:
  explicit SessionTransport(std::shared_ptr<http::Transport> inner) : inner_(std::move(inner)) {}

  http::Exchange send(const http::Request& request, http::BodyReceiver* receiver, const Context& context) override;

 private:
  const std::shared_ptr<http::Transport> inner_;
};

}  // namespace cloudkit::inline v0::gcp::gcs
