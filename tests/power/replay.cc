#include "power/disk.h"

#include "support/temporary_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace power {
namespace {

using Kind = Step::Kind;

// More names than this are never open at once: what is enumerated doubles with each.
constexpr std::size_t kMostOpenNames = 12;

// Of more names so many sets are tried, beside those that are likely.
constexpr int kChosenByChance = 8;

using Chosen = std::vector<bool>;

// Which of `count` names that are not synced are there.
std::vector<Chosen> choices(std::size_t count) {
  std::vector<Chosen> all;
  if (count <= kMostOpenNames) {
    for (std::size_t bits = 0; bits < std::size_t{1} << count; ++bits) {
      Chosen chosen(count);
      for (std::size_t i = 0; i < count; ++i) chosen[i] = (bits >> i & 1) != 0;
      all.push_back(std::move(chosen));
    }
    return all;
  }
  std::mt19937 random(static_cast<unsigned>(count));
  for (std::size_t i = 0; i <= count; ++i) {
    Chosen first(count);
    std::fill_n(first.begin(), i, true);
    all.push_back(std::move(first));
    if (i == count) break;
    Chosen but_one(count, true);
    but_one[i] = false;
    all.push_back(std::move(but_one));
  }
  for (int i = 0; i < kChosenByChance; ++i) {
    Chosen chosen(count);
    for (std::size_t bit = 0; bit < count; ++bit) chosen[bit] = (random() & 1) != 0;
    all.push_back(std::move(chosen));
  }
  return all;
}

// How much of the bytes that were not synced is there.
enum class Kept { nothing, all, half, zeros };

struct Disk {
  std::map<Id, Node> nodes;        // What is sure.
  std::map<Id, Content> written;   // What was written last, if it is not sure.
  std::vector<const Step*> names;  // The changes of names that are not sure.
  int marks = 0;
};

void apply(std::map<std::string, Id>& names, const Step& step) {
  if (step.kind == Kind::rename) {
    names.erase(step.name);
    names[step.new_name] = step.named;
  } else if (step.kind == Kind::set_name) {
    names[step.name] = step.named;
  } else {
    names.erase(step.name);
  }
}

void sync(Disk& disk, Id id) {
  if (const auto written = disk.written.find(id); written != disk.written.end()) {
    disk.nodes[id].content = written->second;
    disk.written.erase(written);
  }
  std::erase_if(disk.names, [&](const Step* step) {
    if (step->id == id) apply(disk.nodes[id].names, *step);
    return step->id == id;
  });
}

void take(Disk& disk, const Step& step) {
  switch (step.kind) {
    case Kind::write: disk.written[step.id] = step.content; return;
    case Kind::sync:
      if (step.id != 0) return sync(disk, step.id);
      for (const Step* name : disk.names) apply(disk.nodes[name->id].names, *name);
      disk.names.clear();
      return;
    case Kind::mark: ++disk.marks; return;
    default: disk.names.push_back(&step);
  }
}

Content content_after(const Content& sure, const Content& written, Kept kept) {
  if (kept == Kept::nothing) return sure;
  if (kept == Kept::all) return written;
  Content content = sure;
  if (written.data == sure.data) return content;
  // What was there stays where bytes came behind it.
  const std::size_t stays = written.data.starts_with(sure.data) ? sure.data.size() : 0;
  const std::size_t fresh = written.data.size() - stays;
  content.data.resize(stays);
  content.data += kept == Kept::half ? written.data.substr(stays, fresh / 2) : std::string(fresh, '\0');
  return content;
}

// What is there after the cut, as it is found when the machine is on again.
class State {
 public:
  State(const Recording& recording, const Disk& disk, const Chosen& chosen, Kept kept)
      : recording_(recording), nodes_(disk.nodes) {
    for (std::size_t i = 0; i < disk.names.size(); ++i) {
      if (chosen[i]) apply(nodes_[disk.names[i]->id].names, *disk.names[i]);
    }
    for (const auto& [id, written] : disk.written) {
      nodes_[id].content = content_after(nodes_[id].content, written, kept);
    }
    for (const Id id : recording.directories) nodes_[id].is_directory = true;
  }

  // The same for states that are the same.
  std::string show() const { return show(recording_.root, ""); }

  void make(const std::string& root) {
    make_names(recording_.root, root);
    // Names of sidecars, now that the numbers are known.
    for (const auto& [path, name] : sidecars_) {
      const auto number = recording_.numbers.find(name);
      const auto made = number == recording_.numbers.end() ? made_.end() : made_.find(number->second);
      if (made == made_.end()) continue;
      struct stat state{};
      ::stat(made->second.c_str(), &state);
      const std::string rest = name.substr(name.find('-', 9));
      const std::string there = path.substr(0, path.size() - name.size());
      ::rename(path.c_str(),
               (there + fmt::format(".ck-attr-{:x}", static_cast<std::uint64_t>(state.st_ino)) + rest).c_str());
    }
  }

 private:
  std::string show(Id id, const std::string& path) const {
    const auto found = nodes_.find(id);
    const Node node = found == nodes_.end() ? Node() : found->second;
    if (!node.is_directory) {
      const std::string& data = node.content.data;
      return fmt::format("{} {} bytes {:.20} attributes {:.60} {}.{}\n", path, data.size(),
                         data.empty() || data[0] == '\0' ? "0" : data, node.content.attributes.value_or("none"),
                         node.content.seconds, node.content.nanoseconds);
    }
    std::string out = path + "/\n";
    for (const auto& [name, named] : node.names) out += show(named, path + '/' + name);
    return out;
  }

  void make_names(Id directory, const std::string& path) {
    for (const auto& [name, id] : nodes_[directory].names) {
      const std::string there = path + '/' + name;
      if (nodes_[id].is_directory) {
        ::mkdir(there.c_str(), 0755);
        make_names(id, there);
        continue;
      }
      if (name.starts_with(".ck-attr-")) sidecars_.emplace_back(there, name);
      if (nodes_[id].content.is_link) {
        if (::symlink(nodes_[id].content.data.c_str(), there.c_str()) != 0)
          throw std::runtime_error("cannot make " + there);
        continue;
      }
      if (const auto made = made_.find(id); made != made_.end()) {
        if (::link(made->second.c_str(), there.c_str()) != 0) throw std::runtime_error("cannot link " + there);
        continue;
      }
      make_file(nodes_[id].content, there);
      made_[id] = there;
    }
  }

  static void make_file(const Content& content, const std::string& path) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, content.mode);
    if (fd < 0) throw std::runtime_error("cannot make " + path);
    const bool written =
        ::write(fd, content.data.data(), content.data.size()) == static_cast<ssize_t>(content.data.size());
    if (content.attributes) ::fsetxattr(fd, "user.cloudkit", content.attributes->data(), content.attributes->size(), 0);
    const struct timespec times[2] = {{0, UTIME_OMIT}, {content.seconds, content.nanoseconds}};
    ::futimens(fd, times);
    ::close(fd);
    if (!written) throw std::runtime_error("cannot write " + path);
  }

  const Recording& recording_;
  std::map<Id, Node> nodes_;
  std::map<Id, std::string> made_;
  std::vector<std::pair<std::string, std::string>> sidecars_;
};

// All states after the first `count` steps.
std::optional<std::string> look(const Recording& recording, const Disk& disk, std::size_t count, const Check& check,
                                States& right) {
  for (const Chosen& chosen : choices(disk.names.size())) {
    for (const Kept kept : {Kept::nothing, Kept::all, Kept::half, Kept::zeros}) {
      State state(recording, disk, chosen, kept);
      const std::string shown = fmt::format("{} {}", disk.marks, state.show());
      if (right.contains(shown)) continue;
      const test::TemporaryDirectory place;
      state.make(place.path());
      const std::string wrong = check(place.path(), disk.marks);
      if (wrong.empty()) {
        right.insert(shown);
        continue;
      }
      std::string text = fmt::format("{}, after {} of {} steps, {} of them promised:\n{}", wrong, count,
                                     recording.steps.size(), disk.marks, state.show());
      for (std::size_t i = 0; i < count; ++i) text += recording.show(i) + '\n';
      return text;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::size_t> Recording::syncs() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kind == Kind::sync) found.push_back(i);
  }
  return found;
}

std::string Recording::synced(std::size_t step) const {
  const Id id = steps[step].id;
  if (id == 0) return "all names";
  if (id == root) return "/";
  for (const Step& s : steps) {
    if (s.kind == Kind::set_name && s.named == id) return s.name;
  }
  for (const auto& [above, node] : before) {
    for (const auto& [name, named] : node.names) {
      if (named == id) return name;
    }
  }
  return "?";
}

std::string Recording::show(std::size_t step) const {
  const Step& s = steps[step];
  switch (s.kind) {
    case Kind::write: return fmt::format("{} write #{}: {} bytes", step, s.id, s.content.data.size());
    case Kind::sync:
      return fmt::format("{} fsync #{}{} {}", step, s.id, directories.contains(s.id) ? "/" : "", synced(step));
    case Kind::set_name: return fmt::format("{} in #{} {} is #{}", step, s.id, s.name, s.named);
    case Kind::remove_name: return fmt::format("{} in #{} no {}", step, s.id, s.name);
    case Kind::rename: return fmt::format("{} in #{} {} becomes {}", step, s.id, s.name, s.new_name);
    case Kind::mark: break;
  }
  return fmt::format("{} promised", step);
}

std::optional<std::string> find_wrong_state(const Recording& recording, const Check& check, States& right,
                                            std::optional<std::size_t> without) {
  Disk disk;
  disk.nodes = recording.before;
  std::optional<std::string> wrong = look(recording, disk, 0, check, right);
  for (std::size_t i = 0; i < recording.steps.size() && !wrong; ++i) {
    if (i != without) take(disk, recording.steps[i]);
    wrong = look(recording, disk, i + 1, check, right);
  }
  return wrong;
}

}  // namespace power
