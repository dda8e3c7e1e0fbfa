#include "command.h"
#include "format.h"
#include "local_tree.h"
#include "location.h"
#include "spool.h"
#include "transfer.h"
#include "tree_copy.h"

#include <fmt/format.h>

#include <filesystem>

namespace cloudkit::tool {
namespace {

namespace fs = std::filesystem;
using Kind = Operand::Kind;

class Cp final : public Command {
 public:
  const char* name() const override { return "cp"; }
  const char* summary() const override { return "Copy files and objects"; }

  void declare(Arguments& arguments) override {
    arguments.positional("FROM", from_text_, "a URL, a file, a directory with -r, or - for standard input")
        .positional("TO", to_text_, "a URL, a file, a directory, or - for standard output")
        .flag("-r,--recursive", choices_.recursive, "everything below a directory or a prefix")
        .flag("--if-absent", choices_.if_absent, "never replace anything; with -r what exists is skipped")
        .flag("-n,--dry-run", choices_.dry_run, "say what would be copied, and copy nothing")
        .option("--content-type", choices_.content_type, "TYPE", "of the objects made (default: by their names)")
        .option("-j,--jobs", choices_.jobs, "N", "transfers at once, with -r")
        .option("--limit", limit_text_, "RATE", "bytes a second, of all transfers together: 512K, 10M, 1G (by 1024)")
        .flag("--resume", choices_.resume, "of one large file: go on where an earlier such copy stopped")
        .examples(
            "  cloudkit cp report.pdf s3://reports/2026/\n"
            "  cloudkit cp s3://reports/2026/report.pdf .\n"
            "  cloudkit cp -r photos s3://album/2026\n"
            "  tar c photos | cloudkit cp - s3://album/photos.tar");
  }

  int run(Session& session) override {
    if (choices_.jobs < 1 || choices_.jobs > 256) return usage(session, "--jobs must be from 1 to 256", "");
    auto from = parse_operand(from_text_);
    if (!from) return session.out.error(from.error());
    auto to = parse_operand(to_text_);
    if (!to) return session.out.error(to.error());
    if (from->kind != Kind::url && to->kind != Kind::url) {
      return usage(session, "neither FROM nor TO is a URL", "write s3://BUCKET/KEY, or use cp(1) between files");
    }
    for (const Operand* operand : {&*from, &*to}) {
      if (operand->kind == Kind::url && operand->location.names_store()) {
        return usage(session, operand->text + " names no bucket", "write s3://BUCKET/KEY");
      }
    }
    if (!limit_text_.empty()) {
      const auto rate = parse_rate(limit_text_);
      if (!rate) {
        return usage(session, "--limit " + limit_text_ + " is no rate",
                     "write bytes a second: 512K, 10M or 1G, by 1024");
      }
      choices_.limit = BandwidthLimit::bytes_per_second(*rate);
    }
    if (const char* const reason = choices_.resume ? not_resumable(*from, *to) : nullptr) {
      return usage(session, "--resume is of one file", reason);
    }
    return choices_.recursive ? copy_tree(session, *from, *to) : copy_one(session, *from, *to);
  }

 private:
  int usage(Session& session, std::string message, std::string hint) const {
    return session.out.error(
        named(Error(ErrorCode::invalid_argument, std::move(message), std::move(hint)), "cp", from_text_));
  }

  // What only a file that is named can be: compared with what it was, and given its name at the end.
  const char* not_resumable(const Operand& from, const Operand& to) const {
    if (choices_.recursive) return "with -r use --if-absent, which skips what was copied already";
    if (from.kind == Kind::stdio || to.kind == Kind::stdio) return "a stream cannot be read or written again";
    if (from.kind == Kind::url && to.kind == Kind::url) return "between two URLs no file is left in which to go on";
    if (to.kind == Kind::path && choices_.if_absent) return "when downloading it does not go with --if-absent";
    return nullptr;
  }

  int copy_tree(Session& session, const Operand& from, const Operand& to) const {
    if (from.kind == Kind::stdio || to.kind == Kind::stdio) return usage(session, "- is one stream, no tree", "");
    if (contains(from, to)) {
      return usage(session, to.text + " lies in what is copied", "the copy would copy itself; choose another place");
    }
    TreeCopy copy(session, choices_);
    if (from.kind == Kind::path) return copy.upload(from.text, to.location);
    if (to.kind == Kind::path) return copy.download(from.location, to.text);
    return copy.copy(from.location, to.location);
  }

  // Of a URL without its query; two queries name two stores, as a rule.
  static std::string place_of(const Operand& operand) {
    Location location = operand.location;
    if (operand.kind == Kind::path) {
      std::error_code ignored;
      auto parsed = parse_location(fs::absolute(operand.text, ignored).string());
      if (!parsed) return operand.text;
      location = *std::move(parsed);
    }
    return location.bucket_url + '/' + location.prefix();
  }
  static bool contains(const Operand& from, const Operand& to) { return place_of(to).starts_with(place_of(from)); }

  int copy_one(Session& session, const Operand& from, const Operand& to) const {
    if (from.kind == Kind::url && !from.location.names_object()) {
      return usage(session, "it names a bucket or a prefix", "-r copies what is below it");
    }
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
    std::string source = from.text;
    Result<std::uint64_t> size = std::uint64_t{0};
    if (from.kind == Kind::url) {
      const auto origin = from.location.bucket_url == to.bucket_url ? bucket : open(from.location);
      if (!origin) return session.out.error(origin.error());
      source = origin->url(from.location.key);
      size = choices_.dry_run ? size_of(*origin, from.location.key, session)
                              : copy(*origin, from.location.key, *bucket, key, choices_, session.context);
    } else {
      size = store_local(session, from, *bucket, key);
    }
    if (!size) return session.out.error(named(size.error(), "cp", from.text));
    report_copy(session.out, source, bucket->url(key), *size, choices_.dry_run);
    return 0;
  }

  Result<std::uint64_t> store_local(Session& session, const Operand& from, const Bucket& bucket,
                                    const std::string& key) const {
    if (from.kind == Kind::stdio) {
      if (choices_.dry_run) return std::uint64_t{0};
      const auto source = read_stdin(session.context);
      if (!source) return source.error();
      return upload(**source, bucket, key, choices_, session.context);
    }
    std::error_code error;
    const auto size = fs::file_size(from.text, error);
    if (error == std::errc::no_such_file_or_directory) {
      return Error(ErrorCode::not_found, "there is no such file",
                   "a relative path starts at " + fs::current_path(error).string());
    }
    if (choices_.dry_run && !error) return std::uint64_t{size};
    return bucket.put(key, File{from.text}, put_options(choices_, session.context)).map([](const ObjectInfo& info) {
      return info.size;
    });
  }

  static Result<std::uint64_t> size_of(const Bucket& bucket, const std::string& key, const Session& session) {
    return bucket.head(key, {.context = session.context}).map([](const ObjectInfo& info) { return info.size; });
  }

  // From an object, to a file or standard output.
  int fetch(Session& session, const Location& from, const Operand& to) const {
    const auto bucket = open(from);
    if (!bucket) return session.out.error(bucket.error());
    if (to.kind == Kind::stdio) {
      if (choices_.dry_run) return 0;
      return print_object(session, *bucket, from.key, get_options(choices_, session.context));
    }
    std::string path = to.text;
    std::error_code ignored;
    if (path.ends_with('/') || fs::is_directory(path, ignored)) {
      const std::string name(last_name(from.key));
      if (auto status = check_relative(name); !status) {
        return session.out.error(named(status.error(), "cp", bucket->url(from.key)));
      }
      path += path.ends_with('/') ? name : '/' + name;
    }
    const auto size =
        choices_.dry_run ? size_of(*bucket, from.key, session) : fetch_to(session, *bucket, from.key, path);
    if (!size) return session.out.error(named(size.error(), "cp", bucket->url(from.key)));
    report_copy(session.out, bucket->url(from.key), path, *size, choices_.dry_run);
    return 0;
  }

  Result<std::uint64_t> fetch_to(const Session& session, const Bucket& bucket, const std::string& key,
                                 const std::string& path) const {
    const GetOptions options = get_options(choices_, session.context);
    if (!choices_.if_absent) {
      return bucket.download(key, File{path}, options).map([](const ObjectInfo& info) { return info.size; });
    }
    const fs::path whole = fs::path(path);
    const auto tree = LocalTree::open(whole.has_parent_path() ? whole.parent_path().string() : ".");
    if (!tree) return tree.error();
    const std::string name = whole.filename().string();
    if (tree->exists(name)) return Error(ErrorCode::precondition_failed, path + " exists already");
    const auto file = tree->write(name);
    if (!file) return file.error();
    const auto info = bucket.download(key, **file, options);
    if (!info) return info.error();
    if (auto status = (*file)->publish(true); !status) return status.error();
    return info->size;
  }

  std::string from_text_;
  std::string to_text_;
  std::string limit_text_;
  CopyChoices choices_;
};

}  // namespace

std::unique_ptr<Command> make_cp() { return std::make_unique<Cp>(); }

}  // namespace cloudkit::tool
