/*
 * Stands in front of libc's file calls that Node imports (nm -D) or libuv looks up. FILE streams (fopen) and memory maps are
 * not seen.
 */
#define _GNU_SOURCE
#include "fs-shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The function of that name behind this library: libc's. */
#define REAL(function)                                                         \
  ({                                                                           \
    static __typeof__(&function) real;                                         \
    if (!real) real = (__typeof__(&function))dlsym(RTLD_NEXT, #function);      \
    real;                                                                      \
  })

/* Makes a watched call, unless it is to fail; then writes down what it did. */
#define RUN_AND(expression, note)                                              \
  begin(&call);                                                                \
  long result = call.error ? (errno = call.error, -1) : (expression);          \
  if (result >= 0) note;                                                       \
  return end(&call, result)
#define RUN(expression) RUN_AND(expression, (void)0)

static int opened(int folder, const char *path, int flags, mode_t mode) {
  bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  struct call call = {.name = writes ? OPEN : OPEN_READ};
  if (!watches(&call, folder, path)) return REAL(openat)(folder, path, flags, mode);
  RUN_AND(REAL(openat)(folder, path, flags, mode), record_open(&call, (int)result, flags));
}

#define WITH_MODE                                                              \
  mode_t mode = 0;                                                             \
  if (flags & (O_CREAT | O_TMPFILE)) {                                         \
    va_list more;                                                              \
    va_start(more, flags);                                                     \
    mode = va_arg(more, mode_t);                                               \
    va_end(more);                                                              \
  }
int open(const char *path, int flags, ...) { WITH_MODE return opened(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { WITH_MODE return opened(folder, path, flags, mode); }
int open64(const char *path, int flags, ...) { WITH_MODE return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }

/* offset -1: where the descriptor stands */
static ssize_t real_write(int fd, const struct iovec *parts, int count, off_t offset) {
  return offset == -1 ? REAL(writev)(fd, parts, count) : REAL(pwritev)(fd, parts, count, offset);
}

/* The first half of the bytes; of one byte it is none for a torn write, else that byte. */
static ssize_t write_half(int fd, const struct iovec *parts, int count, off_t offset, bool torn) {
  struct iovec first[IOV_MAX];
  size_t all = 0;
  for (int at = 0; at < count; at++) all += parts[at].iov_len;
  size_t left = all == 1 && !torn ? 1 : all / 2;
  int used = 0;
  for (; used < count && left > 0; used++) {
    first[used] = parts[used];
    if (first[used].iov_len > left) first[used].iov_len = left;
    left -= first[used].iov_len;
  }
  return real_write(fd, first, used, offset);
}

static ssize_t written(int fd, const struct iovec *parts, int count, off_t offset) {
  struct call call = {.name = WRITE};
  if (!watches_fd(&call, fd)) return real_write(fd, parts, count, offset);
  RUN_AND(call.half && count >= 0 && count <= IOV_MAX ? write_half(fd, parts, count, offset, call.torn)
                                                      : real_write(fd, parts, count, offset),
          record_write(&call, fd, parts, count, offset, result));
}

ssize_t writev(int fd, const struct iovec *parts, int count) { return written(fd, parts, count, -1); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return written(fd, parts, count, offset); }
ssize_t write(int fd, const void *bytes, size_t length) {
  return written(fd, &(struct iovec){(void *)bytes, length}, 1, -1);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return written(fd, &(struct iovec){(void *)bytes, length}, 1, offset);
}

#define HALF_OF(length) (call.half && (length) > 1 ? (length) / 2 : (length))
#define ON_FD_AND(NAME, expression, note)                                      \
  struct call call = {.name = NAME};                                           \
  if (!watches_fd(&call, fd)) return expression;                               \
  RUN_AND(expression, note)
#define ON_FD(NAME, expression) ON_FD_AND(NAME, expression, (void)0)
ssize_t read(int fd, void *to, size_t length) { ON_FD(READ, REAL(read)(fd, to, HALF_OF(length))); }
ssize_t pread(int fd, void *to, size_t length, off_t at) { ON_FD(READ, REAL(pread)(fd, to, HALF_OF(length), at)); }
ssize_t readv(int fd, const struct iovec *to, int count) { ON_FD(READ, REAL(readv)(fd, to, HALF_OF(count))); }
ssize_t preadv(int fd, const struct iovec *to, int count, off_t at) {
  ON_FD(READ, REAL(preadv)(fd, to, HALF_OF(count), at));
}
int fsync(int fd) { ON_FD_AND(FSYNC, REAL(fsync)(fd), record_fd_call(&call, "fsync", fd, 0)); }
int fdatasync(int fd) { ON_FD_AND(FDATASYNC, REAL(fdatasync)(fd), record_fd_call(&call, "fdatasync", fd, 0)); }
int ftruncate(int fd, off_t size) {
  ON_FD_AND(TRUNCATE, REAL(ftruncate)(fd, size), record_fd_call(&call, "truncate", fd, size));
}

#define ON_PATH(NAME, folder, expression, note)                                \
  struct call call = {.name = NAME};                                           \
  if (!watches(&call, folder, path)) return expression;                        \
  RUN_AND(expression, note)
int truncate(const char *path, off_t size) {
  ON_PATH(TRUNCATE, AT_FDCWD, REAL(truncate)(path, size), record_truncate(&call, size));
}
int mkdir(const char *path, mode_t mode) {
  ON_PATH(MKDIR, AT_FDCWD, REAL(mkdir)(path, mode), record_paths(&call, "mkdir", call.path, NULL));
}
int rmdir(const char *path) {
  ON_PATH(RMDIR, AT_FDCWD, REAL(rmdir)(path), record_paths(&call, "rmdir", call.path, NULL));
}
int unlink(const char *path) {
  ON_PATH(UNLINK, AT_FDCWD, REAL(unlink)(path), record_paths(&call, "unlink", call.path, NULL));
}
int unlinkat(int folder, const char *path, int flags) {
  bool is_folder = flags & AT_REMOVEDIR;
  ON_PATH(is_folder ? RMDIR : UNLINK, folder, REAL(unlinkat)(folder, path, flags),
          record_paths(&call, is_folder ? "rmdir" : "unlink", call.path, NULL));
}
int remove(const char *path) {
  struct stat facts;
  bool is_folder = lstat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
  return is_folder ? rmdir(path) : unlink(path);
}
int symlink(const char *target, const char *path) {
  ON_PATH(LINK, AT_FDCWD, REAL(symlink)(target, path), record_paths(&call, "symlink", target, call.path));
}

#define ON_PATHS(NAME, expression, recorded)                                   \
  struct call call = {.name = NAME};                                           \
  if (!watches_two(&call, from, to)) return expression;                        \
  RUN_AND(expression, record_paths(&call, recorded, call.path, call.other))
int rename(const char *from, const char *to) { ON_PATHS(RENAME, REAL(rename)(from, to), "rename"); }
int link(const char *from, const char *to) { ON_PATHS(LINK, REAL(link)(from, to), "link"); }

/* Copies inside the kernel are refused as by a kernel that has none: their callers then read and write, which is seen. */
static bool into_watched(int fd) { return watches_fd(&(struct call){.name = WRITE}, fd); }
ssize_t sendfile(int out, int in, off_t *at, size_t length) {
  return into_watched(out) ? (errno = EINVAL, -1) : REAL(sendfile)(out, in, at, length);
}
ssize_t copy_file_range(int in, off_t *from, int out, off_t *to, size_t length, unsigned flags) {
  return into_watched(out) ? (errno = ENOSYS, -1) : REAL(copy_file_range)(in, from, out, to, length, flags);
}
long syscall(long number, ...) {
  long a[6];
  va_list more;
  va_start(more, number);
  for (int at = 0; at < 6; at++) a[at] = va_arg(more, long);
  va_end(more);
  if (number == SYS_copy_file_range && into_watched((int)a[2])) return errno = ENOSYS, -1;
  if (number == SYS_io_uring_setup) return errno = ENOSYS, -1; /* it would make calls that are not seen */
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* off_t and off64_t are one on the 64-bit targets. */
#define SAME_AS(name) __attribute__((alias(#name)))
ssize_t pread64(int fd, void *to, size_t length, off64_t at) SAME_AS(pread);
ssize_t preadv64(int fd, const struct iovec *to, int count, off64_t at) SAME_AS(preadv);
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) SAME_AS(pwrite);
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) SAME_AS(pwritev);
int ftruncate64(int fd, off64_t size) SAME_AS(ftruncate);
int truncate64(const char *path, off64_t size) SAME_AS(truncate);
ssize_t sendfile64(int out, int in, off64_t *at, size_t length) SAME_AS(sendfile);
