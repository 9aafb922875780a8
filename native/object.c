#include "core.h"
#include "env.h"
#include "waiter.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void release(struct env *env, struct object *object)
{
    struct epoll_event none = {0};
    if (object->polled)
        native_sys.epoll_ctl(env->monitor.io, EPOLL_CTL_DEL, object->fd, &none);
    if (object->fd >= 0)
        native_sys.close(object->fd);
    if (object->sem)
        native_sys.sem_close(object->sem);
    if (object->space)
        native_core_close(object->space, object->core);
    free(object);
}

int native_object_room(struct env *env)
{
    if (!env->spare)
        env->spare = native_sys.alloc(1, sizeof *env->spare);
    return env->spare ? native_table_room(&env->handles) : -ENOMEM;
}

/* Without a name, the one in reserve. */
static struct object *alloc(struct env *env, const char *name)
{
    size_t length = name ? strlen(name) + 1 : 0;
    struct object *object = name ? NULL : env->spare;
    if (object)
        env->spare = NULL;
    else
        object = native_sys.alloc(1, sizeof *object + length);
    if (object && name)
        object->name = memcpy(object + 1, name, length);
    return object;
}

int native_object_new(struct env *env, struct object like, const char *name, struct object **made)
{
    struct object *object = alloc(env, name);
    if (!object)
        return -ENOMEM;
    like.name = object->name;
    *object = like;
    object->refs = 1;
    int n = native_table_add(&env->handles, object);
    if (n < 0) {
        free(object);
        return n;
    }
    object->handle = (uint32_t)n;
    if (made)
        *made = object;
    return n;
}

int native_object_identify(struct object *object)
{
    char path[NAME_MAX + sizeof "/dev/shm/sem."];
    struct stat about;
    int n;
    if (object->inode != 0)
        return 0;
    if (object->kind == SLUICE_KIND_SEMAPHORE) {
        snprintf(path, sizeof path, "/dev/shm/sem.%s", object->name + 1);
        n = native_sys.stat(path, &about);
    } else {
        n = native_sys.fstat(object->fd, &about);
    }
    if (n < 0)
        return -errno;
    object->inode = about.st_ino;
    return 0;
}

void native_object_unref(struct env *env, struct object *object)
{
    if (--object->refs == 0)
        release(env, object);
}

/* In the core an object has no lanes here. */
static void leave_core(struct env *env, struct object *object)
{
    uint32_t cursor = 0;
    for (struct waiter *each; (each = native_table_next(&env->tokens, &cursor));)
        if (each->object == object)
            native_cancel(env, each, -EBADF);
}

int native_object_close(struct env *env, uint32_t handle)
{
    struct object *object = native_table_remove(&env->handles, handle);
    if (!object)
        return -EBADF;
    for (int i = 0; i < LANES; i++) {
        struct waiter *each = object->lanes[i].first, *next;
        for (; each; each = next) {
            next = each->next;
            native_cancel(env, each, -EBADF);
        }
    }
    if (object->notify)
        native_cancel(env, object->notify, -EBADF);
    if (object->space)
        leave_core(env, object);
    native_object_unref(env, object);
    return 0;
}
