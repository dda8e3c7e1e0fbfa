#include "peers/job.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace cloudkit::bench {
namespace {

void set(Job& job, std::string_view name, const std::string& value) {
  const auto number = [&] { return std::strtoull(value.c_str(), nullptr, 10); };
  if (name == "scheme") {
    job.scheme = value;
  } else if (name == "port") {
    job.port = static_cast<int>(number());
  } else if (name == "ca") {
    job.ca = value;
  } else if (name == "size") {
    job.size = number();
  } else if (name == "count") {
    job.count = number();
  } else if (name == "in_flight") {
    job.in_flight = static_cast<int>(number());
  } else if (name == "workers") {
    job.workers = static_cast<int>(number());
  } else if (name == "directory") {
    job.directory = value;
  } else if (name == "file") {
    job.file = value;
  } else if (name == "server") {
    job.server = value;
  } else {
    die("unknown: " + std::string(name));
  }
}

}  // namespace

std::string Job::key(std::uint64_t index) const {
  char name[64];
  std::snprintf(name, sizeof name, "size-%llu/%08llu", static_cast<unsigned long long>(size),
                static_cast<unsigned long long>(index));
  return name;
}

std::string Job::list_prefix() const {
  return "size-" + std::to_string(size) + "/count-" + std::to_string(count) + "/";
}

Job read_job(int argc, char** argv) {
  if (argc < 2) die("usage: PROGRAM OPERATION name=value…");
  Job job;
  job.operation = argv[1];
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos) die("not name=value: " + argument);
    set(job, std::string_view(argument).substr(0, equals), argument.substr(equals + 1));
  }
  return job;
}

void die(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

void run_operation(const Job& job, const std::vector<Operation>& operations) {
  if (job.operation == "start") return;
  for (const Operation& one : operations) {
    if (one.name == job.operation) return one.run();
  }
  die("this client has no operation " + job.operation);
}

void run_in_flight(const Job& job, const std::function<Worker()>& make_worker) {
  std::atomic<std::uint64_t> next = 0;
  const auto work = [&] {
    const Worker worker = make_worker();
    for (std::uint64_t index = next++; index < job.count; index = next++) worker(index);
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < job.in_flight; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace cloudkit::bench
