#include "tree_copy.h"

#include "format.h"

#include <fmt/format.h>

namespace cloudkit::tool {

int TreeCopy::upload(const std::string& directory, const Location& to) {
  const auto tree = LocalTree::open(directory);
  if (!tree) return session_.out.error(named(tree.error(), choices_.operation(), directory));
  const auto bucket = open(to);
  if (!bucket) return session_.out.error(bucket.error());
  overlap_ = Overlap::of_directory_and_bucket(directory, *bucket, to);
  if (auto status = overlap_.check_apart(to.given); !status) return refuse(status, directory);

  LocalTree::Visitor visitor;
  visitor.stop = [&] { return session_.context.cancelled(); };
  visitor.skipped = [&](const std::string& name, const std::string& why) { skip(tree->path_of(name), why); };
  visitor.failed = [&](const Error& error) { fail(named(error, choices_.operation(), directory)); };
  visitor.file = [&](const std::string& name) {
    const std::string key = to.prefix() + name;
    if (!starts_apart(name, tree->path_of(name), {})) return;
    if (auto status = check_not_itself(tree->path_of(name), *bucket, key); !status) {
      return fail(named(status.error(), choices_.operation(), tree->path_of(name)));
    }
    const auto size = tree->identify(name).map([](const LocalTree::Identity& file) { return file.size; });
    const auto send = [&, name, key](const CopyChoices& choices) -> Result<std::uint64_t> {
      const auto source = tree->read(name);
      if (!source) return source.error();
      if (auto status = check_absent(*bucket, key, choices, session_.context); !status) return status.error();
      if (choices.dry_run) return (*source)->size();
      return tool::upload(**source, *bucket, key, choices, session_.context);
    };
    start({tree->path_of(name), object_url(*bucket, key), size ? *size : 0,
           [&, name, key, send](const CopyChoices& choices) -> Result<std::uint64_t> {
             if (!choices.move || choices.dry_run) return send(choices);
             return move_file(*tree, name, {&*bucket, key, choices.if_absent}, session_.context,
                              [&] { return send(choices); });
           }});
  };
  tree->walk(visitor);
  const int code = finish();
  if (choices_.move && !choices_.dry_run && code == 0) tree->remove_empty_directories();
  return code;
}

int TreeCopy::download(const Location& from, const std::string& directory) {
  const auto bucket = open(from);
  if (!bucket) return session_.out.error(bucket.error());
  overlap_ = Overlap::of_bucket_and_directory(*bucket, from, directory);
  if (!from.pattern) {
    if (auto status = overlap_.check_apart(directory); !status) return refuse(status, from.given);
  }
  std::optional<LocalTree> tree;
  Status made;
  const auto make_directory = [&] {
    if (choices_.dry_run || tree || !made) return;
    auto created = LocalTree::create(directory, choices_.move);
    if (created) {
      tree = *std::move(created);
    } else {
      made = std::move(created).error();
    }
  };
  each_object(*bucket, from, [&](const ListEntry& entry, const std::string& name) {
    make_directory();
    if (!made || !starts_apart(name, bucket->url(entry.key), from.pattern)) return;
    start_download(*bucket, entry, name, tree ? &*tree : nullptr, directory);
  });
  // What is empty becomes an empty directory; what is not there becomes none.
  if (!listing_exit_code_) make_directory();
  if (!made) return session_.out.error(named(made.error(), choices_.operation(), directory));
  const int code = finish();
  return code == 0 ? move_marker(*bucket, from, {}) : code;
}

void TreeCopy::start_download(const Bucket& from, const ListEntry& entry, const std::string& name, const LocalTree* to,
                              const std::string& directory) {
  // What consoles make to show an empty directory: "photos/", with nothing in it.
  const bool is_directory = entry.size == 0 && name.ends_with('/');
  const std::string path = is_directory ? name.substr(0, name.size() - 1) : name;
  if (auto status = check_relative(path); !status)
    return fail(named(status.error(), choices_.operation(), from.url(entry.key)));
  const std::string destination = fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", path);
  if (auto status = check_not_itself(destination, from, entry.key); !status) {
    return fail(named(status.error(), choices_.operation(), from.url(entry.key)));
  }
  const auto fetch = [=, this, key = entry.key, size = entry.size,
                      bucket = from](const CopyChoices& choices) -> Result<std::uint64_t> {
    if (auto status = check_absent(destination, choices); !status && !is_directory) return status.error();
    if (to == nullptr) return size;
    if (is_directory) {
      return to->make_directory(path).and_then([]() -> Result<std::uint64_t> { return std::uint64_t{0}; });
    }
    return tool::download(bucket, key, *to, path, choices, session_.context);
  };
  start({object_url(from, entry.key), destination, entry.size,
         [=, this, key = entry.key, bucket = from](const CopyChoices& choices) -> Result<std::uint64_t> {
           if (!choices.move || choices.dry_run) return fetch(choices);
           return move_object(bucket, key, {nullptr, {}, choices.if_absent, [=] { return to->read(path); }},
                              session_.context, [&] { return fetch(choices); });
         }});
}

int TreeCopy::copy(const Location& from, const Location& to) {
  const auto source = open(from);
  if (!source) return session_.out.error(source.error());
  const auto destination = open(to);
  if (!destination) return session_.out.error(destination.error());
  overlap_ = Overlap::of_buckets(*source, from, *destination, to, session_.context);
  if (!from.pattern) {
    if (auto status = overlap_.check_apart(to.given); !status) return refuse(status, from.given);
  }
  each_object(*source, from, [&](const ListEntry& entry, const std::string& name) {
    if (!starts_apart(name, source->url(entry.key), from.pattern)) return;
    const std::string key = to.prefix() + name;
    const auto send = [&, from_key = entry.key, key, size = entry.size](const CopyChoices& choices) {
      if (auto status = check_absent(*destination, key, choices, session_.context); !status) {
        return Result<std::uint64_t>(status.error());
      }
      if (choices.dry_run) return Result<std::uint64_t>(size);
      return tool::copy(*source, from_key, *destination, key, choices, session_.context);
    };
    start({object_url(*source, entry.key), object_url(*destination, key), entry.size,
           [&, send, from_key = entry.key, key](const CopyChoices& choices) -> Result<std::uint64_t> {
             if (!choices.move || choices.dry_run) return send(choices);
             return move_object(*source, from_key, {&*destination, key, choices.if_absent, {}, choices.without_tags},
                                session_.context, [&] { return send(choices); });
           }});
  });
  const int code = finish();
  return code == 0
             ? move_marker(*source, from, {&*destination, to.prefix(), choices_.if_absent, {}, choices_.without_tags})
             : code;
}

// What stands for the tree itself: "photos/", which would go on showing an empty one.
int TreeCopy::move_marker(const Bucket& bucket, const Location& from, const MoveTarget& to) {
  const std::string marker = from.prefix();
  if (!choices_.move || choices_.dry_run || from.pattern || marker.empty()) return 0;
  const auto info = bucket.head(marker, {.context = session_.context});
  if (!info || info->size != 0) return 0;
  Status status;
  if (to.bucket == nullptr || to.key.empty()) {
    status = bucket.remove(marker, {.context = session_.context});
  } else {
    const auto send = [&] { return tool::copy(bucket, marker, *to.bucket, to.key, choices_, session_.context); };
    if (auto moved = move_object(bucket, marker, to, session_.context, send); !moved) status = moved.error();
  }
  return status ? 0 : session_.out.error(named(status.error(), choices_.operation(), bucket.url(marker)));
}

int TreeCopy::refuse(const Status& status, const std::string& from) {
  return session_.out.error(named(status.error(), choices_.operation(), from));
}

// That it is no copy of this run, and becomes nothing that is to be moved.
bool TreeCopy::starts_apart(const std::string& name, const std::string& from,
                            const std::optional<KeyPattern>& pattern) {
  if (arrived_.count(name) != 0) {
    skip(from, "another one is copied to it");
    return false;
  }
  auto again = overlap_.arrives_as(name);
  if (!again || (pattern && !takes(*pattern, *again, choices_.recursive))) return true;
  const auto refused = [&](Error error) {
    fail(named(std::move(error), choices_.operation(), from));
    return false;
  };
  if (*again == name) {
    return refused({ErrorCode::invalid_argument, "source and destination are the same object", "it stays as it is"});
  }
  if (choices_.move) {
    return refused({ErrorCode::invalid_argument, "its new place lies in what is moved", "choose another place"});
  }
  arrived_.insert(*std::move(again));
  return true;
}

void TreeCopy::each_object(const Bucket& bucket, const Location& location, const VisitObject& visit) {
  const auto status =
      for_each_object(bucket, location, choices_.recursive, session_.context, choices_.operation(), visit);
  if (status) return;
  fail(status.error());
  listing_exit_code_ = exit_code(status.error());
}

void TreeCopy::start(Item item) {
  if (auto status = claim(item.to, choices_); !status) {
    return fail(named(status.error(), choices_.operation(), item.from));
  }
  meter_.expect(item.size);
  workers_.run([this, item = std::move(item)] {
    if (session_.context.cancelled()) return;
    CopyChoices choices = choices_;
    choices.progress = meter_.one();
    done(item, item.transfer(choices));
    meter_.done();
  });
}

void TreeCopy::done(const Item& item, const Result<std::uint64_t>& result) {
  if (result) {
    ++copied_;
    bytes_ += *result;
    return report_copy(session_.out, item.from, item.to, *result, choices_);
  }
  if (choices_.if_absent && result.error().code == ErrorCode::precondition_failed) {
    stays_ = choices_.move;
    return skip(item.from, item.to + " exists already");
  }
  fail(named(result.error(), choices_.operation(), item.from));
}

void TreeCopy::skip(const std::string& what, const std::string& why) {
  ++skipped_;
  session_.out.notice(fmt::format("skipped {}: {}", what, why));
}

void TreeCopy::fail(const Error& error) {
  if (error.code == ErrorCode::cancelled) return;
  ++failed_;
  session_.out.error(error);
}

int TreeCopy::finish() {
  workers_.finish();
  if (session_.out.json()) {
    session_.out.object(Json().object("total", Json()
                                                   .number(choices_.move ? "moved" : "copied", copied_)
                                                   .number("bytes", bytes_)
                                                   .number("failed", failed_)
                                                   .number("skipped", skipped_)));
  } else {
    session_.out.line(fmt::format("{}{} {}, {}; {} failed, {} skipped", choices_.dry_run ? "would have " : "",
                                  choices_.move ? "moved" : "copied", count(copied_, "object"), count(bytes_, "byte"),
                                  failed_.load(), skipped_.load()));
  }
  if (session_.context.cancelled()) return session_.out.error(Error(ErrorCode::cancelled, "interrupted"));
  if (listing_exit_code_) return *listing_exit_code_;
  return failed_ == 0 && !stays_ ? 0 : 1;
}

}  // namespace cloudkit::tool
