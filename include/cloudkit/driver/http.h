#pragma once

#include <cloudkit/context.h>
#include <cloudkit/http_options.h>
#include <cloudkit/io.h>
#include <cloudkit/result.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How a backend speaks HTTP: it makes a `Request`, hands it to the one `Client`, and reads the
/// `Response`. A reply with status 404 is a successful exchange: what it means, the service's
/// `Classifier` says.
namespace cloudkit::inline v0::http {

/// `remove` is DELETE.
enum class Method { get, head, put, post, remove, patch };
/// "GET", "DELETE", …
CLOUDKIT_API std::string_view to_string(Method method) noexcept;

/// One field.
struct Header {
  std::string name = {};   ///< In any case.
  std::string value = {};  ///< Without line breaks.
};

/// In the order of insertion. Names compare without case.
class CLOUDKIT_API Headers {
 public:
  /// Behind those that are there, also of the same name.
  void add(std::string name, std::string value);
  /// Replaces every header of this name.
  void set(std::string_view name, std::string value);
  /// Every one of this name.
  void remove(std::string_view name);
  /// The first of this name; null when there is none.
  const std::string* find(std::string_view name) const noexcept;
  /// The first of this name, or "".
  std::string_view get(std::string_view name) const noexcept;
  /// Whether there is one of this name.
  bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }
  std::size_t size() const noexcept { return items_.size(); }  ///< Of all of them, repeated names too.
  void clear() noexcept { items_.clear(); }                    ///< Leaves none.
  /// @{
  /// In the order of insertion.
  auto begin() const noexcept { return items_.begin(); }
  auto end() const noexcept { return items_.end(); }
  /// @}

 private:
  std::vector<Header> items_;
};

/// Names and values, decoded, in the order in which they go out.
using Query = std::vector<std::pair<std::string, std::string>>;

/// Path and query are held decoded; `encode_target` is the only place that encodes them, for
/// the signer and for the wire alike.
struct Request {
  Method method = Method::get;     ///< As it goes out.
  std::string scheme = "https";    ///< Or "http".
  std::string host = {};           ///< With ":port" unless it is the scheme's own.
  std::string path = "/";          ///< Decoded, from its first `/` on.
  Query query = {};                ///< Signers may add to it.
  Headers headers = {};            ///< Without Host and Content-Length, which the transport sends.
  Bytes body = {};                 ///< Used when `source` is null.
  const Source* source = nullptr;  ///< Read again from its start by every attempt.

  /// May be sent a second time after an attempt whose outcome is not known.
  bool idempotent = true;
  /// How many bytes of a reply are kept in `Response::body`: more is an error.
  std::size_t max_reply_size = std::size_t{16} << 20;
  /// How long the service may work between the request and the end of its reply, where that is
  /// more than TransportOptions allow: a copy is answered when it is done.
  std::chrono::seconds thinking_time{0};
  /// Changes nothing whatever its method is, so that a lost reply leaves nothing open: services take questions by POST.
  bool read_only = false;
  /// In the place of `path`, as it goes out: percent-encoded from its first `/` on. SigV4 and Shared Key refuse it.
  std::string encoded_path = {};
  /// Set of a change under a condition, which a second attempt could find broken by the first: then its outcome is not
  /// known after a 503 either, though it is repeated. Some services have acted despite their 503.
  bool doubts_503 = false;

  /// Bytes of the body that is sent.
  std::uint64_t body_size() const noexcept { return source != nullptr ? source->size() : body.size(); }
};

/// The path and query as they go out: unreserved bytes and `/` as they are, all else as %XX.
CLOUDKIT_API std::string encode_target(const Request& request);
/// scheme://host + target, without credentials in its query: for messages.
CLOUDKIT_API std::string redacted_url(const Request& request);

/// A whole reply.
struct Response {
  int status = 0;         ///< Of HTTP, 200 to 599.
  Headers headers = {};   ///< As they came.
  std::string body = {};  ///< Empty where a `BodyReceiver` took it.
  int attempts = 0;       ///< That `Client` made for it.
};

/// Takes the body of a successful (2xx) reply while it arrives.
class CLOUDKIT_API BodyReceiver {
 public:
  BodyReceiver() = default;
  BodyReceiver(const BodyReceiver&) = delete;
  BodyReceiver& operator=(const BodyReceiver&) = delete;
  virtual ~BodyReceiver();

  /// Status and headers are known, no byte has been delivered. An error ends the attempt and,
  /// when it is retryable, is retried.
  virtual Status begin(const Response& head) = 0;
  /// The next bytes, valid during the call only. An error ends the attempt and is not retried.
  virtual Status write(Bytes chunk) = 0;
  /// A hint: how much to bring at once to one that takes its time on purpose, so that the peer sees it move.
  virtual std::size_t most_at_once() const noexcept { return SIZE_MAX; }
};

/// What one attempt came to. `status` is about the exchange, not about the reply's own status.
struct Exchange {
  Status status = {};              ///< Success: a reply came to its end.
  Response response = {};          ///< As far as it came.
  bool request_sent = false;       ///< At least a byte left: the service may have acted.
  bool reply_started = false;      ///< At least a byte arrived.
  bool body_delivered = false;     ///< The receiver was given at least a byte.
  bool connection_reused = false;  ///< It was not opened for this request.
};

/// Sends one request once. Thread-safe.
class CLOUDKIT_API Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport();

  /// Performs on the calling thread. `receiver` may be null: then every body is kept. Errors:
  /// `unavailable` network, DNS, TLS, framing; `timeout`; `cancelled`; what receiver or source
  /// returned. `Error::retryable` says whether a second attempt makes sense.
  virtual Exchange send(const Request& request, BodyReceiver* receiver, const Context& context) = 0;
};

/// Adds to a request what proves who sends it. Called for every attempt, so credentials may
/// change between attempts. Thread-safe.
class CLOUDKIT_API Signer {
 public:
  Signer() = default;
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  virtual ~Signer();

  /// Replaces what an earlier attempt added. `now` has been corrected for the service's clock.
  /// Errors: `unauthenticated`.
  virtual Status sign(Request& request, std::chrono::system_clock::time_point now, const Context& context) = 0;
  /// The service refused the credentials of `request` as expired. True when other ones may be
  /// had, and one more attempt makes sense.
  virtual bool refresh(const Request& request) {
    (void)request;
    return false;
  }
};

/// Why a reply is not what was asked for, and what the client may do about it.
struct Failure {
  /// What the client does about it.
  enum class Remedy {
    none,
    retry,
    retry_throttled,      ///< Refused before anything was done: wait longer.
    refresh_credentials,  ///< Expired. At once, once a request.
    correct_clock,        ///< The service says that our clock is wrong. At once, once a request.
    suspect_clock,        ///< A refusal that a wrong clock explains, if the reply's Date says so.
    retry_once,           ///< What comes twice stays: a wrong checksum, a garbled reply.
    suspect_time,         ///< As suspect_clock; with a right clock it was the credentials that expired.
  };
  Error error = {};              ///< What the caller gets, if nothing helps.
  Remedy remedy = Remedy::none;  ///< Of the last `status`.
};

/// Reads a whole reply: nothing when it is the answer, else the failure. One function a
/// service; the only place where its codes get a meaning. Must not look at `Response::body`
/// when `receiver_took_body`.
using Classifier = std::function<std::optional<Failure>(const Request&, const Response&, bool receiver_took_body)>;

/// Injected, so that tests need no time and no luck.
struct ClientHooks {
  std::function<std::chrono::system_clock::time_point()> now = {};             ///< Default: the system's.
  std::function<Status(const Context&, std::chrono::milliseconds)> wait = {};  ///< Default: Context::wait_for.
  std::function<double()> jitter = {};                                         ///< 0 to 1. Default: random.
};

/// What a `Client` is made of.
struct ClientOptions {
  std::shared_ptr<Transport> transport = {};  ///< Required.
  std::shared_ptr<Signer> signer = {};        ///< May be null: sent unsigned.
  Classifier classifier = {};                 ///< Default: by the status alone; only 2xx is success.
  RetryOptions retry = {};                    ///< How often, and when.
  ClientHooks hooks = {};                     ///< For tests.
};

/// The one attempt loop: sign, send, classify, wait, again. It repeats a request only while no
/// byte of the reply's body was delivered, and one that is not idempotent only when the service
/// cannot have acted on it: nothing was sent, or it was refused (4xx, 503). Thread-safe; does
/// nothing until `send`.
class CLOUDKIT_API Client {
 public:
  explicit Client(ClientOptions options);  ///< Makes no request.
  ~Client();

  /// Errors: as the classifier and the transport say, with `attempts`, `endpoint`, `request_id`
  /// and `may_have_happened`, which any attempt may have caused, not only the last.
  Result<Response> send(Request request, const Context& context, BodyReceiver* receiver = nullptr);
  /// The time by the service's clock, as far as it is known: for presigned URLs.
  std::chrono::system_clock::time_point now() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Thread-safe; pools its connections; does nothing until the first request.
CLOUDKIT_API std::shared_ptr<Transport> make_curl_transport(TransportOptions options = {});

}  // namespace cloudkit::inline v0::http
