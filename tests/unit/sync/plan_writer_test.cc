#include "sync/plan_writer.h"
#include "core/fail.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <atomic>
#include <vector>

using namespace cloudkit;
using syncing::Entry;
using syncing::ManifestReader;
using syncing::ManifestWriter;
using syncing::PlanWriter;

namespace {

struct Plan {
  ::test::TemporaryDirectory directory;
  core::UniqueFd fd{::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  ManifestWriter writer = ManifestWriter::create(fd.get(), "plan", "plan", {}).value();

  static Entry entry(std::size_t number) {
    Entry entry;
    entry.info.key = entry.path = fmt::format("{:08}", number);
    return entry;
  }
  std::vector<Entry> read() const {
    auto reader = ManifestReader::open(fd.get(), "plan", "plan").value();
    std::vector<Entry> entries;
    while (auto entry = reader.next().value()) entries.push_back(*std::move(entry));
    return entries;
  }
};

}  // namespace

TEST_CASE("entries are written in their order, as the work on them has left them") {
  Plan plan;
  PlanWriter writer(plan.writer, [](std::vector<Entry>& entries) {
    for (Entry& entry : entries) entry.info.token = "worked on " + entry.path;
    return Status();
  });
  constexpr std::size_t kEntries = 3 * PlanWriter::kBatch + 7;
  for (std::size_t i = 0; i < kEntries; ++i) REQUIRE(writer.add(Plan::entry(i)));
  REQUIRE(writer.finish(false));
  const auto written = plan.read();
  REQUIRE(written.size() == kEntries);
  for (std::size_t i = 0; i < kEntries; ++i) {
    CHECK(written[i].path == Plan::entry(i).path);
    CHECK(written[i].info.token == "worked on " + written[i].path);
  }
}

TEST_CASE("slow work is given larger batches, up to a limit at which it is waited for") {
  Plan plan;
  std::vector<std::size_t> batches;
  std::atomic<std::size_t> added{0};
  PlanWriter writer(plan.writer, [&](std::vector<Entry>& entries) {
    batches.push_back(entries.size());
    // The first one until the next one is as large as it can be.
    while (batches.size() == 1 && added < PlanWriter::kBatch + PlanWriter::kLargestBatch - 1) {
      (void)Context().wait_for(std::chrono::milliseconds(1));
    }
    return Status();
  });
  for (std::size_t i = 0; i < 3 * PlanWriter::kLargestBatch; ++i) {
    REQUIRE(writer.add(Plan::entry(i)));
    ++added;
  }
  REQUIRE(writer.finish(false));
  REQUIRE(batches.size() > 2);
  CHECK(batches[0] == PlanWriter::kBatch);
  for (const std::size_t size : batches) CHECK(size <= PlanWriter::kLargestBatch);
  CHECK(batches[1] == PlanWriter::kLargestBatch);
  CHECK(plan.read().size() == 3 * PlanWriter::kLargestBatch);
}

TEST_CASE("where the work fails nothing more is planned") {
  Plan plan;
  PlanWriter writer(plan.writer, [](std::vector<Entry>&) { return core::fail(ErrorCode::io, "the disk is full"); });
  Status added;
  std::size_t count = 0;
  for (; added && count < 10 * PlanWriter::kLargestBatch; ++count) added = writer.add(Plan::entry(count));
  REQUIRE_FALSE(added);
  CHECK(added.error().message == "the disk is full");
  CHECK(count <= PlanWriter::kBatch + PlanWriter::kLargestBatch);
}
