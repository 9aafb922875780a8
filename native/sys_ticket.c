/*
 * Tickets: short texts by which another environment opens the same object.
 *
 *   sem:INODE:/name
 *   mq:ACCESS:INODE:/name
 *   pipe:PID:START:FD:DEVICE:INODE:ACCESS
 *   fifo:PID:START:FD:DEVICE:INODE:ACCESS:path     (or no path)
 *
 * A name may have come to mean another object: the inode tells. A pipe's end is opened through /proc/PID/fd/FD, which gives a description of
 * its own; the process's start time, the device and the inode tell whether that
 * is still the same. A ticket keeps nothing open.
 */
#include "env.h"
#include "families.h"
#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST = PATH_BYTES + 256 };

struct end {
    uint64_t pid, start, fd, device, inode, access;
};

static int write_end(const struct object *object, char *text, size_t room)
{
    struct stat about;
    uint64_t pid = (uint64_t)getpid(), start;
    const char *kind = object->kind == SLUICE_KIND_FIFO ? "fifo" : "pipe";
    if (native_sys.fstat(object->fd, &about) < 0)
        return -errno;
    int n = native_process_start(pid, &start);
    if (n < 0)
        return n;
    n = snprintf(text, room, "%s:%" PRIu64 ":%" PRIu64 ":%d:%" PRIu64 ":%" PRIu64 ":%u", kind, pid,
                 start, object->fd, (uint64_t)about.st_dev, (uint64_t)about.st_ino, object->access);
    if (n < 0 || (size_t)n >= room || object->kind != SLUICE_KIND_FIFO)
        return n;
    /* The path is for listings only: one that does not fit is left out. */
    const char *path = object->name && strlen(object->name) + 2 < room - n ? object->name : "";
    return n + snprintf(text + n, room - n, ":%s", path);
}

ATTEMPT(native_ticket)
{
    (void)env;
    char *text = (char *)request->bytes;
    size_t room = request->length;
    bool named = object->kind == SLUICE_KIND_SEMAPHORE || object->kind == SLUICE_KIND_MESSAGE_QUEUE;
    int n = named ? native_object_identify(object) : 0;
    if (n < 0)
        return n;
    if (object->kind == SLUICE_KIND_SEMAPHORE)
        n = snprintf(text, room, "sem:%" PRIu64 ":%s", object->inode, object->name);
    else if (object->kind == SLUICE_KIND_MESSAGE_QUEUE)
        n = snprintf(text, room, "mq:%u:%" PRIu64 ":%s", object->access, object->inode,
                     object->name);
    else
        n = write_end(object, text, room);
    return n >= 0 && (size_t)n >= room ? -EMSGSIZE : n;
}

/* Reads digits and what ends them; false when there is something else. */
static bool read_number(const char **at, char end, uint64_t *number)
{
    char *after;
    if (**at < '0' || **at > '9')
        return false;
    errno = 0;
    *number = strtoull(*at, &after, 10);
    if (errno || *after != end)
        return false;
    *at = after + (end != 0);
    return true;
}

/* What a name has given, if it is the one that is meant. */
static int same(struct env *env, int n, uint64_t inode)
{
    if (n < 0)
        return n;
    struct object *object = native_table_get(&env->handles, (uint32_t)n);
    int known = native_object_identify(object);
    if (known == 0 && object->inode == inode)
        return n;
    native_close(env, NULL, &(struct request){.handle = (uint32_t)n});
    return known == 0 || known == -ENOENT ? -ESTALE : known;
}

static int open_semaphore(struct env *env, const char *text, struct request *request)
{
    uint64_t inode;
    request->out[0] = SLUICE_KIND_SEMAPHORE;
    if (!read_number(&text, ':', &inode))
        return -EINVAL;
    return same(env, native_sem_open_named(env, text, 0, 0, 0), inode);
}

static int open_queue(struct env *env, const char *text, struct request *request)
{
    struct request open = {0};
    uint64_t access, inode;
    int how = read_number(&text, ':', &access) && access <= (SLUICE_READ | SLUICE_WRITE) &&
                      read_number(&text, ':', &inode)
                  ? native_access((uint32_t)access)
                  : -EINVAL;
    if (how < 0)
        return how;
    int n = native_mq_open_named(env, text, how, &open, NULL);
    request->out[0] = SLUICE_KIND_MESSAGE_QUEUE;
    request->out[1] = open.out[0];
    request->out[2] = open.out[1];
    request->out[3] = (uint32_t)access;
    return same(env, n, inode);
}

static bool read_end(const char *text, bool fifo, struct end *end, const char **name)
{
    bool fine = read_number(&text, ':', &end->pid) && read_number(&text, ':', &end->start) &&
                read_number(&text, ':', &end->fd) && read_number(&text, ':', &end->device) &&
                read_number(&text, ':', &end->inode) &&
                read_number(&text, fifo ? ':' : 0, &end->access);
    *name = fifo && *text ? text : NULL;
    return fine && end->fd <= INT32_MAX &&
           (end->access == SLUICE_READ || end->access == SLUICE_WRITE ||
            (fifo && end->access == (SLUICE_READ | SLUICE_WRITE)));
}

static bool is_same(const struct stat *about, const struct end *end)
{
    return S_ISFIFO(about->st_mode) && about->st_dev == end->device && about->st_ino == end->inode;
}

/* Both ends of a pipe are one inode, and numbers of descriptors come back: the link's mode tells which end it is. */
static bool is_that_end(const struct stat *link, const struct end *end)
{
    uint64_t access =
        (link->st_mode & S_IRUSR ? SLUICE_READ : 0) | (link->st_mode & S_IWUSR ? SLUICE_WRITE : 0);
    return access == end->access;
}

/* First looked at: opening something else could have consequences. -ENOENT when that end is there no more. */
static int look(const char *path, const struct end *end)
{
    struct stat about, link;
    uint64_t start;
    int n = native_process_start(end->pid, &start);
    if (n < 0 || start != end->start)
        return n < 0 ? n : -ENOENT;
    if (native_sys.stat(path, &about) < 0 || native_sys.lstat(path, &link) < 0)
        return -errno;
    return is_same(&about, end) && is_that_end(&link, end) ? 0 : -ENOENT;
}

/* The descriptor; -ENOENT as above. */
static int open_through_proc(const struct end *end)
{
    char path[64];
    struct stat about;
    int how = native_access((uint32_t)end->access) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
    snprintf(path, sizeof path, "/proc/%" PRIu64 "/fd/%" PRIu64, end->pid, end->fd);
    int n = look(path, end);
    if (n < 0)
        return n;
    int fd = native_sys.open(path, how, 0);
    if (fd < 0)
        return -errno;
    n = native_sys.fstat(fd, &about) < 0 ? -errno : is_same(&about, end) ? fd : -ENOENT;
    if (n < 0)
        native_sys.close(fd);
    return n;
}

static int open_end(struct env *env, const char *text, bool fifo, struct request *request)
{
    struct end end;
    const char *name;
    if (!read_end(text, fifo, &end, &name))
        return -EINVAL;
    int fd = open_through_proc(&end);
    if (fd < 0)
        return fd;
    uint32_t kind = fifo ? SLUICE_KIND_FIFO : SLUICE_KIND_PIPE;
    int capacity = native_pipe_capacity(fd, 0);
    request->out[0] = kind;
    request->out[1] = capacity < 0 ? 0 : (uint32_t)capacity;
    request->out[2] = (uint32_t)end.access;
    return native_pipe_adopt(env, kind, fd, (uint32_t)end.access, name);
}

static int open_text(struct env *env, const char *text, struct request *request)
{
    if (strncmp(text, "sem:", 4) == 0)
        return open_semaphore(env, text + 4, request);
    if (strncmp(text, "mq:", 3) == 0)
        return open_queue(env, text + 3, request);
    if (strncmp(text, "pipe:", 5) == 0)
        return open_end(env, text + 5, false, request);
    if (strncmp(text, "fifo:", 5) == 0)
        return open_end(env, text + 5, true, request);
    return -EINVAL;
}

ATTEMPT(native_open_ticket)
{
    (void)object;
    if (request->length == 0 || request->length > LONGEST)
        return -EINVAL;
    if (memchr(request->bytes, 0, request->length))
        return -EINVAL;
    char *text = native_sys.alloc(request->length + 1, 1);
    if (!text)
        return -ENOMEM;
    memcpy(text, request->bytes, request->length);
    int n = open_text(env, text, request);
    free(text);
    return n == -ENOENT ? -ESTALE : n == -ENAMETOOLONG ? -EINVAL : n;
}
