#include "faults/scripted_server.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace faults {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{20};

struct ContextDeleter {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
struct SslDeleter {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, ContextDeleter>;
using SslPtr = std::unique_ptr<SSL, SslDeleter>;

BIO* pem(const std::string& text) { return BIO_new_mem_buf(text.data(), static_cast<int>(text.size())); }

ContextPtr make_tls_context(const ServerOptions& options) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  BIO* certificate_bio = pem(options.tls->certificate_pem);
  BIO* key_bio = pem(options.tls->key_pem);
  X509* certificate = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context.get(), certificate);
  SSL_CTX_use_PrivateKey(context.get(), key);
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_bio);
  BIO_free(key_bio);
  if (options.tls_1_2_only) SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  if (!options.client_ca_file.empty()) {
    SSL_CTX_load_verify_locations(context.get(), options.client_ca_file.c_str(), nullptr);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (options.tls_1_1_only) {
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  }
  return context;
}

std::uint64_t content_length(std::string_view head) {
  constexpr std::string_view name = "\r\ncontent-length:";
  const auto found = std::search(head.begin(), head.end(), name.begin(), name.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
  if (found == head.end()) return 0;
  std::string_view rest(&*found + name.size(), static_cast<std::size_t>(head.end() - found) - name.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  std::uint64_t value = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), value);
  return value;
}

}  // namespace

Step send(std::string bytes) { return {Step::Kind::send, std::move(bytes), milliseconds(0)}; }
Step slice(std::string bytes, milliseconds time) { return {Step::Kind::slice, std::move(bytes), time}; }
Step pause(milliseconds time) { return {Step::Kind::pause, {}, time}; }
Step stall() { return {Step::Kind::stall, {}, milliseconds(0)}; }
Step read_body() { return {Step::Kind::read_body, {}, milliseconds(0)}; }
Step close() { return {Step::Kind::close, {}, milliseconds(0)}; }
Step drop() { return {Step::Kind::drop, {}, milliseconds(0)}; }
Step reset() { return {Step::Kind::reset, {}, milliseconds(0)}; }

Script early(std::initializer_list<Step> steps) {
  Script script(steps);
  script.early = true;
  return script;
}

std::string reply(int status, std::string_view body, std::string_view headers) {
  return fmt::format("HTTP/1.1 {} Scripted\r\n{}Content-Length: {}\r\n\r\n{}", status, headers, body.size(), body);
}

/// One connection, plain or TLS, with what was read too early.
class ScriptedServer::Connection {
 public:
  Connection(Socket socket, const std::atomic<bool>& stopping) : socket_(std::move(socket)), stopping_(stopping) {}

  bool is_open() const noexcept { return socket_.is_open(); }
  bool start_tls(SSL_CTX* context);
  /// Up to and with the empty line; "" at the end of the connection.
  std::string read_head();
  bool read_more(std::uint64_t size, std::string& out);
  /// False when the connection is over.
  bool play(const Step& step);

 private:
  bool fill();
  bool write(std::string_view bytes);
  bool wait(milliseconds time);
  void stall();

  Socket socket_;
  const std::atomic<bool>& stopping_;
  SslPtr ssl_;
  std::string buffer_;
};

bool ScriptedServer::Connection::start_tls(SSL_CTX* context) {
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), socket_.fd());
  while (!socket_.readable_within(kTick)) {
    if (stopping_) return false;
  }
  if (SSL_accept(ssl_.get()) == 1) return true;
  // Read on: to close what has unread bytes sends RST, which overtakes the alert that says why.
  ::shutdown(socket_.fd(), SHUT_WR);
  stall();
  return false;
}

bool ScriptedServer::Connection::fill() {
  std::array<char, 64 * 1024> chunk;
  while (ssl_ == nullptr || SSL_pending(ssl_.get()) == 0) {
    if (stopping_) return false;
    if (socket_.readable_within(kTick)) break;
  }
  const auto count = ssl_ ? SSL_read(ssl_.get(), chunk.data(), static_cast<int>(chunk.size()))
                          : static_cast<int>(::read(socket_.fd(), chunk.data(), chunk.size()));
  if (count <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

std::string ScriptedServer::Connection::read_head() {
  std::size_t end = buffer_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (!fill()) return {};
    end = buffer_.find("\r\n\r\n");
  }
  std::string head = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  return head;
}

bool ScriptedServer::Connection::read_more(std::uint64_t size, std::string& out) {
  while (out.size() < size) {
    if (buffer_.empty() && !fill()) return false;
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(size - out.size(), buffer_.size()));
    out.append(buffer_, 0, part);
    buffer_.erase(0, part);
  }
  return true;
}

bool ScriptedServer::Connection::write(std::string_view bytes) {
  if (ssl_ == nullptr) return socket_.write_all(bytes);
  return bytes.empty() || SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

bool ScriptedServer::Connection::wait(milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!stopping_ && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(kTick, until - std::chrono::steady_clock::now()));
  }
  return !stopping_;
}

void ScriptedServer::Connection::stall() {
  std::string ignored;
  while (!stopping_) {
    if (!socket_.readable_within(kTick)) continue;
    char bytes[4096];
    if (::read(socket_.fd(), bytes, sizeof bytes) <= 0) return;
  }
}

bool ScriptedServer::Connection::play(const Step& step) {
  switch (step.kind) {
    case Step::Kind::send: return write(step.bytes);
    case Step::Kind::slice:
      return std::all_of(step.bytes.begin(), step.bytes.end(),
                         [&](char c) { return write({&c, 1}) && (step.time.count() == 0 || wait(step.time)); });
    case Step::Kind::pause: return wait(step.time);
    case Step::Kind::stall: stall(); return false;
    case Step::Kind::close:
      if (ssl_) SSL_shutdown(ssl_.get());
      break;
    case Step::Kind::reset: socket_.reset(); return false;
    case Step::Kind::drop:
    case Step::Kind::read_body: break;
  }
  socket_.close();
  return false;
}

ScriptedServer::ScriptedServer(ServerOptions options)
    : options_(std::move(options)),
      listener_(listen_on_loopback()),
      port_(port_of(listener_)),
      acceptor_([this] { accept_all(); }) {}

ScriptedServer::~ScriptedServer() {
  stopping_ = true;
  acceptor_.join();
  for (std::thread& worker : workers_) worker.join();
}

void ScriptedServer::then(Script script) {
  const std::lock_guard lock(mutex_);
  scripts_.push_back(std::move(script));
}

void ScriptedServer::always(Script script) {
  const std::lock_guard lock(mutex_);
  always_ = std::move(script);
}

void ScriptedServer::answer(Answer answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

void ScriptedServer::on_connect(Script script) {
  const std::lock_guard lock(mutex_);
  connect_scripts_.push_back(std::move(script));
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedServer::accept_all() {
  block_sigpipe();  // Inherited by the workers.
  while (!stopping_) {
    Socket socket = accept_within(listener_, kTick);
    if (!socket.is_open()) continue;
    ++connections_;
    ++open_connections_;
    workers_.emplace_back([this, connection = std::make_shared<Connection>(std::move(socket), stopping_)]() mutable {
      serve(*connection);
      connection.reset();
      --open_connections_;
    });
  }
}

Script ScriptedServer::next_script(const std::string& head) {
  Answer answer;
  {
    const std::lock_guard lock(mutex_);
    answer = answer_;
  }
  if (answer) {
    if (auto script = answer(head)) return *std::move(script);
  }
  const std::lock_guard lock(mutex_);
  if (scripts_.empty()) return always_.value_or(Script(reply(500, "no script")));
  Script script = std::move(scripts_.front());
  scripts_.pop_front();
  return script;
}

std::size_t ScriptedServer::record(std::string bytes) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(bytes));
  return requests_.size() - 1;
}

void ScriptedServer::record_more(std::size_t index, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  requests_[index] += bytes;
}

void ScriptedServer::serve(Connection& connection) {
  Script greeting;
  {
    const std::lock_guard lock(mutex_);
    if (!connect_scripts_.empty()) {
      greeting = std::move(connect_scripts_.front());
      connect_scripts_.pop_front();
    }
  }
  for (const Step& step : greeting.steps) {
    if (!connection.play(step)) return;
  }
  const ContextPtr tls = options_.tls ? make_tls_context(options_) : nullptr;
  if (tls != nullptr && !connection.start_tls(tls.get())) return;

  while (connection.is_open()) {
    std::string head = connection.read_head();
    if (head.empty()) return;
    const std::uint64_t size = content_length(head);
    const Script script = next_script(head);
    const std::size_t index = record(std::move(head));
    std::string body;
    const auto read_rest = [&] {
      const bool whole = connection.read_more(size, body);
      record_more(index, body);
      return whole;
    };
    if (!script.early && !read_rest()) return;
    for (const Step& step : script.steps) {
      const bool goes_on = step.kind == Step::Kind::read_body ? read_rest() : connection.play(step);
      if (!goes_on) return;
    }
  }
}

}  // namespace faults
