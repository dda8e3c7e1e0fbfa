// libs3, the C library, by its blocking calls: it keeps handles of libcurl of its own.
#include "peers/job.h"

#include <libs3.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace {

using cloudkit::bench::die;
using cloudkit::bench::Job;

// What one request is about; the callbacks get it back.
struct Request {
  S3Status status = S3StatusInternalError;
  char* memory = nullptr;  // Where to, or from.
  int file = -1;
  std::uint64_t left = 0;
  std::uint64_t keys = 0;
  bool more = false;
  std::string last_key = {};
};

S3Status on_properties(const S3ResponseProperties* properties, void* data) {
  static_cast<Request*>(data)->left = properties->contentLength;
  return S3StatusOK;
}
S3Status ignore_properties(const S3ResponseProperties*, void*) { return S3StatusOK; }
void on_complete(S3Status status, const S3ErrorDetails*, void* data) { static_cast<Request*>(data)->status = status; }

S3Status on_body(int size, const char* bytes, void* data) {
  auto& request = *static_cast<Request*>(data);
  if (request.memory != nullptr) {
    std::memcpy(request.memory, bytes, static_cast<std::size_t>(size));
    request.memory += size;
  }
  const bool written = request.file < 0 || ::write(request.file, bytes, static_cast<std::size_t>(size)) == size;
  return written ? S3StatusOK : S3StatusAbortedByCallback;
}

int on_read(int size, char* out, void* data) {
  auto& request = *static_cast<Request*>(data);
  const auto count = std::min<std::uint64_t>(static_cast<std::uint64_t>(size), request.left);
  if (request.file >= 0) {
    if (::read(request.file, out, count) != static_cast<ssize_t>(count)) return -1;
  } else {
    std::memcpy(out, request.memory, count);
    request.memory += count;
  }
  request.left -= count;
  return static_cast<int>(count);
}

S3Status on_page(int truncated, const char* next, int count, const S3ListBucketContent* contents, int, const char**,
                 void* data) {
  auto& request = *static_cast<Request*>(data);
  request.keys += static_cast<std::uint64_t>(count);
  request.more = truncated != 0;
  if (count > 0) request.last_key = contents[count - 1].key;
  if (next != nullptr && *next != '\0') request.last_key = next;
  return S3StatusOK;
}

class Client {
 public:
  explicit Client(const Job& job) : job_(job), authority_(job.authority()) {
    S3_initialize("benchmark", S3_INIT_ALL, authority_.c_str());
    bucket_ = {authority_.c_str(), "bench",       job.scheme == "https" ? S3ProtocolHTTPS : S3ProtocolHTTP,
               S3UriStylePath,     "AKIDEXAMPLE", "cktest-peers-1"};
  }

  void get(const std::string& key, Request request) const {
    const S3GetObjectHandler handler{{on_properties, on_complete}, on_body};
    S3_get_object(&bucket_, key.c_str(), nullptr, 0, 0, nullptr, &handler, &request);
    check(request);
  }

  void put(const std::string& key, Request request, std::uint64_t size) const {
    request.left = size;
    const S3PutObjectHandler handler{{ignore_properties, on_complete}, on_read};
    S3_put_object(&bucket_, key.c_str(), size, nullptr, nullptr, &handler, &request);
    check(request);
  }

  void list() const {
    Request request;
    const S3ListBucketHandler handler{{ignore_properties, on_complete}, on_page};
    do {
      request.more = false;
      S3_list_bucket(&bucket_, job_.list_prefix().c_str(), request.last_key.c_str(), nullptr, 1000, nullptr, &handler,
                     &request);
      check(request);
    } while (request.more);
    if (request.keys != job_.count) die("wrong number of keys");
  }

 private:
  static void check(const Request& request) {
    if (request.status != S3StatusOK) die(S3_get_status_name(request.status));
  }

  const Job& job_;
  const std::string authority_;
  S3BucketContext bucket_{};
};

void get_memory(const Job& job, const Client& client) {
  auto* const memory = static_cast<char*>(std::malloc(job.size));
  client.get(job.key(), {.memory = memory});
  std::free(memory);
}

void get_file(const Job& job, const Client& client) {
  const int fd = ::open(job.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  client.get(job.key(), {.file = fd});
  ::close(fd);
}

void put_file(const Job& job, const Client& client) {
  const int fd = ::open(job.file.c_str(), O_RDONLY | O_CLOEXEC);
  client.put(job.key(), {.file = fd}, job.size);
  ::close(fd);
}

void small_get(const Job& job, const Client& client) {
  run_in_flight(
      job, [&]() -> cloudkit::bench::Worker { return [&](std::uint64_t index) { client.get(job.key(index), {}); }; });
}

void small_put(const Job& job, const Client& client) {
  std::string body(job.size, 'b');
  run_in_flight(job, [&]() -> cloudkit::bench::Worker {
    return [&](std::uint64_t index) { client.put(job.key(index), {.memory = body.data()}, body.size()); };
  });
}

}  // namespace

int main(int argc, char** argv) {
  const Job job = cloudkit::bench::read_job(argc, argv);
  const Client client(job);
  run_operation(job, {{"get_stream", [&] { client.get(job.key(), {}); }},
                      {"get_memory", [&] { get_memory(job, client); }},
                      {"get_file", [&] { get_file(job, client); }},
                      {"put_file", [&] { put_file(job, client); }},
                      {"small_get", [&] { small_get(job, client); }},
                      {"small_put", [&] { small_put(job, client); }},
                      {"list", [&] { client.list(); }}});
}
