/*
 * fifo(7). The kernel makes readers and writers meet inside open(2), so who
 * waits does it there, in the blocking form; the descriptor stops blocking
 * afterwards.
 */
#include "block.h"
#include "clock.h"
#include "families.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>

#define BRIEF_NS (CLOCK_MS / 5)

/* A reader that does not block and whoever opens both ends wait for nobody. */
static bool needs_peer(const struct request *request)
{
    uint32_t both = SLUICE_READ | SLUICE_WRITE;
    return !(request->args[0] & SLUICE_NONBLOCK) && (request->args[0] & both) != both;
}

static int must_be_fifo(const char *name)
{
    struct stat about;
    if (native_sys.stat(name, &about) < 0)
        return -errno;
    return S_ISFIFO(about.st_mode) ? 0 : -EINVAL;
}

/* Set in the request's spare argument by who has just made the FIFO. */
static uint32_t *is_new(struct request *request)
{
    return &request->args[5];
}

/* Others may have enlarged a FIFO that was there: it is never made smaller than it is. */
static int capacity(int fd, struct request *request)
{
    int now = native_pipe_capacity(fd, 0);
    bool enough = now >= 0 && (uint32_t)now >= request->args[2];
    return enough && !*is_new(request) ? now : native_pipe_capacity(fd, request->args[2]);
}

/* What open(2) gave, made ready for use: it, or -errno. */
static int prepare(int fd, struct request *request)
{
    struct stat about;
    int n = 0;
    if (fd < 0)
        return -errno;
    if (native_sys.fstat(fd, &about) < 0)
        n = -errno;
    else if (!S_ISFIFO(about.st_mode))
        n = -EINVAL; /* exchanged meanwhile */
    else if (native_sys.fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        n = -errno;
    else
        n = capacity(fd, request);
    if (n < 0) {
        native_sys.close(fd);
        return n;
    }
    request->out[0] = (uint32_t)n;
    return fd;
}

/* Nobody there, or not yet: the FIFO stays, as after mkfifo(3) and open(2) by hand. */
static bool lacks_peer(int n)
{
    return n == -ENXIO || n == -EINTR || n == -EAGAIN;
}

static int open_now(struct request *request, int flags)
{
    int how = native_access(request->args[0]);
    if (how < 0)
        return how;
    int fd = native_sys.open(request->name, how | flags | O_CLOEXEC | O_NOCTTY, 0);
    int n = prepare(fd, request);
    if (n < 0 && !lacks_peer(n))
        native_fifo_undo(request, request->name);
    return n;
}

void native_fifo_undo(struct request *request, const char *name)
{
    if (*is_new(request))
        native_sys.unlink(name);
    *is_new(request) = 0;
}

WAIT(native_fifo_open)
{
    (void)object, (void)deadline_ns;
    return open_now(request, 0);
}

ATTEMPT(native_fifo_begin)
{
    (void)env, (void)object;
    uint32_t flags = request->args[0];
    if (!request->name || native_access(flags) < 0)
        return -EINVAL;
    *is_new(request) = 0;
    if (flags & SLUICE_CREATE) {
        if (native_sys.mkfifo(request->name, request->args[1] & 07777) == 0)
            *is_new(request) = 1;
        else if (errno != EEXIST || flags & SLUICE_EXCLUSIVE)
            return -errno;
    }
    int n = must_be_fifo(request->name);
    if (n < 0) {
        native_fifo_undo(request, request->name);
        return n;
    }
    return needs_peer(request) ? -EAGAIN : open_now(request, O_NONBLOCK);
}

/*
 * Whether a writer is there cannot be seen without opening, and a reader that
 * opens and goes away would break a writer who comes in between. So a reader's
 * attempt is the kernel's own open(2), interrupted almost at once.
 */
static int try_reader(struct env *env, struct request *request)
{
    int64_t soon = native_now_ns(CLOCK_MONOTONIC) + BRIEF_NS;
    int n = native_block_until(env, native_row(request->op), NULL, request, soon);
    return n == -ETIMEDOUT ? -EAGAIN : n;
}

/* Leaves nothing behind where it would have to wait: a FIFO just made has no other end. */
ATTEMPT(native_fifo_try_open)
{
    uint32_t flags = request->args[0];
    *is_new(request) = 0;
    if (!request->name || native_access(flags) < 0)
        return -EINVAL;
    if (!needs_peer(request))
        return native_fifo_begin(env, object, request);
    int n = must_be_fifo(request->name);
    if (flags & SLUICE_CREATE) {
        if (n == -ENOENT)
            return -EAGAIN;
        if (flags & SLUICE_EXCLUSIVE)
            return -EEXIST;
    }
    if (n < 0)
        return n;
    if (flags & SLUICE_READ)
        return try_reader(env, request);
    n = open_now(request, O_NONBLOCK);
    return n == -ENXIO ? -EAGAIN : n;
}

FINISH(native_fifo_finish)
{
    n = native_pipe_adopt(env, SLUICE_KIND_FIFO, n, request->args[0], request->name);
    if (n < 0)
        native_fifo_undo(request, request->name);
    return n;
}

void native_fifo_discard(int fd)
{
    native_sys.close(fd);
}
