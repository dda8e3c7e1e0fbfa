#include "unit/local/fixture.h"

#include <dlfcn.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cstdarg>

using namespace ::test;

// The functions of the C library by which files are looked at, as on a file system that keeps whole seconds and always
// has the same inode free, but tells its generation.
namespace {

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int coarse(int result, struct stat* state) {
  if (result != 0 || !S_ISREG(state->st_mode)) return result;
  state->st_ino = 7;
  state->st_mtim.tv_nsec = 0;
  state->st_ctim.tv_nsec = 0;
  // Times that never move: all of the test is within one second.
  state->st_mtim.tv_sec = 1;
  state->st_ctim.tv_sec = 1;
  return result;
}

}  // namespace

extern "C" {

int fstat(int file, struct stat* state) noexcept {
  static auto* const real = next<int(int, struct stat*)>("fstat");
  return coarse(real(file, state), state);
}

int fstatat(int directory, const char* name, struct stat* state, int flags) noexcept {
  static auto* const real = next<int(int, const char*, struct stat*, int)>("fstatat");
  return coarse(real(directory, name, state, flags), state);
}

// The time at which a file was written stands for its generation.
int ioctl(int file, unsigned long request, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  static auto* const real = next<int(int, unsigned long, ...)>("ioctl");
  if (request != FS_IOC_GETVERSION) return real(file, request, argument);
  static auto* const look = next<int(int, struct stat*)>("fstat");
  struct stat state{};
  if (look(file, &state) != 0) return -1;
  *static_cast<int*>(argument) = static_cast<int>(state.st_mtim.tv_nsec);
  return 0;
}

}  // extern "C"

namespace {

GetOptions unless(const std::string& token) {
  GetOptions options;
  options.condition = Condition::not_match(token);
  return options;
}

}  // namespace

TEST_CASE_FIXTURE(FileBucket, "where times are whole seconds, no token comes back with an inode's number") {
  const auto first = put(*bucket, "k", "1").value();
  REQUIRE(put(*bucket, "k", "2").has_value());
  const auto third = put(*bucket, "k", "3").value();
  CHECK(first.token != third.token);
  CHECK(get(*bucket, "k", unless(first.token)).value() == "3");
  CHECK(code_of(put_if(*bucket, "k", "4", Condition::match(first.token))) == ErrorCode::precondition_failed);
  CHECK(code_of(remove(*bucket, "k", Condition::match(first.token))) == ErrorCode::precondition_failed);
  CHECK(put_if(*bucket, "k", "4", Condition::match(third.token)).has_value());
}

TEST_CASE_FIXTURE(FileBucket, "where times are whole seconds, all calls tell the same token of an object") {
  const auto info = put(*bucket, "d/k", "1").value();
  CHECK(bucket->head("d/k", {}).value().token == info.token);
  CHECK(bucket->list_page({}).value().entries.at(0).token == info.token);
  CHECK(code_of(get(*bucket, "d/k", unless(info.token))) == ErrorCode::not_modified);
  SetMetadataOptions options;
  options.metadata = Metadata{{"a", "b"}};
  options.condition = Condition::match(info.token);
  const auto changed = bucket->set_metadata("d/k", options).value();
  CHECK(changed.token != info.token);
  CHECK(remove(*bucket, "d/k", Condition::match(changed.token)).has_value());
}
