#include "power/disk.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <stdexcept>

// The functions of the C library by which cloudkit changes files, each defined anew: it does what it did, and then
// writes down what that was.
namespace power {
namespace {

struct Recorder {
  Recording recording;
  std::map<ino_t, Id> ids;
  dev_t device = 0;
  Id next = 1;
};

Recorder* active = nullptr;  // While `record` runs.

// What the recorder itself does is not recorded.
class Pause {
 public:
  Pause() : paused_(active) { active = nullptr; }
  ~Pause() { active = paused_; }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  Recorder& recorder() const { return *paused_; }

 private:
  Recorder* const paused_;
};

Content content_of(const std::string& path) {
  Content content;
  char target[256];
  if (const ssize_t size = ::readlink(path.c_str(), target, sizeof target); size >= 0 && !path.starts_with("/proc/")) {
    content.is_link = true;
    content.data.assign(target, static_cast<std::size_t>(size));
    return content;
  }
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("cannot open " + path);
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(fd, buffer, sizeof buffer)) > 0;) {
    content.data.append(buffer, static_cast<std::size_t>(count));
  }
  const ssize_t size = ::fgetxattr(fd, "user.cloudkit", buffer, sizeof buffer);
  if (size >= 0) content.attributes = std::string(buffer, static_cast<std::size_t>(size));
  struct stat state{};
  ::fstat(fd, &state);
  content.seconds = state.st_mtim.tv_sec;
  content.nanoseconds = state.st_mtim.tv_nsec;
  content.mode = state.st_mode & 0777;
  ::close(fd);
  return content;
}

Id add(Recorder& recorder, const struct stat& state) {
  const Id id = recorder.next++;
  recorder.ids[state.st_ino] = id;
  if (S_ISDIR(state.st_mode)) recorder.recording.directories.insert(id);
  return id;
}

std::optional<Id> id_of(const Recorder& recorder, const struct stat& state) {
  const auto found = state.st_dev == recorder.device ? recorder.ids.find(state.st_ino) : recorder.ids.end();
  return found == recorder.ids.end() ? std::nullopt : std::optional(found->second);
}

// ".ck-attr-INODE-SIZE-TIME" is the name of what belongs to the file with this number.
void note_name(Recorder& recorder, const std::string& name) {
  const std::string prefix = ".ck-attr-";
  if (!name.starts_with(prefix)) return;
  const auto found = recorder.ids.find(static_cast<ino_t>(std::stoull(name.substr(prefix.size()), nullptr, 16)));
  if (found != recorder.ids.end()) recorder.recording.numbers[name] = found->second;
}

Id walk(Recorder& recorder, const std::string& path, const struct stat& state) {
  const Id id = add(recorder, state);
  Node node;
  node.is_directory = S_ISDIR(state.st_mode);
  if (node.is_directory) {
    DIR* const stream = ::opendir(path.c_str());
    while (const dirent* const entry = ::readdir(stream)) {
      const std::string name = entry->d_name;
      struct stat found{};
      if (name == "." || name == ".." || ::lstat((path + '/' + name).c_str(), &found) != 0) continue;
      const auto known = id_of(recorder, found);
      node.names[name] = known ? *known : walk(recorder, path + '/' + name, found);
    }
    ::closedir(stream);
    for (const auto& [name, named] : node.names) note_name(recorder, name);
  } else {
    node.content = content_of(path);
  }
  recorder.recording.before[id] = std::move(node);
  return id;
}

void take(Recorder& recorder, Step step) { recorder.recording.steps.push_back(std::move(step)); }

void file_changed(int fd) {
  const Pause pause;
  struct stat state{};
  if (::fstat(fd, &state) != 0 || !S_ISREG(state.st_mode)) return;
  if (const auto id = id_of(pause.recorder(), state)) {
    take(pause.recorder(),
         {.kind = Step::Kind::write, .id = *id, .content = content_of("/proc/self/fd/" + std::to_string(fd))});
  }
}

void synced(int fd) {
  const Pause pause;
  struct stat state{};
  if (::fstat(fd, &state) != 0) return;
  if (const auto id = id_of(pause.recorder(), state)) take(pause.recorder(), {.kind = Step::Kind::sync, .id = *id});
}

void all_synced() {
  const Pause pause;
  take(pause.recorder(), {.kind = Step::Kind::sync});
}

// Of a path: what its directory is, and the name in it.
struct Place {
  std::optional<Id> directory;
  std::string name;
};

Place place_of(Recorder& recorder, int directory, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string above = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  struct stat state{};
  if (::fstatat(directory, above.c_str(), &state, 0) != 0) return {};
  return {id_of(recorder, state), path.substr(slash == std::string::npos ? 0 : slash + 1)};
}

void name_set(int directory, const char* path, bool fresh) {
  const Pause pause;
  Recorder& recorder = pause.recorder();
  struct stat state{};
  const Place place = place_of(recorder, directory, path);
  if (!place.directory || ::fstatat(directory, path, &state, AT_SYMLINK_NOFOLLOW) != 0) return;
  const auto known = fresh ? std::nullopt : id_of(recorder, state);
  const Id id = known ? *known : add(recorder, state);
  note_name(recorder, place.name);
  take(recorder, {.kind = Step::Kind::set_name, .id = *place.directory, .named = id, .name = place.name});
}

void link_made(int directory, const char* path, const char* target) {
  name_set(directory, path, true);
  const Pause pause;
  Content content;
  content.is_link = true;
  content.data = target;
  const Id id = pause.recorder().recording.steps.back().named;
  // It is nothing but its name: where that is, it leads where it should.
  pause.recorder().recording.before[id].content = content;
}

void name_removed(int directory, const char* path) {
  const Pause pause;
  const Place place = place_of(pause.recorder(), directory, path);
  if (place.directory)
    take(pause.recorder(), {.kind = Step::Kind::remove_name, .id = *place.directory, .name = place.name});
}

void name_changed(int old_directory, const char* old_path, int new_directory, const char* new_path) {
  const Pause pause;
  Recorder& recorder = pause.recorder();
  const Place from = place_of(recorder, old_directory, old_path);
  const Place to = place_of(recorder, new_directory, new_path);
  struct stat state{};
  if (!to.directory || ::fstatat(new_directory, new_path, &state, AT_SYMLINK_NOFOLLOW) != 0) return;
  const auto id = id_of(recorder, state);
  if (!from.directory || !id) throw std::runtime_error("a rename from elsewhere");
  if (from.directory == to.directory) {
    take(recorder,
         {.kind = Step::Kind::rename, .id = *to.directory, .named = *id, .name = from.name, .new_name = to.name});
    return;
  }
  // Each of the two directories has its own time.
  take(recorder, {.kind = Step::Kind::set_name, .id = *to.directory, .named = *id, .name = to.name});
  take(recorder, {.kind = Step::Kind::remove_name, .id = *from.directory, .name = from.name});
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool is_there(int directory, const char* path) {
  struct stat state{};
  return ::fstatat(directory, path, &state, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace

Recording record(const std::string& root, const std::function<void()>& work) {
  Recorder recorder;
  struct stat state{};
  if (::stat(root.c_str(), &state) != 0) throw std::runtime_error("no directory " + root);
  recorder.device = state.st_dev;
  recorder.recording.root = walk(recorder, root, state);
  active = &recorder;
  try {
    work();
  } catch (...) {
    active = nullptr;
    throw;
  }
  active = nullptr;
  return std::move(recorder.recording);
}

void mark() {
  if (active != nullptr) take(*active, {.kind = Step::Kind::mark});
}

}  // namespace power

// The result of the real function, and `after` when it has succeeded.
#define CLOUDKIT_RECORDED(call, succeeded, after) \
  const auto result = (call);                     \
  if (power::active != nullptr && (succeeded)) {  \
    const int error_number = errno;               \
    after;                                        \
    errno = error_number;                         \
  }                                               \
  return result

// Other libraries, too, are to find these.
#pragma GCC visibility push(default)
extern "C" {

int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  static auto* const next = power::real<int(int, const char*, int, ...)>("openat");
  const bool fresh = power::active != nullptr && (flags & O_CREAT) != 0 && !power::is_there(directory, path);
  CLOUDKIT_RECORDED(next(directory, path, flags, mode), result >= 0 && fresh, power::name_set(directory, path, true));
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return openat(AT_FDCWD, path, flags, mode);
}

ssize_t write(int fd, const void* data, size_t size) {
  static auto* const next = power::real<ssize_t(int, const void*, size_t)>("write");
  CLOUDKIT_RECORDED(next(fd, data, size), result > 0, power::file_changed(fd));
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  static auto* const next = power::real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  CLOUDKIT_RECORDED(next(fd, data, size, offset), result > 0, power::file_changed(fd));
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* const next = power::real<int(int, off_t)>("ftruncate");
  CLOUDKIT_RECORDED(next(fd, size), result == 0, power::file_changed(fd));
}

int fallocate(int fd, int mode, off_t offset, off_t size) {
  static auto* const next = power::real<int(int, int, off_t, off_t)>("fallocate");
  CLOUDKIT_RECORDED(next(fd, mode, offset, size), result == 0, power::file_changed(fd));
}

ssize_t copy_file_range(int from, off64_t* from_offset, int to, off64_t* to_offset, size_t size, unsigned flags) {
  static auto* const next = power::real<ssize_t(int, off64_t*, int, off64_t*, size_t, unsigned)>("copy_file_range");
  CLOUDKIT_RECORDED(next(from, from_offset, to, to_offset, size, flags), result > 0, power::file_changed(to));
}

// As on a file system that has little room for them.
int fsetxattr(int fd, const char* name, const void* value, size_t size, int flags) noexcept {
  if (size > 1000) {
    errno = ENOSPC;
    return -1;
  }
  static auto* const next = power::real<int(int, const char*, const void*, size_t, int)>("fsetxattr");
  CLOUDKIT_RECORDED(next(fd, name, value, size, flags), result == 0, power::file_changed(fd));
}

int futimens(int fd, const struct timespec* times) noexcept {
  static auto* const next = power::real<int(int, const struct timespec*)>("futimens");
  CLOUDKIT_RECORDED(next(fd, times), result == 0, power::file_changed(fd));
}

int fchmod(int fd, mode_t mode) noexcept {
  static auto* const next = power::real<int(int, mode_t)>("fchmod");
  CLOUDKIT_RECORDED(next(fd, mode), result == 0, power::file_changed(fd));
}

// The power stays on, really: nobody has to wait for the disk.
int fsync(int fd) { CLOUDKIT_RECORDED(::fcntl(fd, F_GETFD) < 0 ? -1 : 0, result == 0, power::synced(fd)); }

int fdatasync(int fd) { return fsync(fd); }

int syncfs(int fd) noexcept { CLOUDKIT_RECORDED(::fcntl(fd, F_GETFD) < 0 ? -1 : 0, result == 0, power::all_synced()); }

int renameat(int old_directory, const char* old_path, int new_directory, const char* new_path) noexcept {
  static auto* const next = power::real<int(int, const char*, int, const char*)>("renameat");
  CLOUDKIT_RECORDED(next(old_directory, old_path, new_directory, new_path), result == 0,
                    power::name_changed(old_directory, old_path, new_directory, new_path));
}

int rename(const char* old_path, const char* new_path) noexcept {
  return renameat(AT_FDCWD, old_path, AT_FDCWD, new_path);
}

int renameat2(int old_directory, const char* old_path, int new_directory, const char* new_path,
              unsigned flags) noexcept {
  static auto* const next = power::real<int(int, const char*, int, const char*, unsigned)>("renameat2");
  CLOUDKIT_RECORDED(next(old_directory, old_path, new_directory, new_path, flags), result == 0,
                    power::name_changed(old_directory, old_path, new_directory, new_path));
}

int linkat(int old_directory, const char* old_path, int new_directory, const char* new_path, int flags) noexcept {
  static auto* const next = power::real<int(int, const char*, int, const char*, int)>("linkat");
  CLOUDKIT_RECORDED(next(old_directory, old_path, new_directory, new_path, flags), result == 0,
                    power::name_set(new_directory, new_path, false));
}

int unlinkat(int directory, const char* path, int flags) noexcept {
  static auto* const next = power::real<int(int, const char*, int)>("unlinkat");
  CLOUDKIT_RECORDED(next(directory, path, flags), result == 0, power::name_removed(directory, path));
}

int symlinkat(const char* target, int directory, const char* path) noexcept {
  static auto* const next = power::real<int(const char*, int, const char*)>("symlinkat");
  CLOUDKIT_RECORDED(next(target, directory, path), result == 0, power::link_made(directory, path, target));
}

int unlink(const char* path) noexcept { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char* path) noexcept { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int directory, const char* path, mode_t mode) noexcept {
  static auto* const next = power::real<int(int, const char*, mode_t)>("mkdirat");
  CLOUDKIT_RECORDED(next(directory, path, mode), result == 0, power::name_set(directory, path, true));
}

int mkdir(const char* path, mode_t mode) noexcept { return mkdirat(AT_FDCWD, path, mode); }

}  // extern "C"
#pragma GCC visibility pop
