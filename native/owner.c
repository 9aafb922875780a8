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

uint64_t native_process_start(uint64_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%" PRIu64 "/stat", pid);
    int fd = native_sys.open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    ssize_t length = native_sys.read(fd, text, sizeof text - 1);
    native_sys.close(fd);
    text[length > 0 ? length : 0] = 0;
    char *at = strrchr(text, ')'); /* the second field may hold anything */
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at + 1, NULL, 10) : 0;
}

/* 0 when it cannot be told. */
static uint64_t namespace(void)
{
    struct stat about;
    uint64_t inode = native_sys.stat("/proc/self/ns/pid", &about) == 0 ? about.st_ino : 0;
    return inode & ((1 << NAMESPACE_BITS) - 1);
}

uint64_t native_owner_started(void)
{
    return native_process_start((uint64_t)getpid()) << NAMESPACE_BITS | namespace();
}

bool native_owner_ended(int pidfd)
{
    struct pollfd poll = {.fd = pidfd, .events = POLLIN};
    struct timespec now = {0};
    return native_sys.ppoll(&poll, 1, &now) == 1; /* a zombie has */
}

int native_owner_watch(uint32_t pid, uint64_t started)
{
    uint64_t ticks = started >> NAMESPACE_BITS;
    if (started != 0 && (started & ((1 << NAMESPACE_BITS) - 1)) != namespace())
        return -ESRCH;
    int fd = native_sys.pidfd_open((pid_t)pid);
    if (fd < 0)
        return errno == ESRCH ? 0 : -errno;
    /* Asked while the descriptor holds the number: the answer is this process's, or it has ended. */
    uint64_t now = native_process_start(pid);
    if (native_owner_ended(fd) || (ticks != 0 && now != 0 && now != ticks)) {
        native_sys.close(fd);
        return 0;
    }
    return fd;
}
