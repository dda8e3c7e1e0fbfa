#include "support/upload_io.h"
#include "unit/local/fixture.h"

#include <sys/wait.h>

#include <atomic>
#include <thread>

using namespace ::test;

namespace {

void in_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

// Runs `work` in processes of their own; true when all of them returned true.
bool in_processes(int count, const std::function<bool(int)>& work) {
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) ::_exit(work(i) ? 0 : 1);
  }
  bool good = true;
  for (const pid_t child : children) {
    int status = -1;
    good = ::waitpid(child, &status, 0) == child && status == 0 && good;
  }
  return good;
}

bool increment(BucketDriver& bucket, int times) {
  for (int done = 0; done < times;) {
    Received received;
    if (!bucket.get("n", {}, received)) return false;
    const auto written =
        put_if(bucket, "n", std::to_string(std::stoi(received.data) + 1), Condition::match(received.info.token));
    if (!written && written.error().code != ErrorCode::precondition_failed) return false;
    if (written) ++done;
  }
  return true;
}

}  // namespace

TEST_CASE_FIXTURE(FileBucket, "of a thousand racing absent puts one wins") {
  std::atomic<int> won{0};
  std::atomic<int> lost{0};
  in_threads(8, [&](int who) {
    for (int i = 0; i < 125; ++i) {
      const auto made = put_if(*bucket, "d/lock", std::to_string(who), Condition::absent());
      if (made) ++won;
      if (!made && made.error().code == ErrorCode::precondition_failed) ++lost;
    }
  });
  CHECK(won == 1);
  CHECK(lost == 999);
  CHECK(everything() == Keys{"d", "d/lock"});
}

TEST_CASE_FIXTURE(FileBucket, "a counter by conditional puts of many threads loses no increment") {
  REQUIRE(put(*bucket, "n", "1000").has_value());
  std::atomic<bool> good{true};
  in_threads(8, [&](int) {
    if (!increment(*bucket, 25)) good = false;
  });
  CHECK(good);
  CHECK(get(*bucket, "n").value() == "1200");
}

TEST_CASE_FIXTURE(FileBucket, "a counter by conditional puts of many processes loses no increment") {
  REQUIRE(put(*bucket, "n", "1000").has_value());
  CHECK(in_processes(4, [&](int) { return increment(*bucket, 100); }));
  CHECK(get(*bucket, "n").value() == "1400");
}

TEST_CASE_FIXTURE(FileBucket, "a directory that is pruned while another object is put into it comes back") {
  CHECK(in_processes(4, [&](int who) {
    const std::string key = "a/b/c/" + std::to_string(who);
    for (int i = 0; i < 300; ++i) {
      if (!put(*bucket, key, "x") || !get(*bucket, key) || !remove(*bucket, key)) return false;
    }
    return true;
  }));
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(FileBucket, "readers see old or new bytes with the attributes that belong to them") {
  // Half of the contents keep their attributes in a sidecar.
  const auto options_of = [](char letter) {
    PutOptions options;
    options.metadata = {{"letter", std::string(letter % 2 == 0 ? 70000 : 10, letter)}};
    return options;
  };
  REQUIRE(put(*bucket, "k", std::string(1000, 'a'), options_of('a')).has_value());
  std::atomic<int> writing{3};
  std::atomic<bool> torn{false};
  in_threads(6, [&](int who) {
    if (who < 3) {
      for (int i = 0; i < 100; ++i) {
        const char letter = static_cast<char>('a' + (who + i) % 26);
        if (!put(*bucket, "k", std::string(1000, letter), options_of(letter))) torn = true;
      }
      --writing;
    }
    while (writing > 0) {
      Received received;
      if (!bucket->get("k", {}, received)) torn = true;
      const std::string letters = received.info.metadata["letter"];
      const bool whole = received.data.size() == 1000 && !letters.empty() && letters[0] == received.data[0] &&
                         received.data.find_first_not_of(received.data[0]) == std::string::npos;
      if (!whole) torn = true;
    }
  });
  CHECK_FALSE(torn);
  REQUIRE(remove(*bucket, "k").has_value());
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(FileBucket, "listing while objects come and go never fails and keeps its order") {
  std::atomic<bool> good{true};
  std::atomic<bool> done{false};
  REQUIRE(put(*bucket, "m/stays", "x").has_value());
  std::thread writer([&] {
    for (int i = 0; i < 150; ++i) {
      const std::string key = std::to_string(i % 7) + "/x/" + std::to_string(i % 3);
      if (!put(*bucket, key, "x") || !remove(*bucket, key)) good = false;
    }
    done = true;
  });
  while (!done) {
    const auto page = bucket->list_page({});
    bool found = false;
    for (std::size_t i = 0; page && i < page->entries.size(); ++i) {
      if (page->entries[i].key == "m/stays") found = true;
      if (i > 0 && !(page->entries[i - 1].key < page->entries[i].key)) good = false;
    }
    if (!found) good = false;
  }
  writer.join();
  CHECK(good);
}

TEST_CASE_FIXTURE(FileBucket, "parts come from many threads at once, and one of several completes") {
  const UploadId id = bucket->begin_upload("d/k", {}).value();
  std::vector<UploadPart> parts(32);
  in_threads(8, [&](int who) {
    for (int i = who; i < 32; i += 8) {
      const auto part = try_put_part(*bucket, "d/k", id, i + 1, std::string(1000, static_cast<char>('A' + i)));
      if (part) parts[static_cast<std::size_t>(i)] = *part;
    }
  });
  std::atomic<int> completed{0};
  std::atomic<int> gone{0};
  in_threads(8, [&](int) {
    const auto result = bucket->complete_upload("d/k", id, parts, {});
    if (result) ++completed;
    if (!result && result.error().code == ErrorCode::not_found) ++gone;
  });
  CHECK(completed == 1);
  CHECK(gone == 7);
  const std::string data = get(*bucket, "d/k").value();
  REQUIRE(data.size() == 32000);
  for (std::size_t i = 0; i < 32; ++i) CHECK(data[i * 1000] == static_cast<char>('A' + i));
  CHECK(everything() == Keys{"d", "d/k"});
}

TEST_CASE_FIXTURE(FileBucket, "uploads begin and end beside each other, though each takes away the empty directory") {
  std::atomic<int> failed{0};
  in_threads(8, [&](int who) {
    const std::string key = "k" + std::to_string(who);
    for (int i = 0; i < 30; ++i) {
      const auto id = bucket->begin_upload(key, {});
      const auto part = id ? try_put_part(*bucket, key, *id, 1, "x") : Result<UploadPart>(id.error());
      const bool ended = part && (i % 2 == 0 ? bucket->abort_upload(key, *id, {}).has_value()
                                             : bucket->complete_upload(key, *id, {*part}, {}).has_value());
      if (!ended) ++failed;
    }
  });
  CHECK(failed == 0);
  CHECK(everything().size() == 8);
}
