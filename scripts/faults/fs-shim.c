/*
 * Decides about the file calls of a program (LD_PRELOAD): which are watched, which fail, where the program is killed; and logs
 * them. fs-shim.ts tells the settings. Its own files are opened by syscall(2), as no call in front of libc is for them.
 */
#define _GNU_SOURCE
#include "fs-shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RULES 16
#define CONTROL_BYTES 4096

static const char *const NAME[NAMES] = {"open", "write",  "fsync", "fdatasync", "truncate", "rename",
                                        "link", "unlink", "mkdir", "rmdir",     "read",     "open-read"};
enum kind { FAIL, HALF, DELAY, KILL, TORN };
struct rule {
  enum kind kind;
  long detail;      /* errno of FAIL, ms of DELAY */
  unsigned names;   /* one bit for each enum name */
  long from, count; /* the from-th matching call is the first; count 0: all that follow */
  long seen;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *watched; /* paths, each ended by NUL; behind the last an empty one. NULL: the shim does nothing */
static int log_fd = -1;
static long ordinal, kill_at;
static bool kill_half;
static struct rule rules[RULES];
static int rule_count;
static const char *control;
static struct stat control_seen;

static int raw_open(const char *path, int flags) {
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

/* A wrong setting must not pass for a program that has no faults. */
static void refuse(const char *what, const char *detail) {
  dprintf(2, "fs-shim: %s: %s\n", what, detail);
  _exit(125);
}

static int errno_of(const char *name) {
  for (int number = 1; number < 134; number++) {
    const char *known = strerrorname_np(number);
    if (known != NULL && strcmp(known, name) == 0) return number;
  }
  refuse("no such fault", name);
  return 0;
}

static unsigned name_bit(const char *name) {
  for (int at = 0; at < NAMES; at++)
    if (strcmp(NAME[at], name) == 0) return 1u << at;
  refuse("no such call", name);
  return 0;
}

/* KIND:call,call:from[:count] */
static struct rule rule_of(char *text) {
  char *rest = NULL, *names_rest = NULL;
  char *kind = strtok_r(text, ":", &rest), *names = strtok_r(NULL, ":", &rest);
  char *from = strtok_r(NULL, ":", &rest), *count = strtok_r(NULL, ":", &rest);
  if (kind == NULL || names == NULL || from == NULL) refuse("a rule is KIND:CALL[,CALL...]:FROM[:COUNT]", text);
  struct rule rule = {.from = atol(from), .count = count == NULL ? 0 : atol(count)};
  if (strcmp(kind, "KILL") == 0) rule.kind = KILL;
  else if (strcmp(kind, "TORN") == 0) rule.kind = TORN;
  else if (strcmp(kind, "HALF") == 0) rule.kind = HALF;
  else if (strncmp(kind, "DELAY", 5) == 0) rule.kind = DELAY, rule.detail = atol(kind + 5);
  else rule.detail = errno_of(kind);
  for (char *name = strtok_r(names, ",", &names_rest); name != NULL; name = strtok_r(NULL, ",", &names_rest))
    rule.names |= name_bit(name);
  return rule;
}

static void set_rules(char *text) {
  char *rest = NULL;
  rule_count = 0;
  for (char *one = strtok_r(text, ";\n", &rest); one != NULL; one = strtok_r(NULL, ";\n", &rest)) {
    if (rule_count == RULES) refuse("too many rules", one);
    rules[rule_count++] = rule_of(one);
  }
}

/* Who writes the control file renames it into place: it is whole, and another file each time. */
static void read_control(void) {
  struct stat now;
  if (control == NULL || stat(control, &now) != 0) return;
  if (now.st_ino == control_seen.st_ino && now.st_size == control_seen.st_size &&
      now.st_mtim.tv_sec == control_seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == control_seen.st_mtim.tv_nsec)
    return;
  char text[CONTROL_BYTES];
  int fd = raw_open(control, O_RDONLY);
  ssize_t length = fd < 0 ? -1 : syscall(SYS_read, fd, text, sizeof text - 1);
  syscall(SYS_close, fd);
  if (length < 0) return;
  text[length] = 0;
  control_seen = now;
  set_rules(text);
}

/* Without ".", ".." and doubled slashes. By the letter: links are resolved in the settings alone. */
static void normalise(const char *from, char *to) {
  size_t length = 0;
  while (*from != 0) {
    from += strspn(from, "/");
    size_t part = strcspn(from, "/");
    if (part == 2 && strncmp(from, "..", 2) == 0) {
      while (length > 0 && to[--length] != '/') continue;
    } else if (part > 0 && !(part == 1 && *from == '.') && length + part + 2 < PATH_MAX) {
      to[length++] = '/';
      memcpy(to + length, from, part);
      length += part;
    }
    from += part;
  }
  to[length] = 0;
}

static bool is_watched(const char *path) {
  for (const char *one = watched; *one != 0; one += strlen(one) + 1) {
    size_t length = strlen(one);
    if (strncmp(path, one, length) == 0 && (path[length] == 0 || path[length] == '/')) return true;
  }
  return false;
}

/* What an open descriptor is of, as it is called now. */
static bool name_of(int fd, char *path) {
  char link[32];
  snprintf(link, sizeof link, fd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
  return length > 0;
}

static bool find(int folder, const char *path, char *full) {
  char joined[2 * PATH_MAX] = "";
  if (strlen(path) >= PATH_MAX || (*path != '/' && !name_of(folder, joined))) return false;
  strcat(strcat(joined, "/"), path);
  normalise(joined, full);
  return is_watched(full);
}

bool watches(struct call *call, int folder, const char *path) {
  int error = errno;
  bool found = watched != NULL && find(folder, path, call->path);
  errno = error;
  return found;
}

bool watches_two(struct call *call, const char *from, const char *to) {
  int error = errno;
  bool found = watched != NULL && (find(AT_FDCWD, from, call->path) | find(AT_FDCWD, to, call->other));
  errno = error;
  return found;
}

bool watches_fd(struct call *call, int fd) {
  int error = errno;
  bool found = watched != NULL && name_of(fd, call->path) && is_watched(call->path);
  errno = error;
  return found;
}

static void log_call(const struct call *call, const char *result) {
  char line[2 * PATH_MAX + 64];
  int length = snprintf(line, sizeof line, "%ld\t%s\t%s\t%s%s%s\n", call->ordinal, NAME[call->name], result, call->path,
                        call->other[0] == 0 ? "" : "\t", call->other);
  if (log_fd >= 0) syscall(SYS_write, log_fd, line, length);
}

static void die(const struct call *call, const char *result) {
  log_call(call, result);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void sleep_ms(long ms) {
  struct timespec left = {ms / 1000, ms % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

void begin(struct call *call) {
  int error = errno;
  bool is_write = call->name == WRITE, killed = false;
  long delay = 0;
  pthread_mutex_lock(&lock);
  read_control();
  if (call->name < READ) call->ordinal = ++ordinal;
  if (call->ordinal != 0 && call->ordinal == kill_at) {
    call->torn = kill_half && is_write;
    killed = !call->torn;
  }
  for (struct rule *rule = rules; rule < rules + rule_count; rule++) {
    if ((rule->names >> call->name & 1) == 0) continue;
    rule->seen += 1;
    if (rule->seen < rule->from || (rule->count != 0 && rule->seen >= rule->from + rule->count)) continue;
    if (rule->kind == FAIL && call->error == 0) call->error = (int)rule->detail;
    if (rule->kind == DELAY) delay += rule->detail;
    if (rule->kind == HALF) call->half = true;
    if (rule->kind == TORN && is_write) call->torn = true;
    if (rule->kind == KILL || (rule->kind == TORN && !is_write)) killed = true;
  }
  if (killed) die(call, "killed");
  if (call->torn) call->half = true, call->error = 0;
  if (delay > 0) {
    /* A slow call must not hold up those of other threads. */
    pthread_mutex_unlock(&lock);
    sleep_ms(delay);
    pthread_mutex_lock(&lock);
  }
  errno = error;
}

long end(struct call *call, long result) {
  int error = errno;
  if (call->torn) die(call, "torn");
  if (call->ordinal != 0 || call->error != 0) {
    char text[32];
    snprintf(text, sizeof text, "%ld", result < 0 ? -error : result);
    log_call(call, text);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

static const char *setting(const char *name) {
  const char *text = getenv(name);
  return text == NULL || *text == 0 ? NULL : strdup(text);
}

__attribute__((constructor)) static void start(void) {
  const char *paths = setting("FS_SHIM_PATHS"), *at = setting("FS_SHIM_KILL_AT"), *fail = setting("FS_SHIM_FAIL");
  const char *log = setting("FS_SHIM_LOG");
  if (paths == NULL) return;
  kill_at = at == NULL ? 0 : atol(at);
  kill_half = setting("FS_SHIM_KILL_HALF") != NULL;
  control = setting("FS_SHIM_CONTROL");
  if (fail != NULL) set_rules((char *)fail);
  if (log != NULL && (log_fd = raw_open(log, O_WRONLY | O_APPEND | O_CREAT)) < 0) refuse("cannot open the log", log);
  char *list = calloc(1, strlen(paths) + 2);
  strcpy(list, paths);
  for (char *colon = list; (colon = strchr(colon, ':')) != NULL;) *colon++ = 0;
  watched = list;
}
