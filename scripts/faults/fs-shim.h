/* What the two halves share: fs-shim.c decides about calls, fs-shim-calls.c stands in front of libc. */
#ifndef FS_SHIM_H
#define FS_SHIM_H
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Up to READ they change something: they have ordinals, and may be where the program is killed. */
enum name {
  OPEN, /* for writing, or one that creates or empties */
  WRITE,
  FSYNC,
  FDATASYNC,
  TRUNCATE,
  RENAME,
  LINK,
  UNLINK,
  MKDIR,
  RMDIR,
  READ,
  OPEN_READ,
  NAMES
};

/* A call that is under way. The lock is held from begin() to end(), so calls happen one by one. */
struct call {
  enum name name;
  long ordinal;         /* 0: not counted */
  int error;            /* errno that it is to fail with; 0: it is made */
  bool half;            /* writes and reads: of half the bytes only */
  bool torn;            /* with `half`: kill the program afterwards */
  char path[PATH_MAX];  /* absolute */
  char other[PATH_MAX]; /* second path of rename and link */
};

/* True when the path is watched; puts it into call->path. Leaves errno as it was. */
bool watches(struct call *call, int folder, const char *path);
bool watches_fd(struct call *call, int fd);
/* True when one of them is watched. */
bool watches_two(struct call *call, const char *from, const char *to);

/* Counts the call and tells what is to become of it. Does not return when the program is to die here. */
void begin(struct call *call);
/* Logs the result and returns it; kills the program after a torn write. */
long end(struct call *call, long result);

/* For FS_SHIM_RECORD, after a call that succeeded. `offset` -1: it was written where the descriptor stood. */
void record_open(const struct call *call, int fd, int flags);
void record_write(const struct call *call, int fd, const struct iovec *parts, int count, off_t offset, ssize_t length);
void record_fd_call(const struct call *call, const char *name, int fd, long number);
void record_truncate(const struct call *call, off_t size);
void record_paths(const struct call *call, const char *name, const char *first, const char *second);
#endif
