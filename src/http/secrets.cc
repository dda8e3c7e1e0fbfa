#include "http/secrets.h"

#include "core/encode.h"
#include "core/form.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cloudkit::inline v0::http {
namespace {

// What is shorter is no secret, and may be English.
constexpr std::size_t kShortestSecret = 8;

class Secrets {
 public:
  void add(std::string_view secret) {
    if (secret.empty()) return;
    text_.append("\n").append(secret);
    const std::string encoded = core::percent_encode(secret, core::Slash::encode);
    if (encoded != secret) text_.append("\n").append(encoded);
  }

  template <class Query>
  void add_query(const Query& query) {
    constexpr std::string_view kNames[] = {"sig", "upload_id", "X-Amz-Security-Token", "X-Amz-Signature",
                                           "X-Goog-Signature"};
    for (const auto& [name, value] : query) {
      if (std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames)) add(value);
    }
  }

  // "Bearer TOKEN", "SharedKey ACCOUNT:SIGNATURE", "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".
  void add_authorization(std::string_view value) {
    constexpr std::string_view kSignature = "Signature=";
    value = value.substr(value.rfind(' ') + 1);
    if (value.starts_with(kSignature)) value.remove_prefix(kSignature.size());
    add(value.substr(value.rfind(':') + 1));
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// How much of the text's beginning is somewhere in the secrets.
std::size_t common_run(std::string_view text, std::string_view secrets) noexcept {
  std::size_t longest = 0;
  for (std::size_t at = secrets.find(text.substr(0, kShortestSecret)); at != std::string_view::npos;
       at = secrets.find(text.substr(0, longest + 1), at + 1)) {
    const auto apart =
        std::mismatch(text.begin(), text.end(), secrets.begin() + static_cast<std::ptrdiff_t>(at), secrets.end());
    longest = std::max(longest, static_cast<std::size_t>(apart.first - text.begin()));
    if (longest == text.size()) break;
  }
  return longest;
}

}  // namespace

std::string secrets_of(const Request& request) {
  Secrets secrets;
  secrets.add_query(request.query);
  const std::string_view source = request.headers.get("x-ms-copy-source");
  if (const std::size_t query = source.find('?'); query != std::string_view::npos) {
    secrets.add_query(core::parse_form(source.substr(query + 1)));
  }
  secrets.add_authorization(request.headers.get("authorization"));
  secrets.add(request.headers.get("x-amz-security-token"));
  return secrets.take();
}

std::string redacted(std::string_view text, std::string_view secrets) {
  std::string out;
  while (!text.empty()) {
    const std::size_t run = text.size() < kShortestSecret ? 0 : common_run(text, secrets);
    if (run == 0) {
      out += text.front();
    } else if (!out.ends_with("...")) {
      out += "...";
    }
    text.remove_prefix(std::max<std::size_t>(run, 1));
  }
  return out;
}

}  // namespace cloudkit::inline v0::http
