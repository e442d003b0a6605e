// The synchronisation of Win32 in all interleavings, with processes that crash.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/explore/counted.hpp"

using namespace sim;
using agreement::explore_and_count;
using agreement::explore_in_every_way;
using agreement::outcomes_alone;
using agreement::outcomes_of;
using agreement::violated_in;
using agreement::violation_of;
using namespace std::chrono_literals;
using Set = std::set<std::string>;
using win32::wait_for_single_object;
using win32::wait_result;
using win32::wait_status;

// ---- critical sections --------------------------------------------------------------------------

TEST(CriticalSection, is_recursive_and_excludes_others) {
  const auto program = [] {
    win32::critical_section section{"section"};
    ghost<int> inside{0};
    const auto body = [&] {
      section.enter();
      section.enter();
      inside.change([](int& n) { ++n; });
      check(inside.get() == 1, "exclusive");
      section.leave();
      inside.change([](int& n) { --n; });
      section.leave();
    };
    thread a(body), b(body);
    a.join();
    b.join();
    observe("free", section.try_enter());
    section.leave();
  };
  const Report report = explore_and_count(program);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(outcomes_of(report), Set{"free=1"});
}

TEST(CriticalSection, stays_locked_when_its_owner_is_killed) {
  const auto program = [] {
    win32::critical_section section{"section"};
    process server{"server"};
    thread worker = server.start("worker", [&] {
      section.enter();
      section.leave();
    });
    thread fault{"fault", [&] { server.crash(); }};
    worker.join();
    fault.join();
    observe("free", section.try_enter());
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"free=0", "free=1"}));
}

TEST(CriticalSection, left_by_another_is_misuse) {
  const auto program = [] {
    win32::critical_section section{"section"};
    section.leave();
  };
  EXPECT_EQ(violated_in(explore_in_every_way(program)), Set{"mutex-misuse"});
}

// ---- mutexes ------------------------------------------------------------------------------------

TEST(NamedMutex, two_of_one_name_are_one_object) {
  const auto program = [] {
    ghost<int> inside{0};
    const auto body = [&] {
      win32::named_mutex m{"Global\\SMS"};
      EXPECT_EQ(wait_for_single_object(m).status, wait_status::object);
      inside.change([](int& n) { ++n; });
      check(inside.get() == 1, "exclusive");
      this_thread::yield();
      inside.change([](int& n) { --n; });
      EXPECT_EQ(m.release(), win32::error::success);
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  EXPECT_EQ(explore_and_count(program).verdict, Verdict::holds);
}

TEST(NamedMutex, tells_whether_it_existed) {
  EXPECT_EQ(outcomes_alone([] {
              observe("before", win32::named_mutex::open("m").has_value());
              win32::named_mutex first{"m"};
              win32::named_mutex second{"m"}, other{"n"};
              observe("exists", second.already_existed() && !first.already_existed() && !other.already_existed());
              observe("opened", win32::named_mutex::open("m").has_value());
              first.close();
              observe("still", win32::named_mutex::open("m").has_value());
              second.close();
              observe("gone", win32::named_mutex::open("m").has_value());
            }),
            Set{"before=0 exists=1 gone=0 opened=1 still=1"});
}

TEST(NamedMutex, one_name_has_one_type) {
  const auto program = [] {
    win32::named_mutex m{"m"};
    win32::named_event e{"m", win32::auto_reset};
  };
  EXPECT_EQ(violated_in(explore_in_every_way(program)), Set{"kernel-object-misuse"});
}

TEST(NamedMutex, is_recursive_and_only_its_owner_releases_it) {
  const auto program = [] {
    win32::named_mutex m{"m", true};
    observe("again", wait_for_single_object(m).code());
    observe("once", m.release() == win32::error::success);
    thread other{"other", [&] {
                   observe("busy", wait_for_single_object(m, 0ms).code());
                   observe("foreign", static_cast<std::uint32_t>(m.release()));
                 }};
    other.join();
    observe("twice", m.release() == win32::error::success);
    observe("thrice", static_cast<std::uint32_t>(m.release()));
  };
  EXPECT_EQ(outcomes_alone(program), Set{"again=0 busy=258 foreign=288 once=1 thrice=288 twice=1"});
}

TEST(NamedMutex, is_abandoned_by_a_crash) {
  const auto program = [] {
    win32::named_mutex m{"m"};
    process server{"server"};
    thread worker = server.start("worker", [&] {
      win32::named_mutex mine{"m"};
      wait_for_single_object(mine);
      mine.release();
    });
    thread fault{"fault", [&] { server.crash(); }};
    thread other{"other", [&] {
                   observe("other", wait_for_single_object(m).code());
                   m.release();
                 }};
    worker.join();
    fault.join();
    other.join();
    observe("then", wait_for_single_object(m, 0ms).code());
  };
  // Whoever takes it next is told, and after that nobody.
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"other=0 then=0", "other=0 then=128", "other=128 then=0"}));
}

TEST(NamedMutex, is_abandoned_by_a_thread_that_returns) {
  const auto program = [] {
    win32::mutex m{false, "m"};
    thread forgetful{"forgetful", [&] { wait_for_single_object(m); }};
    forgetful.join();
    observe("first", wait_for_single_object(m).code());
    m.release();
    observe("second", wait_for_single_object(m).code());
  };
  EXPECT_EQ(outcomes_alone(program), Set{"first=128 second=0"});
}

TEST(NamedMutex, is_abandoned_by_the_crash_of_its_owner_alone) {
  const auto program = [] {
    win32::named_mutex m{"m"};
    process server{"server"};
    thread owner = server.start("owner", [&] {
      wait_for_single_object(m);
      m.release();
    });
    thread fault{"fault", [&] { crash_thread(owner); }};
    thread other = server.start("other", [&] {
      observe("other", wait_for_single_object(m).code());
      m.release();
    });
    fault.join();
    owner.join();
    other.join();
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"other=0", "other=128"}));
}

TEST(NamedMutex, of_a_process_that_crashed_is_gone_with_its_last_handle) {
  const auto program = [] {
    process server{"server"};
    thread worker = server.start("worker", [] {
      win32::named_mutex m{"m", true};
      this_thread::yield();
    });
    thread fault{"fault", [&] { server.crash(); }};
    worker.join();
    fault.join();
    win32::named_mutex m{"m"};
    observe("existed", m.already_existed());
    observe("wait", wait_for_single_object(m).code());
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), Set{"existed=0 wait=0"});
}

// A worker crashes while it holds the lock; a new process runs the recovery under the same name.
TEST(NamedMutex, recovery_finds_it_abandoned) {
  const auto program = [] {
    win32::named_mutex keep{"m"};
    shared<int> half{0, "half"};
    process first{"first"};
    thread worker = first.start("worker", [&] {
      win32::named_mutex m{"m"};
      wait_for_single_object(m);
      half.store(1);
      half.store(2);
      m.release();
    });
    thread fault{"fault", [&] { first.crash(); }};
    thread recovery{"recovery", [&] {
                      first.wait_for_crash();
                      win32::named_mutex m{"m"};
                      const wait_result result = wait_for_single_object(m);
                      observe("half", half.load());
                      check(half.load() != 1 || result.status == wait_status::abandoned, "knows");
                      m.release();
                    }};
    worker.join();
    fault.join();
    recovery.join();
  };
  const Report report = explore_and_count(program);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(outcomes_of(report), (Set{"half=0", "half=1", "half=2"}));
}

// ---- events and semaphores ----------------------------------------------------------------------

TEST(Event, automatic_lets_one_waiter_go_on_and_manual_all) {
  const auto program = [](win32::reset_mode how) {
    return [how] {
      win32::event e{how, false, "e"};
      const auto wait = [&](const char* who) {
        return [&, who] { observe(who, wait_for_single_object(e, 10ms).code()); };
      };
      thread a(wait("a")), b(wait("b"));
      thread setter([&] { e.set(); });
      a.join();
      b.join();
      setter.join();
    };
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program(win32::auto_reset))), (Set{"a=0 b=258", "a=258 b=0"}));
  EXPECT_EQ(outcomes_of(explore_and_count(program(win32::manual_reset))), Set{"a=0 b=0"});
}

TEST(Event, stays_set_until_it_is_reset) {
  EXPECT_EQ(outcomes_alone([] {
              win32::event manual{win32::manual_reset, true}, automatic{win32::auto_reset, true};
              observe("m1", wait_for_single_object(manual, 0ms).code());
              observe("m2", wait_for_single_object(manual, 0ms).code());
              manual.reset();
              observe("m3", wait_for_single_object(manual, 0ms).code());
              automatic.set();
              observe("a1", wait_for_single_object(automatic, 0ms).code());
              observe("a2", wait_for_single_object(automatic, 0ms).code());
            }),
            Set{"a1=0 a2=258 m1=0 m2=0 m3=258"});
}

TEST(Event, lost_when_it_is_reset_too_early) {
  const auto program = [] {
    win32::named_event e{"e", win32::manual_reset};
    thread waiter{"waiter", [] {
                    win32::named_event mine = std::move(*win32::named_event::open("e"));
                    wait_for_single_object(mine);
                  }};
    thread setter{"setter", [&] {
                    e.set();
                    e.reset();
                  }};
    waiter.join();
    setter.join();
  };
  const Report report = explore_and_count(program);
  EXPECT_EQ(violated_in(report), Set{"deadlock"});
  EXPECT_EQ(violation_of(report, "deadlock").detail, "main in thread_join, waiter in wait_single e");
}

TEST(Event, waits_time_out_in_urgent_and_in_free_time) {
  const auto program = [] {
    win32::event e{win32::auto_reset, false, "e"};
    thread waiter([&] { observe("wait", wait_for_single_object(e, 10ms).code()); });
    thread setter([&] {
      this_thread::sleep_for(20ms);
      e.set();
    });
    waiter.join();
    setter.join();
    observe("ms", virtual_time() / 1ms);
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), Set{"ms=20 wait=258"});
  const auto same_time = [] {
    win32::event e{win32::auto_reset, false, "e"};
    thread waiter([&] { observe("wait", wait_for_single_object(e, 10ms).code()); });
    thread setter([&] { e.set(); });
    waiter.join();
    setter.join();
  };
  EXPECT_EQ(outcomes_of(explore_and_count(same_time)), Set{"wait=0"});
  EXPECT_EQ(outcomes_of(explore_and_count(same_time, Time::free)), (Set{"wait=0", "wait=258"}));
}

TEST(Win32Semaphore, counts_and_refuses_too_many) {
  const auto program = [] {
    win32::named_semaphore s{"s", 1, 2};
    const auto take = [&](const char* who) {
      return [&, who] {
        win32::named_semaphore mine = std::move(*win32::named_semaphore::open("s"));
        observe(who, wait_for_single_object(mine, 0ms).code());
      };
    };
    thread a(take("a")), b(take("b"));
    a.join();
    b.join();
    observe("fits", s.release(2) == win32::error::success);
    observe("full", static_cast<std::uint32_t>(s.release()));
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"a=0 b=258 fits=1 full=298", "a=258 b=0 fits=1 full=298"}));
}

// Behind a join the end of a thread has a transition of its own: it must not be a part of the joined one's.
TEST(NamedMutex, is_abandoned_behind_a_join) {
  const auto program = [] {
    win32::mutex m{false, "m"};
    atomic<int> x{0};
    thread outer{"outer", [&] {
                   thread inner{"inner", [&] { x.store(1); }};
                   wait_for_single_object(m);
                   inner.join();
                 }};
    thread other{"other", [&] {
                   observe("code", wait_for_single_object(m, 0ms).code());
                   observe("x", x.load());
                 }};
    outer.join();
    other.join();
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)),
            (Set{"code=0 x=0", "code=0 x=1", "code=128 x=1", "code=258 x=0", "code=258 x=1"}));
}
