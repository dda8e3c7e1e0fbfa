#pragma once

#include "auth/surroundings.h"

#include <cloudkit/driver/http.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

/// What the endpoints of machines and of containers have in common that tell them who they are.
namespace cloudkit::inline v0::auth {

/// Three attempts; a reply means what its status says.
http::ClientOptions metadata_client_options(const Surroundings& surroundings);

/// No answer of theirs has more than a few kilobytes.
constexpr std::size_t kMaxMetadataReply = std::size_t{64} << 10;

/// The same text when it is nothing but letters, as codes are; else "". Anything else that a service
/// says may be a secret that it repeats.
std::string_view plain_word(std::string_view text) noexcept;

/// A transport in front of another: what cannot be connected to is no such machine, and no second attempt makes it one.
/// For one thread at a time.
class MetadataProbe final : public http::Transport {
 public:
  explicit MetadataProbe(std::shared_ptr<http::Transport> inner) : inner_(std::move(inner)) {}

  http::Exchange send(const http::Request& request, http::BodyReceiver* receiver, const Context& context) override;
  /// Something took a request, if it answered or not.
  bool reached() const noexcept { return reached_; }

 private:
  const std::shared_ptr<http::Transport> inner_;
  bool reached_ = false;
};

/// Says whose error it is. What the service refused is `unauthenticated`: a 404 here must not look
/// like an object that does not exist.
Error metadata_error(Error error, std::string_view place);

}  // namespace cloudkit::inline v0::auth
