// cloudkit, as a program that uses its public headers would.
#include <cloudkit/aws.h>
#include <cloudkit/sync.h>

#include "peers/job.h"

#include <cstdio>

namespace {

using cloudkit::bench::die;
using cloudkit::bench::Job;

template <class T>
T check(cloudkit::Result<T> result) {
  if (!result) die(result.error().to_string());
  return *std::move(result);
}

cloudkit::Bucket open(const Job& job) {
  cloudkit::aws::S3Options options;
  options.endpoint = job.scheme + "://" + job.authority();
  options.region = "us-east-1";
  options.addressing = cloudkit::aws::Addressing::path;
  options.server = job.server == "aws" ? cloudkit::aws::S3Server::aws : cloudkit::aws::S3Server::generic;
  options.credentials = cloudkit::aws::explicit_credentials({"AKIDEXAMPLE", "cktest-peers-1", "", {}, "benchmark"});
  options.transport.ca_file = job.ca;
  return check(check(cloudkit::aws::make_s3_store(options)).bucket("bench"));
}

class Discard final : public cloudkit::Sink {
 public:
  cloudkit::Status write(cloudkit::Bytes chunk) override {
    received += chunk.size();
    return {};
  }
  std::uint64_t received = 0;
};

void get_stream(const Job& job, const cloudkit::Bucket& bucket) {
  Discard sink;
  check(bucket.download(job.key(), sink));
  if (sink.received != job.size) die("wrong size");
}

void get_memory(const Job& job, const cloudkit::Bucket& bucket) {
  cloudkit::GetOptions options;
  options.max_size = job.size;
  if (check(bucket.get(job.key(), options)).data.size() != job.size) die("wrong size");
}

void get_file(const Job& job, const cloudkit::Bucket& bucket) {
  cloudkit::GetOptions options;
  options.transfer.workers = job.workers;
  check(bucket.download(job.key(), cloudkit::File{job.file}, options));
}

void put_file(const Job& job, const cloudkit::Bucket& bucket) {
  cloudkit::PutOptions options;
  options.transfer.workers = job.workers;
  check(bucket.put(job.key(), cloudkit::File{job.file}, options));
}

void small_get(const Job& job, const cloudkit::Bucket& bucket) {
  run_in_flight(job, [&]() -> cloudkit::bench::Worker {
    return [&](std::uint64_t index) {
      if (check(bucket.get(job.key(index))).data.size() != job.size) die("wrong size");
    };
  });
}

void small_put(const Job& job, const cloudkit::Bucket& bucket) {
  const std::string body(job.size, 'b');
  run_in_flight(job, [&]() -> cloudkit::bench::Worker {
    return [&](std::uint64_t index) { check(bucket.put(job.key(index), cloudkit::Bytes(body))); };
  });
}

void list(const Job& job, const cloudkit::Bucket& bucket) {
  cloudkit::ListOptions options;
  options.prefix = job.list_prefix();
  std::uint64_t keys = 0;
  auto listing = bucket.list(options);
  for (const auto& entry : listing) {
    if (!entry) die(entry.error().to_string());
    ++keys;
  }
  if (keys != job.count) die("wrong number of keys");
}

void small_backup(const Job& job, const cloudkit::Bucket& bucket) {
  cloudkit::BackupOptions options;
  options.transfer.workers = job.in_flight;
  const auto report = check(cloudkit::backup(check(bucket.below(job.list_prefix())), job.directory, options));
  if (report.objects != job.count) die("wrong number of objects");
}

}  // namespace

int main(int argc, char** argv) {
  const Job job = cloudkit::bench::read_job(argc, argv);
  const cloudkit::Bucket bucket = open(job);
  run_operation(job, {{"get_stream", [&] { get_stream(job, bucket); }},
                      {"get_memory", [&] { get_memory(job, bucket); }},
                      {"get_file", [&] { get_file(job, bucket); }},
                      {"put_file", [&] { put_file(job, bucket); }},
                      {"small_get", [&] { small_get(job, bucket); }},
                      {"small_put", [&] { small_put(job, bucket); }},
                      {"small_backup", [&] { small_backup(job, bucket); }},
                      {"list", [&] { list(job, bucket); }}});
}
