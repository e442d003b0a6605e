#include "fixtures.hpp"

namespace sim::report {
namespace {

using enum OperationKind;

const std::string outbox = R"(C:\SMS\schedule.box\Outboxes\LAN)";
const std::string request = outbox + R"(\2_K1Q0P0.srq)";
const std::string package = R"(C:\SMS\schedule.box\tosend\2_K1Q0P0.PCK)";
const std::string instruction = R"(C:\SMS\schedule.box\tosend\2_K1Q0P0.INS)";
const std::string remote_package = R"(\\SMSServer\SMS_SITE\2_K1Q0P0.PCK)";
const std::string remote_temporary = R"(\\SMSServer\SMS_SITE\2_K1Q0P0.TMP)";
const std::string remote_instruction = R"(\\SMSServer\SMS_SITE\2_K1Q0P0.SNI)";
const std::string sender_slots = "sender capacity";

/// The virtual filesystem names a file's parts.
std::string contents(const std::string& file) {
  return file + " [contents]";
}

/// The steps of the product's threads, in the order in which a test calls them.
class Story {
 public:
  Story()
      : main_(b.thread("main")),
        scheduler(b.thread("scheduler")),
        sender(b.thread("sender")),
        despooler(b.thread("despooler")),
        first(b.thread("sender-1")),
        second(b.thread("sender-2")) {
    for (const ThreadId thread : {scheduler, sender, despooler}) {
      b.about(main_, thread_spawn, thread).about(thread, thread_start);
    }
    b.about(main_, thread_exit);
  }

  void create_request() {
    write_whole(scheduler, package, "2048 bytes");
    write_whole(scheduler, instruction, "128 bytes");
    b.trace().mutable_events().back().notes = {sched(R"(Creating instruction file: )" + instruction)};
    write_whole(scheduler, request, "status NONE");
    b.also(outbox, AccessMode::write);
    b.trace().mutable_events().back().notes = {sched("Created new send request ID: 2_K1Q0P0")};
  }

  void start_senders() {
    find(sender);
    b.trace().mutable_events().back().notes = {log("9C", "Found send request.  ID: 2_K1Q0P0, Dest Site: PS1")};
    for (const ThreadId thread : {first, second}) {
      b.step(sender, atomic_rmw, sender_slots, AccessMode::write, thread == first ? "0 -> 1" : "1 -> 2",
             {log("9C", "Checking for site-specific sending capacity.  Used " +
                            std::string(thread == first ? "0" : "1") + " out of 3.")});
      b.about(sender, thread_spawn, thread).about(thread, thread_start);
    }
  }

  void read_status(ThreadId thread, std::string_view status) {
    find(thread);
    open(thread, request, "read, share all");
    b.step(thread, file_read, contents(request), AccessMode::read, "-> " + std::string(status));
    close(thread, request);
  }

  void write_status(ThreadId thread, std::string_view status) {
    open(thread, request, "write, share all");
    b.step(thread, file_write, contents(request), AccessMode::write, status);
    close(thread, request);
  }

  void look_for_remote_files(ThreadId thread) {
    b.trace().mutable_events().back().notes.push_back(log(tid(thread), "Trying the No. 1 address (out of 1)"));
    for (const std::string* file : {&remote_package, &remote_instruction, &remote_temporary}) {
      const bool exists = remote_exists_ && file == &remote_package;
      b.step(thread, file_attributes, *file, AccessMode::read, exists ? "-> archive" : "-> error 2",
             {log(tid(thread), "Checking for remote file " + *file)});
    }
  }

  void open_remote_package(ThreadId thread) {
    open(thread, package, "read, share read");
    const std::string error = ", Win32 error = 32";
    if (remote_open_) {
      b.step(thread, file_open, remote_package, AccessMode::read, "write, share none -> error 32",
             {log(tid(thread), "Attempt to create/open the remote file " + remote_package),
              log(tid(thread), "Cannot create/open the remote file " + remote_package + error)});
      return;
    }
    b.step(thread, file_open, remote_package, AccessMode::write, "write, share none -> handle 4",
           {log(tid(thread), "Attempt to create/open the remote file " + remote_package),
            log(tid(thread), "Created/opened the remote file " + remote_package),
            log(tid(thread), "Sending Started [" + package + "]")});
    remote_open_ = remote_exists_ = true;
  }

  void send_blocks(ThreadId thread) {
    for (const char* position : {"0", "1024"}) {
      b.step(thread, file_read, contents(package), AccessMode::read, std::string("1024 bytes at ") + position);
      b.step(thread, file_write, contents(remote_package), AccessMode::write, std::string("1024 bytes at ") + position,
             {log(tid(thread), "Wrote 1024 bytes to " + remote_package + " at position " + position)});
    }
    close(thread, remote_package);
    remote_open_ = false;
    b.trace().mutable_events().back().notes = {log(tid(thread), "Sending completed [" + package + "]")};
  }

  void send_instruction(ThreadId thread) {
    write_whole(thread, remote_temporary, "128 bytes");
    b.step(thread, file_move, remote_temporary, AccessMode::write, "-> " + remote_instruction,
           {log(tid(thread), "Renaming remote file " + remote_temporary + " to " + remote_instruction),
            log(tid(thread), "Sending completed successfully")});
    b.also(remote_instruction, AccessMode::write);
  }

  void despool() {
    b.step(despooler, file_open, remote_instruction, AccessMode::write, "read, share none -> handle 1",
           {"despool.log: Found ready instruction 2_K1Q0P0.sni"});
    b.step(despooler, file_read, contents(remote_instruction), AccessMode::read, "128 bytes at 0");
    close(despooler, remote_instruction);
    b.step(despooler, file_delete, remote_package, AccessMode::write, "");
    b.step(despooler, file_delete, remote_instruction, AccessMode::write, "");
    remote_exists_ = false;
  }

  TraceBuilder b;

 private:
  const ThreadId main_;

 public:
  const ThreadId scheduler, sender, despooler, first, second;

 private:
  static std::string tid(ThreadId thread) { return "D" + std::to_string(thread); }
  static std::string log(const std::string& thread, const std::string& text) {
    return "sender.log: " + text + "~  $$<SMS_LAN_SENDER><Wed Nov 06 08:49:37 1996~><thread=" + thread + ">";
  }
  static std::string sched(const std::string& text) {
    return "sched.log: " + text + "~  $$<SMS_SCHEDULER><Wed Nov 06 08:49:36 1996~><thread=B0>";
  }
  void find(ThreadId thread) { b.step(thread, find_first, outbox, AccessMode::read, "-> 2_K1Q0P0.srq"); }
  void open(ThreadId thread, const std::string& file, const std::string& how) {
    b.step(thread, file_open, file, AccessMode::read, how + " -> handle " + std::to_string(++handles_[thread]));
  }
  void close(ThreadId thread, const std::string& file) {
    b.step(thread, file_close, file, AccessMode::read, "handle " + std::to_string(handles_[thread]));
  }
  void write_whole(ThreadId thread, const std::string& file, std::string_view text) {
    open(thread, file, "write, share none");
    b.step(thread, file_write, contents(file), AccessMode::write, text);
    close(thread, file);
  }

  std::map<ThreadId, int> handles_;
  bool remote_open_ = false, remote_exists_ = false;
};

void claim_twice(Story& story) {
  story.create_request();
  story.start_senders();
  story.read_status(story.first, "status NONE");
  story.read_status(story.second, "status NONE");
  story.write_status(story.first, "status STARTED, sender D4");
  story.look_for_remote_files(story.first);
  story.write_status(story.second, "status STARTED, sender D5");
}

}  // namespace

Trace kb885278() {
  Story story;
  claim_twice(story);
  story.open_remote_package(story.first);
  story.look_for_remote_files(story.second);
  story.open_remote_package(story.second);
  story.b.trace().preemptions = 4;
  return story.b.trace();
}

Trace kb885278_double_send() {
  Story story;
  claim_twice(story);
  story.open_remote_package(story.first);
  story.send_blocks(story.first);
  story.send_instruction(story.first);
  story.despool();
  story.look_for_remote_files(story.second);
  story.open_remote_package(story.second);
  story.send_blocks(story.second);
  story.write_status(story.first, "status OK");
  story.send_instruction(story.second);
  story.b.trace().preemptions = 6;
  return story.b.trace();
}

}  // namespace sim::report
