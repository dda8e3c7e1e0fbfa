#include "unit/local/fixture.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>
#include <functional>

using namespace ::test;

namespace {

SetMetadataOptions owned_by(std::string owner) { return {.metadata = Metadata{{"owner", std::move(owner)}}}; }

constexpr ::uid_t kSomebody = 12345;
constexpr ::gid_t kSomeGroup = 12346;

struct stat stat_of(const std::string& path) {
  struct stat state{};
  REQUIRE(::stat(path.c_str(), &state) == 0);
  return state;
}
unsigned mode_of(const std::string& path) { return stat_of(path).st_mode & 0777U; }

bool is_root(const char* what) {
  if (::geteuid() == 0) return true;
  std::printf("skipped: %s: only root can give files away\n", what);
  return false;
}

// In a process of its own, because it gives up what root may.
bool in_child(const std::function<bool()>& act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(act() ? 0 : 1);
  int status = -1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

// As somebody without other groups.
bool as_somebody(const std::function<bool()>& act) {
  return in_child(
      [&] { return ::setgroups(0, nullptr) == 0 && ::setgid(kSomebody) == 0 && ::setuid(kSomebody) == 0 && act(); });
}

// As in a container whose root may not.
bool stop_giving_files_away() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  if (::syscall(SYS_capget, &header, sets) != 0) return false;
  sets[0].effective &= ~(1U << CAP_CHOWN);
  return ::syscall(SYS_capset, &header, sets) == 0;
}

// As the kernel takes it: version 2, then tag, bits and id of each entry.
// "user::rw-,user:12345:r--,group::---,mask::r--, other::---"
const std::string kList(
    "\x02\0\0\0"
    "\x01\0\x06\0\xff\xff\xff\xff"
    "\x02\0\x04\0\x39\x30\0\0"
    "\x04\0\0\0\xff\xff\xff\xff"
    "\x10\0\x04\0\xff\xff\xff\xff"
    "\x20\0\0\0\xff\xff\xff\xff",
    44);
bool set_list(const std::string& path, const char* which) {
  if (::setxattr(path.c_str(), which, kList.data(), kList.size(), 0) == 0) return true;
  std::printf("skipped: access lists: the file system has none\n");
  return false;
}
std::string list_of(const std::string& path) {
  std::string list(200, '\0');
  const ssize_t size = ::getxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size());
  return list.substr(0, size < 0 ? 0 : static_cast<std::size_t>(size));
}

}  // namespace

TEST_CASE_FIXTURE(FileBucket, "a file with other names keeps them as they were: they may be a snapshot's") {
  REQUIRE(put(*bucket, "d/k", "data"));
  REQUIRE(::link(path("d/k").c_str(), (root.path() + "/snapshot").c_str()) == 0);
  const auto old = bucket->head("d/k", {}).value();
  const auto info = bucket->set_metadata("d/k", owned_by("ada")).value();
  CHECK(info.metadata == Metadata{{"owner", "ada"}});
  CHECK(info.token == bucket->head("d/k", {}).value().token);
  CHECK(info.token != old.token);
  CHECK(get(*bucket, "d/k").value() == "data");
  struct stat linked{};
  struct stat now{};
  REQUIRE(::stat((root.path() + "/snapshot").c_str(), &linked) == 0);
  REQUIRE(::stat(path("d/k").c_str(), &now) == 0);
  CHECK(linked.st_ino != now.st_ino);
  CHECK(everything() == Keys{"d", "d/k"});
}

TEST_CASE_FIXTURE(FileBucket, "who may read the old file may read the new one, and nobody else") {
  REQUIRE(put(*bucket, "k", "data"));
  REQUIRE(::chmod(path("k").c_str(), 0600) == 0);
  REQUIRE(bucket->set_metadata("k", owned_by("ada")));
  CHECK(mode_of(path("k")) == 0600);
}

TEST_CASE_FIXTURE(FileBucket, "a copy is as private as its source, also over what was open to all") {
  REQUIRE(put(*bucket, "k", "data"));
  REQUIRE(put(*bucket, "open", "old"));
  REQUIRE(::chmod(path("open").c_str(), 0644) == 0);
  REQUIRE(::chmod(path("k").c_str(), 0600) == 0);
  for (const char* to : {"new", "open"}) {
    REQUIRE(copy(*bucket, "k", to));
    CHECK(mode_of(path(to)) == 0600);
  }
}

TEST_CASE_FIXTURE(FileBucket, "metadata can be set where the file's owner may not write it") {
  const auto act = [&] {
    const bool made = put(*bucket, "k", "data") && ::chmod(path("k").c_str(), 0400) == 0;
    CopyOptions options;
    options.metadata = Metadata{{"owner", "bob"}};
    return made && bucket->set_metadata("k", owned_by("ada")) && copy(*bucket, "k", "copy", options);
  };
  // Root may write everything.
  if (::geteuid() == 0) {
    REQUIRE(::chmod(root.path().c_str(), 0777) == 0);
    REQUIRE(::chmod(path("").c_str(), 0777) == 0);
    REQUIRE(as_somebody(act));
  } else {
    REQUIRE(act());
  }
  for (const char* key : {"k", "copy"}) CHECK(mode_of(path(key)) == 0400);
  CHECK(bucket->head("k", {}).value().metadata == Metadata{{"owner", "ada"}});
}

TEST_CASE_FIXTURE(FileBucket, "a file keeps its group, and a copy has it") {
  std::vector<::gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
  REQUIRE(::getgroups(static_cast<int>(groups.size()), groups.data()) >= 0);
  std::erase(groups, ::getegid());
  if (::geteuid() == 0) groups = {kSomeGroup};
  if (groups.empty()) {
    std::printf("skipped: a file keeps its group: the test has one group only\n");
    return;
  }
  REQUIRE(put(*bucket, "k", "data"));
  REQUIRE(::chown(path("k").c_str(), static_cast<::uid_t>(-1), groups.front()) == 0);
  REQUIRE(::chmod(path("k").c_str(), 0640) == 0);
  REQUIRE(bucket->set_metadata("k", owned_by("ada")));
  REQUIRE(copy(*bucket, "k", "copy"));
  for (const char* key : {"k", "copy"}) {
    CHECK(stat_of(path(key)).st_gid == groups.front());
    CHECK(mode_of(path(key)) == 0640);
  }
}

TEST_CASE_FIXTURE(FileBucket, "root leaves a file to its owner, and owns the copies that it makes") {
  if (!is_root("a file keeps its owner")) return;
  REQUIRE(put(*bucket, "k", "data"));
  REQUIRE(::chown(path("k").c_str(), kSomebody, kSomeGroup) == 0);
  REQUIRE(::chmod(path("k").c_str(), 0640) == 0);
  REQUIRE(bucket->set_metadata("k", owned_by("ada")));
  REQUIRE(copy(*bucket, "k", "copy"));
  CHECK(stat_of(path("k")).st_uid == kSomebody);
  CHECK(stat_of(path("k")).st_gid == kSomeGroup);
  CHECK(mode_of(path("k")) == 0640);
  CHECK(stat_of(path("copy")).st_uid == 0);
  CHECK(stat_of(path("copy")).st_gid == kSomeGroup);
}

TEST_CASE_FIXTURE(FileBucket, "a root that may not leave a file to its owner leaves it as it was") {
  if (!is_root("an owner that cannot be kept")) return;
  REQUIRE(put(*bucket, "k", "data"));
  REQUIRE(::chown(path("k").c_str(), kSomebody, 0) == 0);
  CHECK(in_child([&] {
    if (!stop_giving_files_away()) return false;
    const auto refused = bucket->set_metadata("k", owned_by("ada"));
    return code_of(refused) == ErrorCode::permission_denied && !refused.error().hint.empty() &&
           refused.error().message == "keep the owner of " + path("k") + ": Operation not permitted";
  }));
  CHECK(stat_of(path("k")).st_uid == kSomebody);
  CHECK(bucket->head("k", {}).value().metadata.empty());
  CHECK(everything() == Keys{"k"});
}

TEST_CASE_FIXTURE(FileBucket, "where the group cannot be kept nobody gets more than before") {
  if (!is_root("a group that cannot be kept")) return;
  REQUIRE(::chmod(root.path().c_str(), 0777) == 0);
  REQUIRE(::chmod(path("").c_str(), 0777) == 0);
  const std::pair<unsigned, unsigned> modes[] = {{0664, 0604}, {0604, 0600}, {0647, 0604}};
  for (const auto& [before, after] : modes) {
    REQUIRE(put(*bucket, "k", "data"));
    REQUIRE(::chmod(path("k").c_str(), before) == 0);
    CHECK(as_somebody([&] { return bucket->set_metadata("k", owned_by("ada")) && copy(*bucket, "k", "copy"); }));
    CHECK(mode_of(path("k")) == after);
    CHECK(stat_of(path("k")).st_uid == kSomebody);
  }
}

TEST_CASE_FIXTURE(FileBucket, "a file keeps its access list, and gets none of its directory's") {
  REQUIRE(put(*bucket, "k", "data"));
  if (!set_list(path("k"), "system.posix_acl_access")) return;
  REQUIRE(bucket->set_metadata("k", owned_by("ada")));
  REQUIRE(copy(*bucket, "k", "copy"));
  for (const char* key : {"k", "copy"}) {
    CHECK(list_of(path(key)) == kList);
    CHECK(mode_of(path(key)) == 0640);
  }
  REQUIRE(put(*bucket, "plain", "data"));
  REQUIRE(::chmod(path("plain").c_str(), 0640) == 0);
  REQUIRE(set_list(path(""), "system.posix_acl_default"));
  REQUIRE(bucket->set_metadata("plain", owned_by("ada")));
  CHECK(list_of(path("plain")).empty());
  CHECK(mode_of(path("plain")) == 0640);
}

TEST_CASE_FIXTURE(FileBucket, "an access list whose group cannot be kept leaves the file to who wrote it") {
  if (!is_root("an access list whose group cannot be kept")) return;
  REQUIRE(::chmod(root.path().c_str(), 0777) == 0);
  REQUIRE(::chmod(path("").c_str(), 0777) == 0);
  REQUIRE(put(*bucket, "k", "data"));
  if (!set_list(path("k"), "system.posix_acl_access")) return;
  REQUIRE(::chmod(path("k").c_str(), 0644) == 0);
  REQUIRE(as_somebody([&] { return bucket->set_metadata("k", owned_by("ada")).has_value(); }));
  CHECK(list_of(path("k")).empty());
  CHECK(mode_of(path("k")) == 0600);
}

TEST_CASE_FIXTURE(FileBucket, "a refusal leaves the object and nothing else") {
  REQUIRE(put(*bucket, "k", "data"));
  SetMetadataOptions options = owned_by("ada");
  options.condition = Condition::match("other");
  CHECK(code_of(bucket->set_metadata("k", options)) == ErrorCode::precondition_failed);
  CHECK(code_of(bucket->set_metadata("missing", options)) == ErrorCode::precondition_failed);
  CHECK(code_of(bucket->set_metadata("missing", owned_by("ada"))) == ErrorCode::not_found);
  const Context cancelled = Context::cancellable();
  cancelled.cancel();
  options = owned_by("ada");
  options.context = cancelled;
  CHECK(code_of(bucket->set_metadata("k", options)) == ErrorCode::cancelled);
  CHECK(bucket->head("k", {}).value().metadata.empty());
  CHECK(everything() == Keys{"k"});
}

TEST_CASE_FIXTURE(FileBucket, "what files cannot do is said") {
  CHECK(code_of(store.create_bucket("v", {.versioned = true})) == ErrorCode::unsupported);
  CHECK_FALSE(store.bucket_exists("v", {}).value());
  CHECK(code_of(bucket->get_tags("k", {})) == ErrorCode::unsupported);
  CHECK(code_of(bucket->list_versions_page({})) == ErrorCode::unsupported);
}
