// What reading a page of a listing costs, as S3 writes it: 1,000 keys.
#include "aws/s3/protocol_listing.h"
#include "aws/s3/quirks.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace cloudkit;
using namespace cloudkit::aws::s3;

constexpr int kKeys = 1000;

http::Response page() {
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Name>bench</Name><Prefix>logs/</Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys>"
      "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>n</NextContinuationToken>";
  for (int i = 0; i < kKeys; ++i) {
    xml += fmt::format(
        "<Contents><Key>logs/2026/11/{:08}.log</Key><LastModified>2026-11-23T01:02:03.000Z</LastModified>"
        "<ETag>&quot;{:032x}&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>"
        "<ChecksumType>FULL_OBJECT</ChecksumType><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
        i, i, 4096 + i);
  }
  http::Response response;
  response.status = 200;
  response.body = xml + "</ListBucketResult>";
  return response;
}

// The floor: each byte is looked at once, and each key becomes a string.
void floor_find_keys(benchmark::State& state) {
  const std::string xml = page().body;
  for (auto _ : state) {
    std::vector<ListEntry> entries;
    for (const char* at = xml.data();
         (at = static_cast<const char*>(std::memchr(at, '<', xml.data() + xml.size() - at))); ++at) {
      if (std::memcmp(at, "<Key>", 5) != 0) continue;
      entries.emplace_back().key.assign(at + 5, std::strchr(at + 5, '<'));
    }
    if (entries.size() != kKeys) std::abort();
    benchmark::DoNotOptimize(entries.data());
  }
  state.SetItemsProcessed(state.iterations() * kKeys);
}
BENCHMARK(floor_find_keys);

void parse_page(benchmark::State& state) {
  const http::Response response = page();
  const ListPageRequest request;
  const Quirks& quirks = quirks_of(cloudkit::aws::S3Server::aws);
  for (auto _ : state) {
    const auto result = parse_list(request, response, quirks);
    if (!result || result->entries.size() != kKeys) std::abort();
    benchmark::DoNotOptimize(result->entries.data());
  }
  state.SetItemsProcessed(state.iterations() * kKeys);
}
BENCHMARK(parse_page);

}  // namespace

BENCHMARK_MAIN();
