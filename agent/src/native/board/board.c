// What Node has no call for: the state of the kernel's clock, the time since the boot with suspends counted, datagrams to a
// Unix socket, and a timer of the kernel that ends a process whose event loop hangs. Node-API, version 8.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#define NAPI_VERSION 8
#include <node_api.h>

/** Longest text of a notification, in bytes. */
#define TEXT_LIMIT 4096
/** Longest time of the dead man's timer: a day, in ms. */
#define DEADLINE_LIMIT 86400000.0

static napi_value fail(napi_env env, const char *call) {
  char text[256];
  snprintf(text, sizeof text, "%s: %s", call, strerror(errno));
  napi_throw_error(env, NULL, text);
  return NULL;
}

static napi_value refuse(napi_env env, const char *why) {
  napi_throw_type_error(env, NULL, why);
  return NULL;
}

static int set_number(napi_env env, napi_value object, const char *name, double value) {
  napi_value number;
  return napi_create_double(env, value, &number) == napi_ok &&
         napi_set_named_property(env, object, name, number) == napi_ok;
}

/** clockState(): adjtimex(2) that asks and sets nothing. What the numbers mean is told apart in TypeScript. */
static napi_value clock_state(napi_env env, napi_callback_info info) {
  (void)info;
  struct timex ask;
  memset(&ask, 0, sizeof ask);
  int state = adjtimex(&ask);
  if (state < 0) return fail(env, "adjtimex");
  napi_value result;
  if (napi_create_object(env, &result) != napi_ok) return NULL;
  if (!set_number(env, result, "state", state) || !set_number(env, result, "status", ask.status) ||
      !set_number(env, result, "offset", (double)ask.offset) ||
      !set_number(env, result, "maxerror", (double)ask.maxerror))
    return NULL;
  return result;
}

/** sinceBoot(): ms of CLOCK_BOOTTIME. */
static napi_value since_boot(napi_env env, napi_callback_info info) {
  (void)info;
  struct timespec now;
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return fail(env, "clock_gettime");
  napi_value result;
  if (napi_create_double(env, (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6, &result) != napi_ok)
    return NULL;
  return result;
}

/** notify(path, text): one datagram. '@' in front of a path means the abstract namespace (unix(7)). Never waits. */
static napi_value notify(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value args[2];
  struct sockaddr_un address;
  char path[sizeof address.sun_path + 1];
  char text[TEXT_LIMIT + 2];
  size_t path_length, text_length;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count != 2)
    return refuse(env, "notify(path, text) takes two texts");
  if (napi_get_value_string_utf8(env, args[0], NULL, 0, &path_length) != napi_ok ||
      napi_get_value_string_utf8(env, args[1], NULL, 0, &text_length) != napi_ok)
    return refuse(env, "notify(path, text) takes two texts");
  if (path_length < 2 || path_length >= sizeof address.sun_path)
    return refuse(env, "the path of a socket has 2 to 107 bytes");
  if (text_length > TEXT_LIMIT) return refuse(env, "a notification has at most 4096 bytes");
  if (napi_get_value_string_utf8(env, args[0], path, sizeof path, &path_length) != napi_ok ||
      napi_get_value_string_utf8(env, args[1], text, sizeof text, &text_length) != napi_ok)
    return NULL;
  if (path[0] != '/' && path[0] != '@') return refuse(env, "the path of a socket starts with / or @");

  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path, path_length);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_length);
  if (path[0] == '@')
    address.sun_path[0] = 0; // the length ends an abstract name, no zero does
  else
    length += 1;

  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(env, "socket");
  ssize_t sent =
      sendto(fd, text, text_length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, length);
  int reason = errno;
  close(fd);
  errno = reason;
  if (sent < 0) return fail(env, "sendto");
  return NULL;
}

/**
 * One timer for the process, whichever thread of Node loads this. System calls, since the C library's functions for them
 * moved in glibc 2.34 and older boards would not load what was built with a newer one; the kernel's timer id is an int.
 */
static int dead_man_timer;
static int dead_man_made = 0;

/** deadMan(ms): SIGKILL for this process in `ms`, unless it is called again before; 0 puts it off for good. */
static napi_value dead_man(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value args[1];
  double ms;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_value_double(env, args[0], &ms) != napi_ok || !(ms >= 0 && ms <= DEADLINE_LIMIT))
    return refuse(env, "deadMan(ms) takes a number from 0 to 86400000");
  if (!dead_man_made) {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGKILL;
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &dead_man_timer) != 0) return fail(env, "timer_create");
    dead_man_made = 1;
  }
  struct itimerspec when;
  memset(&when, 0, sizeof when);
  when.it_value.tv_sec = (time_t)(ms / 1e3);
  when.it_value.tv_nsec = (long)((ms - (double)when.it_value.tv_sec * 1e3) * 1e6);
  if (syscall(SYS_timer_settime, dead_man_timer, 0, &when, NULL) != 0) return fail(env, "timer_settime");
  return NULL;
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback call;
  } parts[] = {
      {"clockState", clock_state}, {"sinceBoot", since_boot}, {"notify", notify}, {"deadMan", dead_man}};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i += 1) {
    napi_value function;
    if (napi_create_function(env, parts[i].name, NAPI_AUTO_LENGTH, parts[i].call, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, parts[i].name, function) != napi_ok)
      return NULL;
  }
  return exports;
}
