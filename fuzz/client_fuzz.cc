// The whole client against a server that says what the input says. The first byte chooses the call; then come steps of
// the server: a kind, for what it sends the size in two bytes, and the bytes.
#include "aws/config.h"
#include "aws/s3/store_driver.h"
#include "core/encode.h"
#include "faults/sockets.h"
#include "support/quiet_log.h"
#include "support/temporary_directory.h"

#include <cloudkit/aws.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

struct Step {
  enum class Kind { send, send_bytewise, next_request, close, reset };
  Kind kind = Kind::close;
  std::string bytes = {};
};
using Steps = std::deque<Step>;

Steps read_steps(std::string_view input) {
  Steps steps;
  while (!input.empty()) {
    Step step;
    step.kind = static_cast<Step::Kind>(static_cast<unsigned char>(input.front()) % 5);
    input.remove_prefix(1);
    if (step.kind <= Step::Kind::send_bytewise && input.size() >= 2) {
      const std::size_t size =
          static_cast<unsigned char>(input[0]) + std::size_t{256} * static_cast<unsigned char>(input[1]);
      step.bytes = input.substr(2, size);
      input.remove_prefix(2 + step.bytes.size());
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

// Plays the steps, whichever connections they take, and closes every further connection.
class Server {
 public:
  Server() : thread_([this] { run(); }) {}
  ~Server() {
    plays_ = false;
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(faults::port_of(listener_)); }

  void begin(Steps steps) {
    const std::lock_guard lock(mutex_);
    steps_ = std::move(steps);
    sent_ = 0;
    plays_ = busy_ = true;
    changed_.notify_all();
  }

  /// To be called when the client is gone. How many bytes it was sent.
  std::size_t end() {
    plays_ = false;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !busy_; });
    return sent_;
  }

 private:
  void run() {
    faults::block_sigpipe();
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return busy_ || ends_; });
        if (ends_) return;
      }
      // The last look is for connections that were given up before they were seen.
      while (plays_) play_connection(1ms);
      steps_.clear();
      while (play_connection(0ms)) {
      }
      const std::lock_guard lock(mutex_);
      busy_ = false;
      changed_.notify_all();
    }
  }

  bool play_connection(std::chrono::milliseconds limit) {
    faults::Socket socket = faults::accept_within(listener_, limit);
    if (!socket.is_open()) return false;
    buffer_.clear();
    if (steps_.empty() || !read_request(socket)) return true;
    while (!steps_.empty()) {
      const Step step = std::move(steps_.front());
      steps_.pop_front();
      if (!play(socket, step)) return true;
    }
    // In order: what is closed with bytes unread is reset.
    ::shutdown(socket.fd(), SHUT_WR);
    while (read_more(socket)) {
    }
    return true;
  }

  bool play(faults::Socket& socket, const Step& step) {
    switch (step.kind) {
      case Step::Kind::send: return send(socket, step.bytes);
      case Step::Kind::send_bytewise:
        return std::all_of(step.bytes.begin(), step.bytes.end(), [&](char c) { return send(socket, {&c, 1}); });
      case Step::Kind::next_request: return read_request(socket);
      case Step::Kind::close: ::shutdown(socket.fd(), SHUT_WR); break;
      case Step::Kind::reset: socket.reset(); break;
    }
    return false;
  }

  bool send(const faults::Socket& socket, std::string_view bytes) {
    sent_ += bytes.size();
    return socket.write_all(bytes);
  }

  // Its head and, as our client says how long it is, its body.
  bool read_request(const faults::Socket& socket) {
    std::size_t head = buffer_.find("\r\n\r\n");
    for (; head == std::string::npos; head = buffer_.find("\r\n\r\n")) {
      if (!read_more(socket)) return false;
    }
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    const std::size_t named = buffer_.find(kLength);
    std::size_t size = head + 4;
    if (named < head) size += std::strtoul(buffer_.c_str() + named + kLength.size(), nullptr, 10);
    while (buffer_.size() < size) {
      if (!read_more(socket)) return false;
    }
    buffer_.erase(0, size);
    return true;
  }

  // A client that waits for more of a reply gets no more: its next request would be here by now.
  bool read_more(const faults::Socket& socket) {
    if (!socket.readable_within(kPatience)) return false;
    char chunk[4096];
    const ssize_t count = ::read(socket.fd(), chunk, sizeof chunk);
    if (count > 0) buffer_.append(chunk, static_cast<std::size_t>(count));
    return count > 0;
  }

  static constexpr std::chrono::milliseconds kPatience{4};

  const faults::Socket listener_ = faults::listen_on_loopback();
  std::string buffer_;
  std::size_t sent_ = 0;
  Steps steps_;
  std::atomic<bool> plays_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool busy_ = false;
  bool ends_ = false;
  std::thread thread_;
};

// Nothing of this machine's configuration.
const aws::Environment kNothing{[](std::string_view) { return std::nullopt; },
                                [](const std::string&) { return std::optional<std::string>(); }};

// A store whose waits between attempts take no time.
Bucket bucket_at(const std::string& endpoint, bool as_aws) {
  aws::S3Options options;
  options.endpoint = endpoint;
  options.region = "us-east-1";
  options.addressing = aws::Addressing::path;
  options.credentials = aws::explicit_credentials({"AKIDFUZZ", "cktest-fuzz-1", "", {}, "the fuzzer"});
  options.transport.first_byte_timeout = 2s;
  if (as_aws) options.server = aws::S3Server::aws;
  aws::s3::ClientParts parts;
  parts.environment = &kNothing;
  parts.hooks.jitter = [] { return 1.0; };
  parts.hooks.wait = [](const Context& context, std::chrono::milliseconds) { return context.check(); };
  aws::s3::S3StoreDriver store(std::make_shared<aws::s3::S3Client>(std::move(options), std::move(parts)));
  return Bucket(store.bucket("bucket").value());
}

void check_error(const Error& error) {
  const std::string text = error.to_string();
  require(text.find("cktest-fuzz") == std::string::npos);
  require(!error.operation.empty() && (!error.message.empty() || !error.service_code.empty()));
  require(!core::has_control_character(error.message));
}

void check_info(const Result<ObjectInfo>& info) {
  if (!info) return check_error(info.error());
  require(info->key == "k");
  require(!core::has_control_character(info->token + info->version_id));
  for (const auto& [name, value] : info->metadata) require(!core::has_control_character(name + value));
}

struct CountingSink final : Sink {
  Status write(Bytes chunk) override {
    size += chunk.size();
    return {};
  }
  std::uint64_t size = 0;
};

// How many bytes of an object the call gave as a success.
std::uint64_t get(const Bucket& bucket) {
  const auto object = bucket.get("k");
  check_info(object ? Result<ObjectInfo>(object->info) : Result<ObjectInfo>(object.error()));
  if (!object) return 0;
  require(object->data.size() == object->info.size);
  return object->data.size();
}

std::uint64_t get_range(const Bucket& bucket) {
  GetOptions options;
  options.range = ByteRange{2, 5};
  const auto object = bucket.get("k", options);
  if (!object) check_error(object.error());
  if (!object) return 0;
  require(object->data.size() <= 5 && object->data.size() == std::min<std::uint64_t>(object->info.size - 2, 5));
  return object->data.size();
}

std::uint64_t download(const Bucket& bucket) {
  static const test::TemporaryDirectory directory;
  const std::string path = directory.file("file");
  const auto info = bucket.download("k", File{path});
  check_info(info);
  require(std::filesystem::exists(path) == info.has_value());
  if (info) require(std::filesystem::file_size(path) == info->size);
  if (info) std::filesystem::remove(path);
  require(std::filesystem::is_empty(directory.path()));
  return info ? info->size : 0;
}

std::uint64_t download_to_sink(const Bucket& bucket) {
  CountingSink sink;
  const auto info = bucket.download("k", sink);
  check_info(info);
  require(!info || sink.size == info->size);
  return info ? sink.size : 0;
}

std::uint64_t list(const Bucket& bucket) {
  const auto entries = bucket.list_all();
  if (!entries) check_error(entries.error());
  for (std::size_t i = 0; entries && i < entries->size(); ++i) require(!(*entries)[i].key.empty());
  return entries ? entries->size() : 0;
}

std::uint64_t put(const Bucket& bucket) {
  const auto info = bucket.put("k", "0123456789", {.condition = Condition::absent()});
  check_info(info);
  require(!info || info->size == 10);
  return 0;
}

std::uint64_t head(const Bucket& bucket) {
  check_info(bucket.head("k"));
  return 0;
}

std::uint64_t change(const Bucket& bucket) {
  const auto copied = bucket.copy("from", "k");
  check_info(copied);
  const auto removed = bucket.remove_many(std::vector<std::string>{"a", "b"});
  require(removed.removed + removed.failures.size() + removed.not_tried.size() == 2);
  return 0;
}

constexpr std::uint64_t (*kCalls[])(const Bucket&) = {get,  get_range, download, download_to_sink,
                                                      list, put,       head,     change};

// A reply that announces gigabytes gets no room set aside for them on the disk. Not before the first input, as the
// fuzzer then has its own handler in place.
bool prepare() {
  quiet_log();
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {64U << 20, 64U << 20};
  return ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool prepared = prepare();
  static Server server;
  require(prepared);
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  server.begin(read_steps(input.substr(1)));
  std::uint64_t received = 0;
  {
    const Bucket bucket = bucket_at(server.endpoint(), (data[0] & 8) != 0);
    received = kCalls[data[0] & 7](bucket);
  }
  require(received <= server.end());
  return 0;
}
