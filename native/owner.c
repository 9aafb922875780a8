#include "owner.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAMESPACE_BITS = 24 };

/* What /proc tells of a process (proc_pid_stat(5)). */
struct process_stat {
    char state;     /* field 3 */
    uint64_t ticks; /* field 22: its start, in clock ticks since boot */
};

/* 0; -ENOENT: no such process; -errno. */
static int read_stat(uint64_t pid, struct process_stat *stat)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%" PRIu64 "/stat", pid);
    int fd = native_sys.open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    ssize_t length;
    while ((length = native_sys.read(fd, text, sizeof text - 1)) < 0 && errno == EINTR)
        continue;
    int n = length >= 0 ? 0 : errno == ESRCH ? -ENOENT : -errno;
    native_sys.close(fd);
    text[length > 0 ? length : 0] = 0;
    char *at = strrchr(text, ')'); /* the second field may hold anything */
    stat->state = at && at[1] ? at[2] : 0;
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    stat->ticks = at ? strtoull(at + 1, NULL, 10) : 0;
    return n;
}

int native_process_start(uint64_t pid, uint64_t *ticks)
{
    struct process_stat stat = {0};
    int n = read_stat(pid, &stat);
    *ticks = stat.ticks;
    return n;
}

static int namespace(uint64_t *number)
{
    struct stat about;
    int n = native_sys.stat("/proc/self/ns/pid", &about) < 0 ? -errno : 0;
    *number = n == 0 ? about.st_ino & ((1 << NAMESPACE_BITS) - 1) : 0;
    return n;
}

/* Never 0; UINT32_MAX, which is nobody's, where it cannot be told. */
static uint32_t own_numbering(void)
{
    uint64_t mine;
    return namespace(&mine) < 0 ? UINT32_MAX : (uint32_t)mine | 1u << NAMESPACE_BITS;
}

void native_owner_number(struct sluice_au32 *numbering)
{
    uint32_t mine = own_numbering();
    if (!cas_acqrel(numbering, 0, mine) && load_acquire(numbering) != mine)
        store_release(numbering, UINT32_MAX);
}

bool native_owner_numbered(const struct sluice_au32 *numbering)
{
    uint32_t mine = own_numbering();
    return mine != UINT32_MAX && load_acquire(numbering) == mine;
}

/* Half of it would be worse than nothing: others could never prove this process's end. */
int native_owner_started(uint64_t *started)
{
    uint64_t ticks, number;
    int n = native_process_start((uint64_t)getpid(), &ticks);
    n = n < 0 ? n : namespace(&number);
    *started = n < 0 ? 0 : ticks << NAMESPACE_BITS | number;
    return n == -ENOENT ? 0 : n;
}

/* Both are of one look, so that it is the process's own state and not another's with its number. */
int native_owner_stopped(uint32_t pid, uint64_t started)
{
    struct process_stat stat;
    uint64_t number;
    int n = namespace(&number);
    n = n < 0 ? n : read_stat(pid, &stat);
    if (n < 0)
        return n == -ENOENT ? 0 : n; /* it has ended, or there is no /proc */
    bool same = started == (stat.ticks << NAMESPACE_BITS | number);
    return same && (stat.state == 'T' || stat.state == 't');
}

bool native_owner_ended(int pidfd)
{
    struct pollfd poll = {.fd = pidfd, .events = POLLIN};
    struct timespec now = {0};
    return native_sys.ppoll(&poll, 1, &now) == 1; /* a zombie has */
}

int native_owner_watch(uint32_t pid, uint64_t started)
{
    uint64_t ticks = started >> NAMESPACE_BITS, number, now;
    int n = started ? namespace(&number) : 0;
    if (n < 0)
        return n;
    if (started != 0 && (started & ((1 << NAMESPACE_BITS) - 1)) != number)
        return -ESRCH;
    int fd = native_sys.pidfd_open((pid_t)pid);
    if (fd < 0)
        return errno == ESRCH ? 0 : -errno;
    /* Asked while the descriptor holds the number: the answer is this process's, or it has ended. */
    n = native_process_start(pid, &now);
    if (native_owner_ended(fd) || (n == 0 && ticks != 0 && now != ticks)) {
        native_sys.close(fd);
        return 0;
    }
    return fd;
}
