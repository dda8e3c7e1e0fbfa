#include "tree_copy.h"

#include "format.h"

#include <fmt/format.h>

namespace cloudkit::tool {

int TreeCopy::upload(const std::string& directory, const Location& to) {
  const auto tree = LocalTree::open(directory);
  if (!tree) return session_.out.error(named(tree.error(), "cp", directory));
  const auto bucket = open(to);
  if (!bucket) return session_.out.error(bucket.error());

  LocalTree::Visitor visitor;
  visitor.stop = [&] { return session_.context.cancelled(); };
  visitor.skipped = [&](const std::string& name, const std::string& why) { skip(tree->path_of(name), why); };
  visitor.failed = [&](const Error& error) { fail(named(error, "cp", directory)); };
  visitor.file = [&](const std::string& name) {
    const std::string key = to.prefix() + name;
    start({tree->path_of(name), bucket->url(key), 0, [&, name, key]() -> Result<std::uint64_t> {
             const auto source = tree->read(name);
             if (!source) return source.error();
             if (choices_.dry_run) return (*source)->size();
             return tool::upload(**source, *bucket, key, choices_, session_.context);
           }});
  };
  tree->walk(visitor);
  return finish();
}

int TreeCopy::download(const Location& from, const std::string& directory) {
  const auto bucket = open(from);
  if (!bucket) return session_.out.error(bucket.error());
  std::optional<LocalTree> tree;
  if (!choices_.dry_run) {
    auto made = LocalTree::create(directory);
    if (!made) return session_.out.error(named(made.error(), "cp", directory));
    tree = *std::move(made);
  }
  each_object(*bucket, from.prefix(), [&](const ListEntry& entry, const std::string& name) {
    start_download(*bucket, entry, name, tree ? &*tree : nullptr, directory);
  });
  return finish();
}

void TreeCopy::start_download(const Bucket& from, const ListEntry& entry, const std::string& name, const LocalTree* to,
                              const std::string& directory) {
  // What consoles make to show an empty directory: "photos/", with nothing in it.
  const bool is_directory = entry.size == 0 && name.ends_with('/');
  const std::string path = is_directory ? name.substr(0, name.size() - 1) : name;
  if (auto status = check_relative(path); !status) return fail(named(status.error(), "cp", from.url(entry.key)));
  const std::string destination = fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", path);
  start({from.url(entry.key), destination, entry.size,
         [=, this, key = entry.key, size = entry.size, bucket = from]() -> Result<std::uint64_t> {
           if (to == nullptr) return size;
           if (is_directory)
             return to->make_directory(path).and_then([]() -> Result<std::uint64_t> { return std::uint64_t{0}; });
           if (choices_.if_absent && to->exists(path))
             return Error(ErrorCode::precondition_failed, "it exists already");
           auto file = to->write(path);
           if (!file) return std::move(file).error();
           const auto info = bucket.download(key, **file, get_options(choices_, session_.context));
           if (!info) return info.error();
           if (auto status = (*file)->publish(choices_.if_absent); !status) return status.error();
           return info->size;
         }});
}

int TreeCopy::copy(const Location& from, const Location& to) {
  const auto source = open(from);
  if (!source) return session_.out.error(source.error());
  const auto destination = open(to);
  if (!destination) return session_.out.error(destination.error());
  each_object(*source, from.prefix(), [&](const ListEntry& entry, const std::string& name) {
    const std::string key = to.prefix() + name;
    start({source->url(entry.key), destination->url(key), entry.size,
           [&, from_key = entry.key, key, size = entry.size]() -> Result<std::uint64_t> {
             if (choices_.dry_run) return size;
             return tool::copy(*source, from_key, *destination, key, choices_, session_.context);
           }});
  });
  return finish();
}

void TreeCopy::each_object(const Bucket& bucket, const std::string& prefix,
                           const std::function<void(const ListEntry& entry, const std::string& name)>& visit) {
  ListOptions options;
  options.prefix = prefix;
  options.context = session_.context;
  bool is_empty = true;
  for (const auto& entry : bucket.list(options)) {
    if (!entry) return end_listing(entry.error());
    is_empty = false;
    const std::string name = entry->key.substr(prefix.size());
    if (!name.empty()) visit(*entry, name);
  }
  // A bucket may be empty; a prefix that no key has is a slip of the pen.
  if (is_empty && !prefix.empty()) {
    end_listing(named(Error(ErrorCode::not_found, "no key begins with \"" + prefix + '"'), "cp", bucket.url(prefix)));
  }
}

void TreeCopy::end_listing(const Error& error) {
  fail(error);
  listing_exit_code_ = exit_code(error.code);
}

void TreeCopy::start(Item item) {
  workers_.run([this, item = std::move(item)] {
    if (session_.context.cancelled()) return;
    done(item, item.transfer());
  });
}

void TreeCopy::done(const Item& item, const Result<std::uint64_t>& result) {
  if (result) {
    ++copied_;
    bytes_ += *result;
    return report_copy(session_.out, item.from, item.to, *result, choices_.dry_run);
  }
  if (choices_.if_absent && result.error().code == ErrorCode::precondition_failed) {
    return skip(item.from, item.to + " exists already");
  }
  fail(named(result.error(), "cp", item.from));
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
                                                   .number("copied", copied_)
                                                   .number("bytes", bytes_)
                                                   .number("failed", failed_)
                                                   .number("skipped", skipped_)));
  } else {
    session_.out.line(fmt::format("{}copied {}, {}; {} failed, {} skipped", choices_.dry_run ? "would have " : "",
                                  count(copied_, "object"), count(bytes_, "byte"), failed_, skipped_));
  }
  if (session_.context.cancelled()) return session_.out.error(Error(ErrorCode::cancelled, "interrupted"));
  if (listing_exit_code_) return *listing_exit_code_;
  return failed_ == 0 ? 0 : 1;
}

}  // namespace cloudkit::tool
