// uhid-relay PORT UHID: carries HID devices between the board's kernel and the host. PORT is a virtio-serial port, UHID is
// /dev/uhid. The host plays the devices; here is nothing but the way there.
//
// A frame is its length (u32, little endian) and then an event of linux/uhid.h. Two events are the relay's own: HELLO with a
// number begins a conversation, and is answered with the same number; the relay says HELLO 0 when it has begun anew and
// wants to be greeted. GONE with a number says that the kernel has let go of the n-th device of this conversation.

#include <errno.h>
#include <fcntl.h>
#include <linux/uhid.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  HEAD = 4,
  EVENT_MAX = sizeof(struct uhid_event),
  FRAME_MAX = HEAD + EVENT_MAX,
  WORD = HEAD + 8,
  // Devices that the kernel still tears down; with one more the relay waits.
  DYING_MAX = 8,
  // Room for what one step may say: an event, an answer, and the end of all dying devices.
  OUT_MAX = FRAME_MAX + WORD * (DYING_MAX + 2),
  PAUSE_MS = 100,
  // The host says a frame in one go: one that is not whole by then never will be, as when the host was cut off in it.
  HALF_FRAME_MS = 2000,
};
#define HELLO 0x70726801u
#define GONE 0x70726802u

static const char *uhid_path;
static int port = -1, device = -1, children = -1;
static uint32_t conversation, created;
static uint8_t in[FRAME_MAX], out[OUT_MAX];
static size_t in_length, out_at, out_length;
static struct {
  pid_t pid;
  uint32_t conversation, number;
} dying[DYING_MAX];

static void put32(uint8_t *at, uint32_t value) {
  for (int byte = 0; byte < 4; byte++) at[byte] = value >> (8 * byte);
}

static uint32_t get32(const uint8_t *at) {
  return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static size_t room(void) { return OUT_MAX - out_length; }

static void say(uint32_t type, uint32_t number) {
  if (room() < WORD) return;
  put32(out + out_length, 8);
  put32(out + out_length + 4, type);
  put32(out + out_length + 8, number);
  out_length += WORD;
}

/** Notes the end of one device. */
static void buried(pid_t pid) {
  for (int at = 0; at < DYING_MAX; at++) {
    if (dying[at].pid != pid) continue;
    dying[at].pid = 0;
    if (conversation != 0 && dying[at].conversation == conversation) say(GONE, dying[at].number);
  }
}

static int free_slot(void) {
  for (;;) {
    for (int at = 0; at < DYING_MAX; at++)
      if (dying[at].pid == 0) return at;
    pid_t pid = waitpid(-1, NULL, 0);
    if (pid > 0) buried(pid);
  }
}

/** Destroys the device. The kernel takes until the last file of its adapter is closed, so a process of its own waits for it. */
static void end_device(void) {
  if (device < 0) return;
  int slot = free_slot();
  pid_t pid = fork();
  if (pid == 0) {
    uint32_t destroy = UHID_DESTROY;
    close(port);
    _exit(write(device, &destroy, sizeof destroy) < 0);
  }
  // Without a process the kernel destroys it as its file is closed, and this one waits.
  close(device);
  device = -1;
  if (pid < 0) {
    if (conversation != 0) say(GONE, created);
    return;
  }
  dying[slot].pid = pid;
  dying[slot].conversation = conversation;
  dying[slot].number = created;
}

/** A file of /dev/uhid is good for one device. */
static void begin_device(const uint8_t *event, size_t length) {
  end_device();
  created++;
  device = open(uhid_path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device >= 0 && write(device, event, length) == (ssize_t)length) return;
  perror("uhid-relay: no device");
  if (device >= 0) close(device);
  device = -1;
  say(GONE, created);
}

static void take_event(const uint8_t *event, size_t length) {
  uint32_t type = get32(event);
  if (type == HELLO && length == 8) {
    end_device();
    conversation = get32(event + 4);
    created = 0;
    say(HELLO, conversation);
  } else if (conversation == 0) {
    // Meant for whoever was here before.
  } else if (type == UHID_CREATE2) {
    begin_device(event, length);
  } else if (type == UHID_DESTROY) {
    end_device();
  } else if (device >= 0 && write(device, event, length) < 0 && errno != EINVAL) {
    // EINVAL: the kernel refused or dropped the device meanwhile.
    perror("uhid-relay: an event was not taken");
  }
}

/** Takes the frames that are whole, as long as there is room for what they bring about. False if they make no sense. */
static int take_frames(void) {
  size_t at = 0;
  while (in_length - at >= HEAD && room() >= 2 * WORD) {
    size_t length = get32(in + at);
    if (length < 4 || length > EVENT_MAX) return 0;
    if (in_length - at < HEAD + length) break;
    take_event(in + at + HEAD, length);
    at += HEAD + length;
  }
  memmove(in, in + at, in_length - at);
  in_length -= at;
  return 1;
}

static void read_device(void) {
  ssize_t got = read(device, out + out_length + HEAD, EVENT_MAX);
  if (got < 4) {
    if (got >= 0 || (errno != EAGAIN && errno != EINTR)) end_device();
    return;
  }
  put32(out + out_length, got);
  out_length += HEAD + got;
}

static int read_port(void) {
  ssize_t got = read(port, in + in_length, sizeof in - in_length);
  if (got > 0) in_length += got;
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static int write_port(void) {
  ssize_t put = write(port, out + out_at, out_length - out_at);
  if (put > 0) out_at += put;
  if (out_at == out_length) out_at = out_length = 0;
  return put >= 0 || errno == EAGAIN || errno == EINTR;
}

static void read_children(void) {
  struct signalfd_siginfo info;
  if (read(children, &info, sizeof info) < 0) return;
  for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) buried(pid);
}

/** Carries until the host's end is gone or talks nonsense. */
static void converse(void) {
  say(HELLO, 0);
  while (take_frames()) {
    int idle = out_length == 0;
    struct pollfd files[] = {
        {.fd = port, .events = (in_length < sizeof in ? POLLIN : 0) | (idle ? 0 : POLLOUT)},
        {.fd = idle ? device : -1, .events = POLLIN},
        {.fd = room() >= WORD * DYING_MAX ? children : -1, .events = POLLIN},
    };
    int ready = poll(files, 3, in_length > 0 ? HALF_FRAME_MS : -1);
    if (ready < 0 && errno != EINTR) return;
    if (ready == 0) break;
    if (files[0].revents & (POLLHUP | POLLERR | POLLNVAL)) return;
    if (files[0].revents & POLLOUT && !write_port()) return;
    if (files[0].revents & POLLIN && !read_port()) return;
    if (files[1].revents) read_device();
    if (files[2].revents) read_children();
  }
  fprintf(stderr, "uhid-relay: what the host says is no frame; beginning anew\n");
}

static void pause_shortly(void) { poll(NULL, 0, PAUSE_MS); }

/** Opens the port and waits until the host is there. False if it cannot be opened. */
static int open_port(const char *path) {
  port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (port < 0) return 0;
  for (;;) {
    struct pollfd file = {.fd = port, .events = POLLOUT};
    if (poll(&file, 1, PAUSE_MS) > 0 && !(file.revents & POLLHUP)) return 1;
    pause_shortly();
  }
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: uhid-relay /dev/vportNpM /dev/uhid\n");
    return 2;
  }
  uhid_path = argv[2];
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGCHLD);
  sigprocmask(SIG_BLOCK, &mask, NULL);
  // The kernel's driver waits 50 ms for an answer, whatever else the board's one processor has to do.
  struct sched_param first = {.sched_priority = 1};
  if (sched_setscheduler(0, SCHED_FIFO, &first) < 0) perror("uhid-relay: no priority");
  children = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
  if (children < 0) {
    perror("uhid-relay: signalfd");
    return 1;
  }
  for (int told = 0;; pause_shortly()) {
    if (open_port(argv[1])) {
      told = 0;
      converse();
    } else if (!told++) {
      fprintf(stderr, "uhid-relay: cannot open %s: %s; trying again\n", argv[1], strerror(errno));
    }
    // What was half said belongs to nobody now. Closing the port lets the kernel forget what it holds.
    conversation = 0;
    end_device();
    in_length = out_at = out_length = 0;
    if (port >= 0) close(port);
    port = -1;
  }
}
