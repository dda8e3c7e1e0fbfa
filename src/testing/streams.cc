#include "testing/suite.h"

#include <cloudkit/stream.h>

#include <algorithm>

/// Objects that are written and read piece by piece.
namespace cloudkit::inline v0::testing {
namespace {

constexpr std::size_t kBlock = std::size_t{128} << 10;

GetOptions in_blocks(int workers = 0) {
  GetOptions options;
  options.transfer.part_size = kBlock;
  options.transfer.workers = workers;
  return options;
}

ObjectWriter open_writer(const Case& c, const PutOptions& options) {
  return c.expect_ok(c.bucket().open_writer("k", options), "opening a writer");
}

// In pieces that are no divisor of a part.
void write(const Case& c, ObjectWriter& writer, std::string_view data) {
  constexpr std::size_t kStep = 700'001;
  for (std::size_t i = 0; i < data.size(); i += kStep) c.expect_ok(writer.write(data.substr(i, kStep)), "writing");
}

std::string read(const Case& c, ObjectReader& reader, std::size_t count) {
  std::string out(count, '#');
  out.resize(c.expect_ok(reader.read(out), "reading"));
  return out;
}

void writer_0_1_part_exact_boundaries(const Case& c) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kPart - 1, kPart, kPart + 1, 2 * kPart}) {
    const std::string data = pattern(size);
    ObjectWriter writer = open_writer(c, in_parts());
    write(c, writer, data);
    const ObjectInfo written = c.expect_ok(writer.finish(), "finishing");
    c.expect_equal(written.size, size, "the size that finish returned");
    c.expect_equal(c.expect_content("k", data).info.token, written.token, "the token that finish returned");
  }
}

void writer_unknown_length_many_parts(const Case& c) {
  const std::string data = pattern(4 * kPart + 12'345);
  const PutOptions options = dressed(in_parts());
  ObjectWriter writer = open_writer(c, options);
  write(c, writer, data);
  c.expect_missing("k");
  c.expect_ok(writer.finish(), "finishing");
  const Object got = c.expect_content("k", data);
  expect_headers_of(c, got.info, options.content, "of what was written");
  c.expect_equal(got.info.metadata, options.metadata, "the metadata");
  c.expect_keys({}, {"k"}, "nothing of the parts is listed");
}

void writer_abandon_leaves_nothing(const Case& c) {
  const std::size_t before = open_uploads(c);
  for (const std::size_t size : {std::size_t{1}, 2 * kPart + 1}) {
    {
      ObjectWriter writer = open_writer(c, in_parts());
      write(c, writer, pattern(size));
    }
    ObjectWriter writer = open_writer(c, in_parts());
    write(c, writer, pattern(size));
    c.expect_ok(writer.abandon(), "abandoning");
    c.expect_error(writer.finish(), ErrorCode::cancelled, "finishing what was abandoned");
  }
  c.expect_keys({}, {}, "the keys after four writers were abandoned");
  c.expect_equal(open_uploads(c), before, "the uploads that are left");
}

void writer_cancel_keeps_old_object(const Case& c) {
  const std::size_t before = open_uploads(c);
  c.put("k", "old");
  for (const std::size_t size : {std::size_t{1}, 2 * kPart + 1}) {
    PutOptions options = in_parts();
    options.context = Context::cancellable();
    ObjectWriter writer = open_writer(c, options);
    write(c, writer, pattern(size));
    options.context.cancel();
    c.expect_error(writer.write("more"), ErrorCode::cancelled, "writing after a cancellation");
    c.expect_error(writer.finish(), ErrorCode::cancelled, "finishing after a cancellation");
    c.expect_content("k", "old");
  }
  c.expect_equal(open_uploads(c), before, "the uploads that are left");
}

void writer_conditions(const Case& c) {
  c.needs(c.can().put_if_absent, "put_if_absent");
  PutOptions options = in_parts();
  options.condition = Condition::absent();
  for (const std::size_t size : {std::size_t{1}, kPart + 1}) {
    c.expect_ok(c.bucket().remove("k"), "remove");
    ObjectWriter first = open_writer(c, options);
    ObjectWriter second = open_writer(c, options);
    write(c, first, pattern(size, 1));
    write(c, second, pattern(size, 2));
    c.expect_ok(first.finish(), "finishing the first of two writers with absent()");
    c.expect_error(second.finish(), ErrorCode::precondition_failed, "finishing the second");
    c.expect_content("k", pattern(size, 1));
  }
}

// Not at its beginning, long before: what another put meanwhile stays.
void writer_condition_is_decided_at_the_end(const Case& c) {
  c.needs(c.can().put_if_match, "put_if_match");
  const auto expect_overtaken = [&](Condition condition, std::string_view what) {
    PutOptions options = in_parts();
    options.condition = std::move(condition);
    ObjectWriter writer = open_writer(c, options);
    write(c, writer, pattern(kPart + 1));
    c.put("k", "another's");
    c.expect_error(writer.finish(), ErrorCode::precondition_failed, what);
    c.expect_content("k", "another's");
  };
  if (c.can().put_if_absent) expect_overtaken(Condition::absent(), "finishing with absent() after another's put");
  const std::string old = c.put("k", "old").token;
  expect_overtaken(Condition::match(old), "finishing with match() of what another has replaced");
}

void two_writers_same_key_last_complete_wins(const Case& c) {
  const std::string first_data = pattern(kPart + 1, 1);
  const std::string second_data = pattern(kPart + 2, 2);
  ObjectWriter first = open_writer(c, in_parts());
  ObjectWriter second = open_writer(c, in_parts());
  write(c, first, first_data);
  write(c, second, second_data);
  c.expect_ok(second.finish(), "finishing one writer");
  c.expect_content("k", second_data);
  c.expect_ok(first.finish(), "finishing the other");
  c.expect_content("k", first_data);
}

void reader_reads_in_order(const Case& c) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kBlock, 7 * kBlock + 321}) {
    const std::string data = pattern(size);
    const ObjectInfo put = c.put("k", data);
    for (const int workers : {1, 4}) {
      ObjectReader reader = c.expect_ok(c.bucket().open_reader("k", in_blocks(workers)), "opening a reader");
      c.expect_equal(reader.info().size, size, "the size that the reader says");
      c.expect_equal(reader.info().token, put.token, "the token that the reader says");
      std::string whole;
      for (std::string piece; !(piece = read(c, reader, 33'333)).empty();) whole += piece;
      c.expect(whole == data, "what was read in order: " + show_difference(whole, data));
      c.expect_equal(reader.tell(), size, "the position at the end");
    }
  }
  c.expect_error(c.bucket().open_reader("missing"), ErrorCode::not_found, "opening a reader of no object");
}

void reader_seeks(const Case& c) {
  const std::string data = pattern(6 * kBlock);
  c.put("k", data);
  ObjectReader reader = c.expect_ok(c.bucket().open_reader("k", in_blocks()), "opening a reader");
  const std::size_t positions[] = {5 * kBlock, 10, 3 * kBlock - 5, 3 * kBlock - 100, kBlock, data.size() - 7, 0};
  for (const std::size_t position : positions) {
    reader.seek(position);
    c.expect_equal(read(c, reader, 1000), data.substr(position, 1000),
                   "1000 bytes after a seek to " + std::to_string(position));
  }
  for (const std::uint64_t position : {std::uint64_t{6 * kBlock}, std::uint64_t{7 * kBlock}, UINT64_MAX}) {
    reader.seek(position);
    c.expect_equal(read(c, reader, 10), std::string(), "ten bytes after a seek to the end or past it");
  }
}

void reader_detects_overwrite(const Case& c) {
  const std::string old_data = pattern(6 * kBlock, 1);
  const std::string new_data = pattern(6 * kBlock, 2);
  for (const int workers : {1, 4}) {
    c.put("k", old_data);
    ObjectReader reader = c.expect_ok(c.bucket().open_reader("k", in_blocks(workers)), "opening a reader");
    std::string whole = read(c, reader, 10);
    c.put("k", new_data);
    Result<std::size_t> count = std::size_t{0};
    std::string out(10'000, '#');
    while ((count = reader.read(out)) && *count > 0) whole.append(out, 0, *count);
    c.expect(old_data.starts_with(whole), "what was read is not of the object that was opened");
    c.expect_error(count, ErrorCode::precondition_failed, "reading what was replaced meanwhile");
  }
}

void reader_survives_cut_connection(const Case& c) {
  if (!c.harness().cut_next_reply) c.skip("the harness has no cut_next_reply");
  c.needs(c.can().conditional_get, "conditional_get");
  const std::string data = pattern(6 * kBlock);
  c.put("k", data);
  c.harness().cut_next_reply(1000);
  ObjectReader reader =
      c.expect_ok(c.bucket().open_reader("k", in_blocks(1)), "opening a reader over a cut connection");
  std::string whole = read(c, reader, kBlock);
  c.harness().cut_next_reply(kBlock / 2);
  whole += read(c, reader, 2 * kBlock);
  c.harness().cut_next_reply(0);
  whole += read(c, reader, data.size());
  c.expect(whole == data, "what was read over cut connections: " + show_difference(whole, data));
}

void reader_early_close_no_leak(const Case& c) {
  c.put("k", pattern(20 * kBlock));
  const auto look_into_it = [&] {
    ObjectReader reader = c.expect_ok(c.bucket().open_reader("k", in_blocks(2)), "opening a reader");
    read(c, reader, kBlock);
  };
  for (int i = 0; i < 3; ++i) look_into_it();
  // How many connections a pool keeps depends on where the reads ahead were.
  expect_descriptors_return(c, 4, [&] {
    for (int i = 0; i < 12; ++i) look_into_it();
  });
}

void iostreams_roundtrip(const Case& c) {
  const std::string data = pattern(300'000);
  ObjectOStream out(c.expect_ok(c.bucket().open_writer("k"), "opening a writer"));
  out << "line " << 1 << '\n';
  out.write(data.data(), static_cast<std::streamsize>(data.size()));
  c.expect_ok(out.finish(), "finishing an ostream");
  c.expect_content("k", "line 1\n" + data);
  ObjectIStream in(c.expect_ok(c.bucket().open_reader("k"), "opening a reader"));
  std::string line;
  std::getline(in, line);
  c.expect_equal(line, std::string("line 1"), "the first line");
  in.seekg(-1000, std::ios::end);
  const std::string tail(std::istreambuf_iterator<char>(in), {});
  c.expect(tail == data.substr(data.size() - 1000), "the last 1000 bytes: " + show_difference(tail, data));
}

void streams_request_budget(const Case& c) {
  if (!c.harness().request_count) c.skip("the harness has no request_count");
  const auto requests = [&](const auto& work) {
    const long before = c.harness().request_count();
    work();
    return c.harness().request_count() - before;
  };
  const auto write_all = [&](const std::string& data) {
    ObjectWriter writer = open_writer(c, in_parts());
    write(c, writer, data);
    c.expect_ok(writer.finish(), "finishing");
  };
  const auto read_all = [&](std::size_t size) {
    ObjectReader reader = c.expect_ok(c.bucket().open_reader("k", in_blocks()), "opening a reader");
    c.expect_equal(read(c, reader, size + 1).size(), size, "the bytes that were read");
  };
  c.expect_equal(requests([&] { write_all("small"); }), 1L, "the requests of a small writer");
  c.expect_equal(requests([&] { read_all(5); }), 1L, "the requests of a reader of it");
  c.put("k", pattern(5 * kBlock));
  c.expect_equal(requests([&] { read_all(5 * kBlock); }), 5L, "the requests of a reader of five blocks");
  if (!c.can().uploads) return;
  expect_three_part_requests(c, requests([&] { write_all(pattern(2 * kPart + 1)); }), "a writer of three parts");
}

}  // namespace

CaseList stream_cases() {
  static constexpr CaseEntry kCases[] = {
      {"writer_0_1_part_exact_boundaries", writer_0_1_part_exact_boundaries},
      {"writer_unknown_length_many_parts", writer_unknown_length_many_parts},
      {"writer_abandon_leaves_nothing", writer_abandon_leaves_nothing},
      {"writer_cancel_keeps_old_object", writer_cancel_keeps_old_object},
      {"writer_conditions", writer_conditions},
      {"writer_condition_is_decided_at_the_end", writer_condition_is_decided_at_the_end},
      {"two_writers_same_key_last_complete_wins", two_writers_same_key_last_complete_wins},
      {"reader_reads_in_order", reader_reads_in_order},
      {"reader_seeks", reader_seeks},
      {"reader_detects_overwrite", reader_detects_overwrite},
      {"reader_survives_cut_connection", reader_survives_cut_connection},
      {"reader_early_close_no_leak", reader_early_close_no_leak},
      {"iostreams_roundtrip", iostreams_roundtrip},
      {"streams_request_budget", streams_request_budget},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
