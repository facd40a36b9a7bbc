/* Writes down what watched calls did, with their bytes, for fs-record.ts. All of it happens within a call, between begin() and end(). */
#define _GNU_SOURCE
#include "fs-shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int record_fd = -1;

/* What cannot be recorded must not pass for what did not happen. */
static void fail(const char *what) {
  dprintf(2, "fs-shim: %s: %s\n", what, strerror(errno));
  _exit(125);
}

/* NAME ORDINAL INODE NUMBER LENGTH, then so many bytes */
static void put(const struct call *call, const char *name, unsigned long inode, long number, const struct iovec *parts,
                int count, size_t bytes) {
  char head[128];
  struct iovec all[IOV_MAX];
  int used = 1;
  all[0].iov_base = head;
  all[0].iov_len = (size_t)snprintf(head, sizeof head, "%s %ld %lu %ld %zu\n", name, call->ordinal, inode, number, bytes);
  size_t left = bytes, length = all[0].iov_len + bytes;
  for (int at = 0; at < count && left > 0 && used < IOV_MAX; at++) {
    all[used] = parts[at];
    if (all[used].iov_len > left) all[used].iov_len = left;
    left -= all[used++].iov_len;
  }
  if (left > 0 || syscall(SYS_writev, record_fd, all, used) != (long)length) fail("cannot write the record");
}

static unsigned long inode_of(int fd) {
  struct stat facts;
  return fstat(fd, &facts) == 0 ? facts.st_ino : 0;
}

void record_paths(const struct call *call, const char *name, const char *first, const char *second) {
  int error = errno;
  struct iovec parts[3] = {{(char *)first, strlen(first)}, {"", 1}, {(char *)second, second ? strlen(second) : 0}};
  if (record_fd >= 0)
    put(call, name, 0, 0, parts, second ? 3 : 1, parts[0].iov_len + (second ? 1 + parts[2].iov_len : 0));
  errno = error;
}

void record_open(const struct call *call, int fd, int flags) {
  int error = errno;
  struct iovec path = {(char *)call->path, strlen(call->path)};
  bool writes = (flags & O_ACCMODE) != O_RDONLY;
  long number = (flags & O_CREAT ? 1 : 0) | (flags & O_TRUNC && writes ? 2 : 0);
  if (record_fd >= 0) put(call, "open", inode_of(fd), number, &path, 1, path.iov_len);
  errno = error;
}

void record_write(const struct call *call, int fd, const struct iovec *parts, int count, off_t offset, ssize_t length) {
  int error = errno;
  if (record_fd >= 0 && length > 0) {
    struct stat facts;
    if (offset == -1) offset = lseek(fd, 0, SEEK_CUR) - length;
    /* pwrite(2): on Linux one with O_APPEND goes to the end */
    else if (fcntl(fd, F_GETFL) & O_APPEND && fstat(fd, &facts) == 0) offset = facts.st_size - length;
    put(call, "write", inode_of(fd), offset, parts, count, (size_t)length);
  }
  errno = error;
}

void record_fd_call(const struct call *call, const char *name, int fd, long number) {
  int error = errno;
  if (record_fd >= 0) put(call, name, inode_of(fd), number, NULL, 0, 0);
  errno = error;
}

/* By its path: inode 0. */
void record_truncate(const struct call *call, off_t size) {
  int error = errno;
  struct iovec path = {(char *)call->path, strlen(call->path)};
  if (record_fd >= 0) put(call, "truncate", 0, size, &path, 1, path.iov_len);
  errno = error;
}

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("FS_SHIM_RECORD");
  if (path == NULL || *path == 0) return;
  record_fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (record_fd < 0) fail("cannot open the record");
}
