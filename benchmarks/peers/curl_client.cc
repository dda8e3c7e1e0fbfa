// libcurl as it costs least: one handle a thread, kept, with the options that the measurements of
// others recommend. It signs and checks nothing.
#include "peers/job.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace {

using cloudkit::bench::die;
using cloudkit::bench::Job;

class Handle {
 public:
  explicit Handle(const Job& job) : job_(job), easy_(curl_easy_init()) {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_FAILONERROR, 1L);
    set(CURLOPT_BUFFERSIZE, 256L * 1024);
    set(CURLOPT_UPLOAD_BUFFERSIZE, 1L << 20);
    set(CURLOPT_WRITEFUNCTION, &Handle::on_body);
    set(CURLOPT_WRITEDATA, this);
    if (!job.ca.empty()) set(CURLOPT_CAINFO, job.ca.c_str());
    headers_ = curl_slist_append(headers_, ("X-Filler: " + std::string(400, 'x')).c_str());
    for (const char* none : {"Expect:", "Accept:", "Content-Type:"}) headers_ = curl_slist_append(headers_, none);
    set(CURLOPT_HTTPHEADER, headers_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  virtual ~Handle() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(headers_);
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    if (curl_easy_setopt(easy_, option, value) != CURLE_OK) die("libcurl refuses an option");
  }

  void perform(const std::string& target) {
    set(CURLOPT_URL, (job_.scheme + "://" + job_.authority() + "/bench/" + target).c_str());
    const CURLcode code = curl_easy_perform(easy_);
    if (code != CURLE_OK) die(curl_easy_strerror(code));
  }

  std::uint64_t length() const {
    curl_off_t value = 0;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &value);
    return static_cast<std::uint64_t>(std::max<curl_off_t>(value, 0));
  }

  virtual void take(const char*, std::size_t) {}

 private:
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
    static_cast<Handle*>(self)->take(data, size * count);
    return size * count;
  }

  const Job& job_;
  CURL* const easy_;
  curl_slist* headers_ = nullptr;
};

void get_stream(const Job& job) { Handle(job).perform(job.key()); }

class ToMemory final : public Handle {
 public:
  using Handle::Handle;
  ~ToMemory() override { std::free(memory_); }

  void take(const char* data, std::size_t size) override {
    if (memory_ == nullptr) memory_ = static_cast<char*>(std::malloc(length()));
    std::memcpy(memory_ + done_, data, size);
    done_ += size;
  }

 private:
  char* memory_ = nullptr;
  std::uint64_t done_ = 0;
};

void get_memory(const Job& job) { ToMemory(job).perform(job.key()); }

class ToFile final : public Handle {
 public:
  explicit ToFile(const Job& job)
      : Handle(job), fd_(::open(job.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    set(CURLOPT_BUFFERSIZE, 512L * 1024);
  }
  ~ToFile() override { ::close(fd_); }

  void take(const char* data, std::size_t size) override {
    if (::pwrite(fd_, data, size, done_) != static_cast<ssize_t>(size)) die("cannot write");
    done_ += static_cast<off_t>(size);
  }

 private:
  const int fd_;
  off_t done_ = 0;
};

void get_file(const Job& job) { ToFile(job).perform(job.key()); }

std::size_t read_file(char* out, std::size_t size, std::size_t count, void* fd) {
  const ssize_t got = ::read(*static_cast<int*>(fd), out, size * count);
  return got < 0 ? CURL_READFUNC_ABORT : static_cast<std::size_t>(got);
}

void put_file(const Job& job) {
  int fd = ::open(job.file.c_str(), O_RDONLY | O_CLOEXEC);
  Handle handle(job);
  handle.set(CURLOPT_UPLOAD, 1L);
  handle.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(job.size));
  handle.set(CURLOPT_READFUNCTION, &read_file);
  handle.set(CURLOPT_READDATA, &fd);
  handle.perform(job.key());
  ::close(fd);
}

void small_get(const Job& job) {
  run_in_flight(job, [&job]() -> cloudkit::bench::Worker {
    auto handle = std::make_shared<Handle>(job);
    return [&job, handle](std::uint64_t index) { handle->perform(job.key(index)); };
  });
}

// As POST's fields, which go out with the head: half as many calls of the system as an upload takes.
void small_put(const Job& job) {
  const std::string body(job.size, 'b');
  run_in_flight(job, [&]() -> cloudkit::bench::Worker {
    auto handle = std::make_shared<Handle>(job);
    handle->set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    handle->set(CURLOPT_POSTFIELDS, body.data());
    handle->set(CURLOPT_CUSTOMREQUEST, "PUT");
    return [&job, handle](std::uint64_t index) { handle->perform(job.key(index)); };
  });
}

}  // namespace

int main(int argc, char** argv) {
  const Job job = cloudkit::bench::read_job(argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  run_operation(job, {{"get_stream", [&] { get_stream(job); }},
                      {"get_memory", [&] { get_memory(job); }},
                      {"get_file", [&] { get_file(job); }},
                      {"put_file", [&] { put_file(job); }},
                      {"small_get", [&] { small_get(job); }},
                      {"small_put", [&] { small_put(job); }}});
}
