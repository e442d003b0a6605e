#include "sms/send_request.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace models::sms {
namespace {

TEST(SendRequest, ids_have_priority_number_and_originating_site) {
  EXPECT_EQ(request_id(0), "2_K1Q0P0");  // The article's.
  EXPECT_EQ(request_id(1), "2_K1R0P0");
  EXPECT_EQ(request_id(9), "2_K1Z0P0");
  EXPECT_EQ(request_id(10), "2_K200P0");
  EXPECT_EQ(request_id(35), "2_K2P0P0");
}

TEST(SendRequest, files_are_told_by_their_ids) {
  for (unsigned k = 0; k < 36; ++k) EXPECT_EQ(request_number(request_id(k) + ".srq"), k);
  for (const char* other : {"", "2_K1Q", "2_K1P0P0.srq", "2_K1Q0P1.srq", "1_K1Q0P0.srq", "2_K?Q0P0.srq"}) {
    EXPECT_GE(request_number(other), 36U) << other;
  }
}

TEST(SendRequest, file_has_one_line_of_32_bytes_for_each_record) {
  const std::string contents = file_contents({"2_K1Q0P0", "PS1", "PS3", "00000001", 16});
  ASSERT_EQ(contents.size(), record_count * record_bytes);
  for (std::size_t i = 0; i < record_count; ++i) EXPECT_EQ(contents[(i + 1) * record_bytes - 1], '\n');
  EXPECT_EQ(contents.substr(0, record_bytes), "Status=NONE                    \n");
}

TEST(SendRequest, records_are_found_at_their_places) {
  const std::string contents = file_contents({"2_K1Q0P0", "PS1", "PS3", "00000001", 16});
  const auto value = [&](Record record) {
    return value_in(std::string_view(contents).substr(place_of(record), record_bytes), record);
  };
  EXPECT_EQ(value(Record::status), "NONE");
  EXPECT_EQ(value(Record::sync_point), "0");
  EXPECT_EQ(value(Record::request_id), "2_K1Q0P0");
  EXPECT_EQ(value(Record::priority), "2");
  EXPECT_EQ(value(Record::destination_site), "PS1");
  EXPECT_EQ(value(Record::final_site), "PS3");
  EXPECT_EQ(value(Record::routing_master), "");
  EXPECT_EQ(value(Record::job), "00000001");
  EXPECT_EQ(value(Record::total_bytes), "16");
  EXPECT_EQ(value(Record::originating_site), "0P0");
  EXPECT_EQ(value(Record::package), "2_K1Q0P0.PCK");
}

TEST(SendRequest, line_of_another_record_has_no_value) {
  const auto line = line_of(Record::action, "RETRY");
  const std::string_view text(line.data(), line.size());
  EXPECT_EQ(value_in(text, Record::action), "RETRY");
  EXPECT_EQ(value_in(text, Record::status), std::nullopt);
  EXPECT_EQ(value_in(text.substr(1), Record::action), std::nullopt);
}

TEST(SendRequest, statuses_and_actions_read_back_as_they_were_written) {
  for (int i = 0; i <= static_cast<int>(Status::ok); ++i) {
    EXPECT_EQ(status_from_text(to_text(static_cast<Status>(i))), static_cast<Status>(i));
  }
  for (int i = 0; i <= static_cast<int>(Action::remove); ++i) {
    EXPECT_EQ(action_from_text(to_text(static_cast<Action>(i))), static_cast<Action>(i));
  }
  EXPECT_EQ(status_from_text("SREQ"), std::nullopt);
  EXPECT_EQ(action_from_text(""), std::nullopt);
}

RC_GTEST_PROP(SendRequest, value_of_any_text_reads_back, ()) {
  const auto record = static_cast<Record>(*rc::gen::inRange<int>(0, static_cast<int>(record_count)));
  const std::size_t room = record_bytes - name_of(record).size() - 2;
  const std::string value =
      *rc::gen::resize(static_cast<int>(room), rc::gen::container<std::string>(rc::gen::inRange('!', '~')));
  RC_PRE(value.size() <= room);
  const auto line = line_of(record, value);
  RC_ASSERT(value_in({line.data(), line.size()}, record) == value);
}

}  // namespace
}  // namespace models::sms
