#include "function_runtime/package.h"

#include "codec/zip.h"
#include "support/raw_zip.h"
#include "support/temporary_directory.h"

#include <cloudkit/log.h>
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace cloudkit;
using function_runtime::make_package;
namespace fs = std::filesystem;

namespace {

constexpr const char* kProgram = "/bin/sh";  // A small one, which asks for the C library.

// Of a runtime that has no native programs, so that texts may stand for them.
FunctionCapabilities any_code() {
  FunctionCapabilities limits;
  limits.native = false;
  return limits;
}

FunctionCapabilities lambda() {
  FunctionCapabilities limits;
  limits.native = true;
  limits.glibc = "2.34";
  limits.max_zip = 52'428'800;
  limits.max_code = 262'144'000;
  return limits;
}

void write(const std::string& path, const std::string& text, mode_t mode = 0644) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

FunctionSpec python(FunctionCode code) { return {.name = "f", .code = std::move(code), .runtime = "python3.12"}; }
FunctionSpec native(FunctionCode code) { return {.name = "f", .code = std::move(code)}; }

Error refused(const FunctionSpec& spec, const FunctionCapabilities& limits = any_code()) {
  const auto package = make_package(spec, limits);
  REQUIRE(!package);
  return package.error();
}

std::vector<std::string> names_in(const FunctionPackage& package) {
  std::vector<std::string> names;
  const auto zip = codec::ZipReader::open(package.zip).value();
  for (const auto& entry : zip.entries()) names.push_back(entry.name);
  return names;
}

// What is logged while it lives.
struct Warnings {
  std::vector<std::string> texts;
  Warnings() {
    set_log_sink([this](const LogRecord& record) { texts.emplace_back(record.message); }, LogLevel::warn);
  }
  ~Warnings() { set_log_sink({}); }
};

}  // namespace

TEST_CASE("a directory becomes a zip of all that is in it") {
  const ::test::TemporaryDirectory directory;
  write(directory.file("app.py"), "def handler(e, c): pass");
  write(directory.file("lib/deep/tool"), "#!/bin/sh", 0700);
  write(directory.file(".hidden"), "x", 0600);
  fs::create_directory(directory.file("empty"));
  const auto package = make_package(python(FunctionCode::directory(directory.path())), any_code()).value();
  CHECK(names_in(package) == std::vector<std::string>{".hidden", "app.py", "empty", "lib/deep/tool"});
  const auto zip = codec::ZipReader::open(package.zip).value();
  CHECK(zip.entries()[0].mode == 0644);
  CHECK(zip.entries()[3].mode == 0755);
  CHECK(package.digest.size() == 64);
  CHECK(package.object_url.empty());
  CHECK(make_package(python(FunctionCode::directory(directory.path() + "/")), any_code()).value().zip == package.zip);
}

TEST_CASE("names, contents and modes decide about the digest, nothing else does") {
  const ::test::TemporaryDirectory one;
  const ::test::TemporaryDirectory two;
  for (const auto* directory : {&one, &two}) {
    write(directory->file("a"), "same");
    write(directory->file("b/c"), "same", 0755);
  }
  const auto digest = [](const ::test::TemporaryDirectory& directory) {
    return make_package(python(FunctionCode::directory(directory.path())), any_code()).value().digest;
  };
  const std::string same = digest(one);
  fs::last_write_time(two.file("a"), fs::file_time_type::clock::now() - std::chrono::hours(9999));
  REQUIRE(::chmod(two.file("a").c_str(), 0600) == 0);
  CHECK(digest(two) == same);

  write(two.file("by hand.zip"),
        ::test::raw_zip({{"b/", "", 040755}, {"b/c", "same", 0100755}, {"a", "same", 0100644}}));
  CHECK(make_package(python(FunctionCode::zip({two.file("by hand.zip")})), any_code()).value().digest == same);
  fs::remove(two.file("by hand.zip"));

  REQUIRE(::chmod(two.file("a").c_str(), 0755) == 0);
  CHECK(digest(two) != same);
  REQUIRE(::chmod(two.file("a").c_str(), 0644) == 0);
  write(two.file("a"), "other");
  CHECK(digest(two) != same);
  write(two.file("a"), "same");
  CHECK(digest(two) == same);
  fs::rename(two.file("a"), two.file("aa"));
  CHECK(digest(two) != same);
}

TEST_CASE("each bit of a zip's modes is code, of files and of directories") {
  const ::test::TemporaryDirectory directory;
  const auto digest = [&](unsigned file, unsigned parent, unsigned empty) {
    write(directory.file("code.zip"),
          ::test::raw_zip({{"b/", "", 040000 | parent}, {"b/c.py", "x", 0100000 | file}, {"e/", "", 040000 | empty}}));
    return make_package(python(FunctionCode::zip({directory.file("code.zip")})), any_code()).value().digest;
  };
  const std::string right = digest(0644, 0755, 0755);
  CHECK(digest(0644, 0755, 0755) == right);
  CHECK(digest(0600, 0755, 0755) != right);
  CHECK(digest(0640, 0755, 0755) != right);
  CHECK(digest(0645, 0755, 0755) != right);
  CHECK(digest(0644, 0700, 0755) != right);
  CHECK(digest(0644, 0755, 0700) != right);
}

TEST_CASE("a zip is sent as it is") {
  const ::test::TemporaryDirectory directory;
  const std::string zip = ::test::raw_zip({{"app.py", "x"}});
  write(directory.file("code.zip"), zip);
  CHECK(make_package(python(FunctionCode::zip({directory.file("code.zip")})), any_code()).value().zip == zip);
}

TEST_CASE("a program becomes bootstrap") {
  const ::test::TemporaryDirectory directory;
  write(directory.file("my-program"), "#!/bin/sh\n", 0711);
  const auto package = make_package(native(FunctionCode::executable({directory.file("my-program")})), lambda()).value();
  const auto zip = codec::ZipReader::open(package.zip).value();
  REQUIRE(zip.entries().size() == 1);
  CHECK(zip.entries()[0].name == "bootstrap");
  CHECK(zip.entries()[0].mode == 0755);
}

TEST_CASE("links are followed inside the directory only") {
  const ::test::TemporaryDirectory outside;
  write(outside.file("secret"), "secret");
  const ::test::TemporaryDirectory directory;
  write(directory.file("d/real"), "text");
  fs::create_symlink("d/real", directory.file("file"));
  fs::create_symlink("d", directory.file("also-d"));
  const auto code = FunctionCode::directory(directory.path());
  CHECK(names_in(make_package(python(code), any_code()).value()) ==
        std::vector<std::string>{"also-d/real", "d/real", "file"});

  fs::create_symlink(outside.file("secret"), directory.file("leak"));
  Error out = refused(python(code));
  CHECK(out.code == ErrorCode::invalid_argument);
  CHECK(out.message.find("/leak is a symbolic link that leads out of ") != std::string::npos);
  fs::remove(directory.file("leak"));

  fs::create_symlink("..", directory.file("d/up"));
  CHECK(refused(python(code)).message.find("leads back to where it is") != std::string::npos);
  fs::remove(directory.file("d/up"));

  fs::create_symlink("nowhere", directory.file("dangling"));
  CHECK(refused(python(code)).code == ErrorCode::io);
}

TEST_CASE("a directory whose name begins as the other's is outside") {
  const ::test::TemporaryDirectory above;
  write(above.file("code/app.py"), "x");
  write(above.file("code-secret/key"), "x");
  fs::create_symlink("../code-secret/key", above.file("code/leak"));
  CHECK(refused(python(FunctionCode::directory(above.file("code")))).message.find("leads out of") != std::string::npos);
}

TEST_CASE("what cannot be packed is refused with the path and the rule") {
  const ::test::TemporaryDirectory directory;
  const std::string missing = directory.file("missing");
  for (const FunctionCode& code :
       {FunctionCode::directory(missing), FunctionCode::zip({missing}), FunctionCode::executable({missing})}) {
    const Error error = refused(native(code));
    CHECK(error.code == ErrorCode::io);
    CHECK(error.message == "read " + missing + ": No such file or directory");
  }
  write(directory.file("file"), "x");
  CHECK(refused(native(FunctionCode::directory(directory.file("file")))).message ==
        directory.file("file") + " is no directory");
  CHECK(refused(native(FunctionCode::executable({directory.path()}))).message ==
        directory.path() + " is no regular file");
  CHECK(refused(native(FunctionCode::executable({directory.file("file")}))).message ==
        directory.file("file") + " is not executable");
  CHECK(refused(python(FunctionCode::executable({directory.file("file")}))).message ==
        "a program does not run in the runtime python3.12");
  CHECK(
      refused(native(FunctionCode::zip({directory.file("file")}))).message.find("this is no zip that can be used: ") ==
      0);
  CHECK(refused(native({})).message == "the spec has no code");

  fs::create_directories(directory.file("empty/also"));
  CHECK(refused(native(FunctionCode::directory(directory.file("empty")))).message ==
        directory.file("empty") + " has no files");
  write(directory.file("empty.zip"), ::test::raw_zip({{"d/", "", 040755}}));
  CHECK(refused(native(FunctionCode::zip({directory.file("empty.zip")}))).message == "the zip has no files");

  fs::create_directories(directory.file("pipes"));
  REQUIRE(::mkfifo(directory.file("pipes/pipe").c_str(), 0600) == 0);
  CHECK(refused(python(FunctionCode::directory(directory.file("pipes")))).message ==
        directory.file("pipes/pipe") + " is neither a file nor a directory");
  CHECK(refused(native(FunctionCode::zip({directory.file("pipes/pipe")}))).message ==
        directory.file("pipes/pipe") + " is no regular file");
}

TEST_CASE("zips that climb out are not even sent") {
  const ::test::TemporaryDirectory directory;
  write(directory.file("evil.zip"), ::test::raw_zip({{"bootstrap", "#!", 0100755}, {"../../etc/cron.d/x", "x"}}));
  CHECK(refused(native(FunctionCode::zip({directory.file("evil.zip")}))).message ==
        "zip entry \"../../etc/cron.d/x\": its name has a part \"..\"");
}

TEST_CASE("a native function has an executable bootstrap at its top") {
  const ::test::TemporaryDirectory directory;
  write(directory.file("d/bin/bootstrap"), "#!/bin/sh", 0755);
  const auto code = FunctionCode::directory(directory.file("d"));
  CHECK(refused(native(code)).message == "the package has no file bootstrap at its top");
  write(directory.file("d/bootstrap"), "#!/bin/sh", 0644);
  CHECK(refused(native(code)).message == "bootstrap is not executable");
  REQUIRE(::chmod(directory.file("d/bootstrap").c_str(), 0755) == 0);
  CHECK(make_package(native(code), lambda()));

  write(directory.file("dos.zip"), ::test::raw_zip({{"bootstrap", "#!/bin/sh", 0, 0}}));
  const Error dos = refused(native(FunctionCode::zip({directory.file("dos.zip")})));
  CHECK(dos.message == "bootstrap is not executable");
  CHECK(dos.hint.find("Windows") != std::string::npos);
}

TEST_CASE("where another user runs the code, a zip lets others read it, and run its bootstrap") {
  const ::test::TemporaryDirectory directory;
  const auto code = FunctionCode::zip({directory.file("code.zip")});
  const auto pack = [&](unsigned bootstrap, unsigned parent, unsigned file) {
    write(directory.file("code.zip"), ::test::raw_zip({{"bootstrap", "#!/bin/sh", 0100000 | bootstrap},
                                                       {"lib/", "", 040000 | parent},
                                                       {"lib/a.py", "x", 0100000 | file},
                                                       {"lib/b.py", "x", 0100000 | file}}));
  };
  for (const unsigned mode : {0700U, 0750U, 0754U, 0711U}) {
    CAPTURE(mode);
    pack(mode, 0755, 0644);
    CHECK(refused(native(code), lambda()).hint == "chmod 755 bootstrap, before it is packed");
    CHECK(make_package(native(code), any_code()));  // By the user who has it.
  }
  CHECK(refused(native(code), lambda()).message ==
        "bootstrap has the mode 0711: the function's user can neither read nor run it");
  const auto warned = [&](unsigned parent, unsigned file) {
    pack(0755, parent, file);
    const Warnings warnings;
    REQUIRE(make_package(native(code), any_code()));
    REQUIRE(warnings.texts.empty());
    REQUIRE(make_package(native(code), lambda()));
    REQUIRE(warnings.texts.size() <= 1);
    return warnings.texts.empty() ? "" : warnings.texts[0];
  };
  CHECK(warned(0755, 0644).empty());
  CHECK(warned(0755, 0600) ==
        "lib/a.py has the mode 0600, and the function's user cannot read it: chmod 644 before it is packed");
  CHECK(warned(0750, 0644) ==
        "lib has the mode 0750, and the function's user cannot read it: chmod 755 before it is packed");
}

TEST_CASE("limits") {
  const ::test::TemporaryDirectory directory;
  std::string noise(3000, '\0');
  unsigned state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1103515245 + 12345) >> 16);
  write(directory.file("code/app.py"), noise);
  FunctionCapabilities limits = any_code();
  limits.max_zip = 2000;
  const auto code = FunctionCode::directory(directory.file("code"));
  const Error packed = refused(python(code), limits);
  CHECK(packed.message.find("the zip has 3") == 0);
  CHECK(packed.message.find(" bytes, more than 2000") != std::string::npos);
  CHECK(packed.hint.find("https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html") !=
        std::string::npos);
  write(directory.file("code.zip"), std::string(2001, 'x'));
  CHECK(refused(python(FunctionCode::zip({directory.file("code.zip")})), limits).message ==
        "the zip has 2001 bytes, more than 2000");

  limits = any_code();
  limits.max_code = 2999;
  CHECK(refused(python(code), limits).message.find("app.py: the code has more than 2999 bytes") != std::string::npos);
  limits.max_code = 3000;
  CHECK(make_package(python(code), limits));
  write(directory.file("code/more.py"), "x");
  CHECK(refused(python(code), limits).message.find("more.py: the code has more than 3000 bytes") != std::string::npos);
  write(directory.file("big.zip"), codec::write_zip({{"a", 0644, std::string(3001, 'x')}}).value());
  CHECK(refused(python(FunctionCode::zip({directory.file("big.zip")})), limits)
            .message.find("unpacked it has more than 3000 bytes") != std::string::npos);
}

TEST_CASE("a program for another machine or system is refused") {
  const ::test::TemporaryDirectory directory;
  const auto code = FunctionCode::executable({kProgram});
  FunctionSpec spec = native(code);
  const Warnings logged;  // Of libraries, which is another test.
  CHECK(make_package(spec, lambda()));
#if defined(__x86_64__)
  spec.architecture = Architecture::arm64;
  CHECK(refused(spec, lambda()).message == "bootstrap is for x86_64, the function for arm64");
#endif
  write(directory.file("macho"), "\xCF\xFA\xED\xFE", 0755);
  CHECK(refused(native(FunctionCode::executable({directory.file("macho")})), lambda()).message ==
        "bootstrap is neither an ELF program nor a script that begins with #!");
  write(directory.file("broken"),
        "\x7F"
        "ELF and nothing else that is right, for many bytes",
        0755);
  CHECK(refused(native(FunctionCode::executable({directory.file("broken")})), lambda()).code ==
        ErrorCode::invalid_argument);
  CHECK(make_package(native(FunctionCode::executable({directory.file("macho")})), any_code()));
}

TEST_CASE("what likely keeps a program from starting is logged") {
  FunctionCapabilities old = lambda();
  old.glibc = "2.2";
  {
    const Warnings logged;
    REQUIRE(make_package(native(FunctionCode::executable({kProgram})), old));
    REQUIRE(!logged.texts.empty());
    CHECK(logged.texts[0].find("bootstrap needs glibc 2.") == 0);
    CHECK(logged.texts[0].find(", the function's system has 2.2: link it fully static") != std::string::npos);
  }
  old.glibc = "99.1";
  const Warnings logged;
  REQUIRE(make_package(native(FunctionCode::executable({kProgram})), old));
  for (const std::string& text : logged.texts) CHECK(text.find("glibc 2.") == std::string::npos);
  old.glibc = "";
  const Warnings nothing;
  REQUIRE(make_package(native(FunctionCode::executable({kProgram})), old));
  CHECK(nothing.texts.empty());
}

TEST_CASE("a handler whose module is missing is logged") {
  const ::test::TemporaryDirectory directory;
  write(directory.file("app.py"), "");
  write(directory.file("pkg/mod.py"), "");
  const auto warned = [&](const std::string& handler) {
    const Warnings logged;
    FunctionSpec spec = python(FunctionCode::directory(directory.path()));
    spec.handler = handler;
    REQUIRE(make_package(spec, any_code()));
    return logged.texts.empty() ? "" : logged.texts[0];
  };
  CHECK(warned("app.handler").empty());
  CHECK(warned("pkg.mod.handler").empty());
  CHECK(warned("pkg/mod.handler").empty());
  CHECK(warned("main.handler") == "the handler main.handler needs main.py, which the package does not have");
}

TEST_CASE("objects and images are named, not read") {
  const auto object = make_package(python(FunctionCode::object("s3://b/k.zip?versionId=7")), any_code()).value();
  CHECK(object.object_url == "s3://b/k.zip?versionId=7");
  CHECK(object.digest.size() == 64);
  CHECK(object.zip.empty());
  CHECK(make_package(python(FunctionCode::object("s3://b/k.zip")), any_code()).value().digest.empty());
  for (const char* mutable_object : {"s3://b/k.zip?versionId=", "s3://b/k.zip?versionId=null"}) {
    CHECK(make_package(python(FunctionCode::object(mutable_object)), any_code()).value().digest.empty());
  }
  for (const char* bad : {"b/k.zip", "s3://b", "s3://b/", "s3:///k", "s3://b/?versionId=1", "s3://b/k\n"}) {
    CHECK(refused(python(FunctionCode::object(bad))).message.find(" names no object") != std::string::npos);
  }
  const auto image =
      make_package(native(FunctionCode::image("1.dkr.ecr.eu-west-1.amazonaws.com/f@sha256:00")), lambda()).value();
  CHECK(image.image_uri == "1.dkr.ecr.eu-west-1.amazonaws.com/f@sha256:00");
  CHECK(image.digest.size() == 64);
  CHECK(make_package(native(FunctionCode::image("r.example/f:latest")), lambda()).value().digest.empty());
  for (const char* bad : {"https://r.example/f", "f", "/f", "r.example/f latest"}) {
    CHECK(refused(native(FunctionCode::image(bad))).message.find(" names no image") != std::string::npos);
  }
}
