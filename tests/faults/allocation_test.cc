// Memory that runs out: the nth allocation of a call fails, for each n that there is.
#include "faults/whole_way.h"
#include "support/read_file.h"

#include <cloudkit/local.h>
#include <cloudkit/memory.h>

#include <cstdlib>
#include <functional>
#include <new>

namespace {

// Of this thread, which makes the calls; the server beside it has memory.
thread_local long allocations_left = -1;  // Negative: no end.

void* allocate(std::size_t size) noexcept {
  if (allocations_left == 0) return nullptr;
  if (allocations_left > 0) --allocations_left;
  return std::malloc(size == 0 ? 1 : size);
}

void* allocate_or_throw(std::size_t size) {
  void* const memory = allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size); }
void* operator new[](std::size_t size) { return allocate_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace {

using namespace cloudkit;
using namespace faults;

// How many allocations the call makes. After each failure `check` looks at what is there.
long fail_each(const std::function<bool()>& call, const std::function<void()>& check) {
  for (long n = 0;; ++n) {
    bool done = false;
    bool out_of_memory = false;
    allocations_left = n;
    try {
      done = call();
    } catch (const std::bad_alloc&) {
      out_of_memory = true;
    }
    const bool spent = allocations_left == 0;
    allocations_left = -1;
    if (!spent && !out_of_memory) {
      REQUIRE(done);
      return n;
    }
    check();
    REQUIRE(n < 100'000);
  }
}

}  // namespace

TEST_CASE("memory that runs out at any allocation of a call is an exception, and the next call works") {
  const auto before = open_descriptors();
  {
    ScriptedServer server;
    server.always(whole_object());
    const VirtualStore store(server);
    const test::TemporaryDirectory directory;
    const std::string path = directory.file("file");
    std::ofstream(path) << "old";
    const Bucket remote = store.bucket();
    const Bucket files = local::make_file_store(directory.path()).value().create_bucket("b").value();
    const Bucket memory = memory::make_memory_store().create_bucket("b").value();
    const std::string object = directory.path() + "/b/k";

    CHECK(fail_each([&] { return remote.download("k", File{path}).has_value(); },
                    [&] { CHECK((::test::read_file(path) == "old" || ::test::read_file(path) == kData)); }) > 10);
    CHECK(::test::read_file(path) == kData);
    CHECK(fail_each([&] { return remote.get("k").has_value(); }, [] {}) > 10);
    CHECK(fail_each([&] { return remote.put("k", kData).has_value(); }, [] {}) > 10);

    REQUIRE(files.put("k", "old"));
    CHECK(fail_each([&] { return files.put("k", kData).has_value(); },
                    [&] { CHECK((::test::read_file(object) == "old" || ::test::read_file(object) == kData)); }) > 10);
    CHECK(fail_each([&] { return files.list_all().has_value(); }, [] {}) > 5);
    REQUIRE(memory.put("k", "old"));
    CHECK(fail_each([&] { return memory.put("k", kData).has_value(); },
                    [&] {
                      const std::string now = memory.get("k").value().data;
                      CHECK((now == "old" || now == kData));
                    }) > 5);
    CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 2);
    CHECK(std::distance(std::filesystem::directory_iterator(directory.path() + "/b"), {}) == 1);
  }
  CHECK(open_descriptors() == before);
}
