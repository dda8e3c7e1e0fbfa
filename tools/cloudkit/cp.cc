#include "command.h"
#include "format.h"
#include "local_tree.h"
#include "location.h"
#include "move.h"
#include "overlap.h"
#include "progress_text.h"
#include "selection.h"
#include "spool.h"
#include "transfer.h"
#include "tree_copy.h"
#include "values.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

namespace cloudkit::tool {
namespace {

namespace fs = std::filesystem;
using Kind = Operand::Kind;

// Also of `mv`, which is the same and then removes.
class Cp final : public Command {
 public:
  explicit Cp(bool move) { choices_.move = move; }
  const char* name() const override { return choices_.operation(); }
  const char* summary() const override {
    return choices_.move ? "Move files and objects: copy, check, then remove" : "Copy files and objects";
  }

  void declare(Arguments& arguments) override {
    const bool move = choices_.move;
    arguments
        .positionals_and_last(
            "FROM",
            move ? "a URL, a pattern, a file, or with -r a directory or a prefix"
                 : "a URL, a pattern, a file, a directory with -r, or - for standard input",
            "TO", move ? "a URL, a file, or a directory" : "a URL, a file, a directory, or - for standard output",
            words_, Takes::place)
        .flag("-r,--recursive", choices_.recursive, "everything below a directory or a prefix")
        .flag("--if-absent", choices_.if_absent, "never replace anything; with -r what exists is skipped")
        .flag("-n,--dry-run", choices_.dry_run,
              move ? "say what would be moved, and move nothing" : "say what would be copied, and copy nothing")
        .option("-j,--jobs", choices_.jobs, "N", "transfers at once, with -r and patterns")
        .option("--limit", limit_text_, "RATE", "bytes a second, of all transfers together: 512K, 10M, 1G (by 1024)");
    if (move) {
      arguments.flag("--without-tags", choices_.without_tags, "also what has tags that cannot come along");
      arguments.examples(
          "  cloudkit mv s3://inbox/report.pdf s3://reports/2026/\n"
          "  cloudkit mv 's3://logs/2025/*.gz' 's3://archive?profile=archive'\n"
          "  cloudkit mv -r photos s3://album/2026");
      return;
    }
    arguments.option("--content-type", choices_.content_type, "TYPE", "of the objects made; else by their names")
        .may_be_empty()
        .option("--storage-class", choices_.storage_class, "NAME",
                "of the objects made, as the service calls it: STANDARD_IA")
        .option("--metadata", metadata_, "KEY=VALUE", "of the objects made; may be repeated")
        .option("--tag", tags_, "KEY=VALUE", "of the objects made from files; may be repeated")
        .option("--version-id", choices_.version_id, "ID",
                "of one object: an earlier version, as ls --versions shows it")
        .flag("--resume", choices_.resume, "of one large file: go on where an earlier such copy stopped")
        .examples(
            "  cloudkit cp report.pdf s3://reports/2026/\n"
            "  cloudkit cp s3://reports/2026/report.pdf .\n"
            "  cloudkit cp 's3://logs/2026/*.gz' logs\n"
            "  cloudkit cp -r photos s3://album/2026\n"
            "  cloudkit cp --storage-class GLACIER --tag year=2025 2025.tar s3://archive/\n"
            "  tar c photos | cloudkit cp - s3://album/photos.tar");
  }

  int run(Session& session) override {
    from_text_ = words_.front();
    if (words_.size() < 2) return usage(session, "TO is required", std::string("see: cloudkit ") + name() + " --help");
    if (auto status = check_jobs(choices_.jobs); !status) {
      return session.out.error(named(status.error(), name(), from_text_));
    }
    if (!limit_text_.empty()) {
      const auto rate = parse_rate(limit_text_);
      if (!rate) {
        return usage(session, "--limit " + limit_text_ + " is no rate",
                     "write bytes a second: 512K, 10M or 1G, by 1024");
      }
      choices_.limit = BandwidthLimit::bytes_per_second(*rate);
    }
    if (auto status = read_pairs(); !status) return session.out.error(named(status.error(), name(), from_text_));
    to_text_ = words_.back();
    words_.pop_back();
    if (words_.size() == 1) return copy_from(session, words_.front());
    if (const int code = check_several(session); code != 0) return code;
    choices_.made = std::make_shared<std::set<std::string>>();
    int worst = 0;
    for (const std::string& from : words_) {
      const int code = copy_from(session, from);
      if (code == exit_code(ErrorCode::cancelled)) return code;
      // Of several, that one failed says more than why.
      if (code != 0) worst = 1;
    }
    return worst;
  }

 private:
  Status read_pairs() {
    auto metadata = pairs_of(metadata_, "--metadata");
    if (!metadata) return std::move(metadata).error();
    auto tags = pairs_of(tags_, "--tag");
    if (!tags) return std::move(tags).error();
    choices_.metadata = *std::move(metadata);
    choices_.tags = *std::move(tags);
    return {};
  }

  // That several do not become one object.
  int check_several(Session& session) const {
    if (choices_.recursive || choices_.resume) {
      return usage(session, choices_.recursive ? "-r takes one FROM" : "--resume takes one FROM",
                   "a pattern names several");
    }
    if (!choices_.version_id.empty()) return session.out.error(one_object(name(), from_text_));
    const auto to = parse_operand(to_text_, false);
    if (!to) return session.out.error(to.error());
    std::error_code ignored;
    const bool is_place = to->kind == Kind::url    ? !to->location.names_object()
                          : to->kind == Kind::path ? to_text_.ends_with('/') || fs::is_directory(to_text_, ignored)
                                                   : false;
    if (!is_place) return usage(session, to_text_ + " is no directory", "end it with / to copy several there");
    // What patterns match shows only when it is listed.
    std::set<std::string> names;
    for (const std::string& text : words_) {
      const auto from = parse_operand(text, true);
      if (!from || from->location.pattern) continue;
      const std::string name(last_name(from->kind == Kind::url ? from->location.key : text));
      if (!name.empty() && !names.insert(name).second) {
        return usage(session, "two of them are called " + name, "copy one after the other");
      }
    }
    return 0;
  }

  int copy_from(Session& session, const std::string& text) {
    from_text_ = text;
    auto from = parse_operand(from_text_, true);
    if (!from) return session.out.error(from.error());
    auto to = parse_operand(to_text_, false);
    if (!to) return session.out.error(to.error());
    if (from->kind != Kind::url && to->kind != Kind::url) {
      return usage(session, "neither FROM nor TO is a URL",
                   std::string("write s3://BUCKET/KEY, or use ") + name() + "(1) between files");
    }
    for (const Operand* operand : {&*from, &*to}) {
      if (operand->kind == Kind::url && operand->location.names_store()) {
        return usage(session, operand->text + " names no bucket", "write s3://BUCKET/KEY");
      }
      if (operand->kind == Kind::stdio && choices_.move) {
        return usage(session, "- cannot be moved", "cloudkit cp copies from and to it");
      }
    }
    if (to->kind != Kind::url && choices_.describe_objects()) {
      return usage(session, "--content-type, --storage-class, --metadata and --tag are of objects",
                   to->text + " is none");
    }
    if (from->kind == Kind::url && !choices_.tags.empty()) {
      return usage(session, "--tag is of objects made from files", "a copy has the tags of what it was made from");
    }
    if (!choices_.version_id.empty() && (from->kind != Kind::url || choices_.recursive || from->location.pattern)) {
      return session.out.error(one_object(name(), from_text_));
    }
    if (const char* const reason = choices_.resume ? not_resumable(*from, *to) : nullptr) {
      return usage(session, "--resume is of one file", reason);
    }
    if (!choices_.recursive && from->kind == Kind::url && from->location.names_tree()) {
      return usage(session, "it names a bucket or a prefix", "-r copies what is below it");
    }
    if (choices_.recursive || from->location.pattern) return copy_tree(session, *from, *to);
    ProgressMeter meter(session.out);
    choices_.progress = session.out.shows_progress() ? meter.of_all() : nullptr;
    return copy_one(session, *from, *to);
  }

  int usage(Session& session, std::string message, std::string hint) const {
    return session.out.error(
        named(Error(ErrorCode::invalid_argument, std::move(message), std::move(hint)), name(), from_text_));
  }

  // What only a file that is named can be: compared with what it was, and given its name at the end.
  const char* not_resumable(const Operand& from, const Operand& to) const {
    if (choices_.recursive || from.location.pattern)
      return "with -r use --if-absent, which skips what was copied already";
    if (from.kind == Kind::stdio || to.kind == Kind::stdio) return "a stream cannot be read or written again";
    if (from.kind == Kind::url && to.kind == Kind::url) return "between two URLs no file is left in which to go on";
    if (to.kind == Kind::path && choices_.if_absent) return "when downloading it does not go with --if-absent";
    return nullptr;
  }

  int copy_tree(Session& session, const Operand& from, const Operand& to) const {
    if (from.kind == Kind::stdio || to.kind == Kind::stdio) return usage(session, "- is one stream, no tree", "");
    TreeCopy copy(session, choices_);
    if (from.kind == Kind::path) return copy.upload(from.text, to.location);
    if (to.kind == Kind::path) return copy.download(from.location, to.text);
    return copy.copy(from.location, to.location);
  }

  int copy_one(Session& session, const Operand& from, const Operand& to) const {
    std::error_code ignored;
    if (from.kind == Kind::path && fs::is_directory(from.text, ignored)) {
      return usage(session, "it is a directory", "-r copies what is below it");
    }
    if (to.kind == Kind::url) return store(session, from, to.location);
    return fetch(session, from.location, to);
  }

  // To an object. A place that ends with '/' gives it the name that it has.
  int store(Session& session, const Operand& from, const Location& to) const {
    std::string key = to.key;
    if (!to.names_object()) {
      if (from.kind == Kind::stdio) return usage(session, to.given + " names no object", "standard input has no name");
      key += last_name(from.kind == Kind::url ? from.location.key : from.text);
    }
    const auto bucket = open(to);
    if (!bucket) return session.out.error(bucket.error());
    if (auto status = claim(object_url(*bucket, key), choices_); !status) {
      return session.out.error(named(status.error(), name(), from.text));
    }
    if (auto status = check_absent(*bucket, key, choices_, session.context); !status) {
      return session.out.error(named(status.error(), name(), from.text));
    }
    if (from.kind == Kind::stdio && choices_.dry_run) {
      report_copy(session.out, from.text, object_url(*bucket, key), std::nullopt, choices_);
      return 0;
    }
    std::string source = from.text;
    Result<std::uint64_t> size = std::uint64_t{0};
    if (from.kind == Kind::url) {
      const auto origin = from.location.bucket_url == to.bucket_url ? bucket : open(from.location);
      if (!origin) return session.out.error(origin.error());
      source = object_url(*origin, from.location.key);
      const CopyStep send = [&] { return copy(*origin, from.location.key, *bucket, key, choices_, session.context); };
      const MoveTarget target{&*bucket, key, choices_.if_absent, {}, choices_.without_tags};
      size = choices_.move      ? move_object(*origin, from.location.key, target, session.context,
                                         choices_.dry_run ? CopyStep() : send)
             : choices_.dry_run ? size_of(*origin, from.location.key, session)
                                : send();
    } else {
      size = store_local(session, from, *bucket, key);
    }
    if (!size) return session.out.error(named(size.error(), name(), from.text));
    report_copy(session.out, source, object_url(*bucket, key), *size, choices_);
    return 0;
  }

  Result<std::uint64_t> store_local(Session& session, const Operand& from, const Bucket& bucket,
                                    const std::string& key) const {
    if (from.kind == Kind::stdio) {
      const auto source = read_stdin(session.context);
      if (!source) return source.error();
      return upload(**source, bucket, key, choices_, session.context);
    }
    if (auto status = check_not_itself(from.text, bucket, key); !status) return status.error();
    std::error_code error;
    const auto size = fs::file_size(from.text, error);
    if (error == std::errc::no_such_file_or_directory) {
      return Error(ErrorCode::not_found, "there is no such file",
                   "a relative path starts at " + fs::current_path(error).string());
    }
    if (choices_.dry_run && !error) return std::uint64_t{size};
    const auto send = [&]() -> Result<std::uint64_t> {
      if (!error && size == 0 && !choices_.resume) {
        const auto source = read_file(from.text, session.context);
        if (!source) return source.error();
        return upload(**source, bucket, key, choices_, session.context);
      }
      return bucket.put(key, File{from.text}, put_options(choices_, session.context)).map([](const ObjectInfo& info) {
        return info.size;
      });
    };
    if (!choices_.move) return send();
    const auto tree = LocalTree::open_parent_of(from.text);
    if (!tree) return tree.error();
    return move_file(*tree, std::string(last_name(from.text)), {&bucket, key, choices_.if_absent}, session.context,
                     send);
  }

  Result<std::uint64_t> size_of(const Bucket& bucket, const std::string& key, const Session& session) const {
    return bucket.head(key, {choices_.version_id, session.context}).map([](const ObjectInfo& info) {
      return info.size;
    });
  }

  // From an object, to a file or standard output.
  int fetch(Session& session, const Location& from, const Operand& to) const {
    const auto bucket = open(from);
    if (!bucket) return session.out.error(bucket.error());
    if (to.kind == Kind::stdio) {
      if (choices_.dry_run) return show_copy(session, *bucket, from.key, to.text);
      return print_object(session, *bucket, from.key, get_options(choices_, session.context));
    }
    std::string path = to.text;
    std::error_code ignored;
    if (path.ends_with('/') || fs::is_directory(path, ignored)) {
      const std::string name(last_name(from.key));
      if (auto status = check_relative(name); !status) {
        return session.out.error(named(status.error(), choices_.operation(), bucket->url(from.key)));
      }
      path += path.ends_with('/') ? name : '/' + name;
    }
    if (auto status = check_not_itself(path, *bucket, from.key); !status) {
      return session.out.error(named(status.error(), name(), bucket->url(from.key)));
    }
    if (auto status = check_absent(path, choices_); !status) {
      return session.out.error(named(status.error(), name(), from.given));
    }
    if (auto status = claim(path, choices_); !status)
      return session.out.error(named(status.error(), name(), from.given));
    const auto receive = [&]() -> Result<std::uint64_t> {
      if (auto status = make_directories(session, *bucket, from.key, to.text); !status) return status.error();
      return fetch_to(session, *bucket, from.key, path);
    };
    if (choices_.dry_run) return show_copy(session, *bucket, from.key, path);
    const auto there = [&]() -> Result<std::unique_ptr<Source>> {
      const auto tree = LocalTree::open_parent_of(path);
      if (!tree) return tree.error();
      return tree->read(std::string(last_name(path)));
    };
    const MoveTarget target{nullptr, {}, choices_.if_absent, there};
    const auto size = choices_.move ? move_object(*bucket, from.key, target, session.context, receive) : receive();
    if (!size) return session.out.error(named(size.error(), name(), bucket->url(from.key)));
    report_copy(session.out, object_url(*bucket, from.key), path, *size, choices_);
    return 0;
  }

  // Those of a place that ends with '/', as -r does, once it is known that there is something to put there.
  Status make_directories(const Session& session, const Bucket& bucket, const std::string& key,
                          const std::string& place) const {
    std::error_code ignored;
    if (!place.ends_with('/') || fs::is_directory(place, ignored)) return {};
    if (const auto size = size_of(bucket, key, session); !size) return size.error();
    const auto tree = LocalTree::create(place, choices_.move);
    return tree ? Status() : Status(tree.error());
  }

  // What a dry run says.
  int show_copy(Session& session, const Bucket& bucket, const std::string& key, const std::string& to) const {
    const auto size = size_of(bucket, key, session);
    if (!size) return session.out.error(size.error());
    report_copy(session.out, object_url(bucket, key), to, *size, choices_);
    return 0;
  }

  Result<std::uint64_t> fetch_to(const Session& session, const Bucket& bucket, const std::string& key,
                                 const std::string& path) const {
    const GetOptions options = get_options(choices_, session.context);
    if (!choices_.if_absent) {
      return bucket.download(key, File{path}, options).map([](const ObjectInfo& info) { return info.size; });
    }
    const auto tree = LocalTree::open_parent_of(path);
    if (!tree) return tree.error();
    return tool::download(bucket, key, *tree, std::string(last_name(path)), choices_, session.context);
  }

  std::vector<std::string> words_;  // TO is the last one.
  std::string from_text_;
  std::string to_text_;
  std::string limit_text_;
  std::vector<std::string> metadata_;
  std::vector<std::string> tags_;
  CopyChoices choices_;
};

}  // namespace

std::unique_ptr<Command> make_cp() { return std::make_unique<Cp>(false); }
std::unique_ptr<Command> make_mv() { return std::make_unique<Cp>(true); }

}  // namespace cloudkit::tool
