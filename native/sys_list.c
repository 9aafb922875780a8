/* What exists, as ipcs(1) would show it; and closing and removing. */
#include "core.h"
#include "env.h"
#include "families.h"
#include "notify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MQUEUE_MAGIC = 0x19800202 };

/* A listing under way. */
struct list {
    uint8_t *at;
    size_t left;
    uint32_t skip;  /* already given by calls before */
    uint32_t given; /* with those of this call */
    bool full;
    int error; /* -errno of what could not be looked at, the first */
};

/* What is not there is no error. */
static void fail(struct list *list)
{
    if (errno != ENOENT && errno != ENOTDIR && list->error == 0)
        list->error = -errno;
}

static void give(struct list *list, struct sluice_listed record, const char *name)
{
    size_t bytes = strlen(name), padded = (bytes + 3) & ~(size_t)3;
    if (list->full)
        return;
    if (list->skip) {
        list->skip--;
        return;
    }
    if (list->left < sizeof record + padded) {
        list->full = true;
        return;
    }
    record.name_bytes = (uint32_t)bytes;
    memcpy(list->at, &record, sizeof record);
    memset(list->at + sizeof record, 0, padded);
    memcpy(list->at + sizeof record, name, bytes);
    list->at += sizeof record + padded;
    list->left -= sizeof record + padded;
    list->given++;
}

static void give_stat(struct list *list, uint32_t kind, const struct stat *about, const char *name)
{
    struct sluice_listed record = {
        .kind = kind, .mode = about->st_mode & 07777, .owner = about->st_uid};
    give(list, record, name);
}

/* The objects of one kind, which are the files of a directory that begin with `prefix`. */
static void list_directory(struct list *list, uint32_t kind, const char *path, const char *prefix)
{
    struct dirent *entry;
    struct stat about;
    char file[300], name[260];
    size_t skip = strlen(prefix);
    DIR *directory = native_sys.opendir(path);
    if (!directory) {
        fail(list);
        return;
    }
    while (errno = 0, (entry = native_sys.readdir(directory))) {
        if (strncmp(entry->d_name, prefix, skip) != 0)
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        snprintf(name, sizeof name, "/%s", entry->d_name + skip);
        if (native_sys.lstat(file, &about) < 0)
            fail(list);
        else if (S_ISREG(about.st_mode))
            give_stat(list, kind, &about, name);
    }
    if (errno)
        fail(list);
    native_sys.closedir(directory);
}

/* Whether the name still means this object; it could not be found otherwise. */
static bool is_reachable(struct list *list, const struct object *object, struct stat *about)
{
    struct stat named;
    bool fifo = object->kind == SLUICE_KIND_FIFO;
    if (native_sys.fstat(object->fd, about) < 0 ||
        (fifo && native_sys.stat(object->name, &named) < 0)) {
        fail(list);
        return false;
    }
    return fifo ? named.st_ino == about->st_ino && named.st_dev == about->st_dev
                : about->st_nlink > 0;
}

/* Opened here under this name before: to be listed once. */
static bool is_repeated(struct env *env, struct list *list, const struct object *object)
{
    uint32_t cursor = 0;
    struct stat about;
    for (struct object *each; (each = native_table_next(&env->handles, &cursor)) != object;)
        if (each->kind == object->kind && each->name && strcmp(each->name, object->name) == 0 &&
            is_reachable(list, each, &about))
            return true;
    return false;
}

static void list_opened(struct env *env, struct list *list, uint32_t kind)
{
    uint32_t cursor = 0;
    struct stat about;
    for (struct object *each; (each = native_table_next(&env->handles, &cursor));)
        if (each->kind == kind && each->name && !is_repeated(env, list, each) &&
            is_reachable(list, each, &about))
            give_stat(list, kind, &about, each->name);
}

/* Whether there is a region, whose names come after the kernel's: 1; 0; -errno. */
static int region_follows(const struct request *request)
{
    int n = request->space ? native_space_attach(request->space, false) : -ENOENT;
    return n == -ENOENT ? 0 : n < 0 ? n : 1;
}

ATTEMPT(native_list)
{
    (void)object;
    struct list list = {.at = request->bytes, .left = request->length, .skip = request->args[0]};
    list.given = list.skip;
    list_directory(&list, SLUICE_KIND_SEMAPHORE, "/dev/shm", "sem.");
    long filesystem;
    while ((filesystem = native_sys.filesystem("/dev/mqueue")) < 0 && errno == EINTR)
        continue;
    if (filesystem < 0)
        fail(&list);
    if (filesystem == MQUEUE_MAGIC)
        list_directory(&list, SLUICE_KIND_MESSAGE_QUEUE, "/dev/mqueue", "");
    else
        list_opened(env, &list, SLUICE_KIND_MESSAGE_QUEUE);
    list_opened(env, &list, SLUICE_KIND_FIFO);
    int follows = list.error != 0 ? list.error : region_follows(request);
    if (follows < 0)
        return follows;
    if (list.full && list.at == request->bytes)
        return -EINVAL; /* not room for one */
    request->out[0] = list.full ? list.given : 0;
    request->out[1] = !list.full && follows;
    return (int)(list.at - request->bytes);
}

static int unlink_fifo(const char *path)
{
    struct stat about;
    if (native_sys.lstat(path, &about) < 0)
        return -errno;
    if (!S_ISFIFO(about.st_mode))
        return -EINVAL;
    return native_sys.unlink(path) < 0 ? -errno : 0;
}

ATTEMPT(native_unlink)
{
    (void)env, (void)object;
    uint32_t kind = request->args[0];
    const char *name = request->name;
    if (kind == SLUICE_KIND_FIFO)
        return name ? unlink_fifo(name) : -EINVAL;
    if (kind != SLUICE_KIND_SEMAPHORE && kind != SLUICE_KIND_MESSAGE_QUEUE)
        return -EINVAL;
    int n = native_posix_name(name);
    if (n < 0)
        return n;
    n = kind == SLUICE_KIND_SEMAPHORE ? native_sys.sem_unlink(name) : native_sys.mq_unlink(name);
    return n < 0 ? -errno : 0;
}

ATTEMPT(native_close)
{
    (void)object;
    int n = native_object_close(env, request->handle);
    /* a queue's close takes registrations away: they are made again at once */
    native_notify_drain(env);
    return n;
}
