/* The system calls of each family, in the forms that a row takes (see request.h). */
#ifndef SLUICE_NATIVE_FAMILIES_H
#define SLUICE_NATIVE_FAMILIES_H

#include "object.h"

#include <mqueue.h>

#define ATTEMPT(name) int name(struct env *env, struct object *object, struct request *request)
#define WAIT(name) int name(struct object *object, struct request *request, int64_t deadline_ns)
#define FINISH(name) int name(struct env *env, struct request *request, int n)

ATTEMPT(native_sem_open);
ATTEMPT(native_sem_trywait);
WAIT(native_sem_wait);
ATTEMPT(native_sem_post);
ATTEMPT(native_sem_value);

ATTEMPT(native_mq_open);
ATTEMPT(native_mq_try_send);
WAIT(native_mq_send);
ATTEMPT(native_mq_try_receive);
WAIT(native_mq_receive);
ATTEMPT(native_mq_attributes);
ATTEMPT(native_mq_try_notify);

ATTEMPT(native_pipe_open);
ATTEMPT(native_pipe_try_read);
WAIT(native_pipe_read);
ATTEMPT(native_pipe_try_write);
WAIT(native_pipe_write);
ATTEMPT(native_pipe_attributes);

ATTEMPT(native_fifo_try_open);
ATTEMPT(native_fifo_begin);
WAIT(native_fifo_open);
FINISH(native_fifo_finish);
void native_fifo_discard(int fd);
void native_fifo_undo(struct request *request, const char *name);

ATTEMPT(native_try_ready);
WAIT(native_ready);

ATTEMPT(native_close);
ATTEMPT(native_unlink);
ATTEMPT(native_list);
ATTEMPT(native_agents);
ATTEMPT(native_ticket);
ATTEMPT(native_open_ticket);

/* Opening by name alone, for tickets: the handle or -errno. */
int native_sem_open_named(struct env *env, const char *name, int flags, uint32_t mode,
                          uint32_t value);
int native_mq_open_named(struct env *env, const char *name, int flags, struct request *request,
                         struct mq_attr *wanted);

/* A new handle for one end of a pipe or FIFO, which the descriptor becomes. */
int native_pipe_adopt(struct env *env, uint32_t kind, int fd, uint32_t access, const char *name);

/* Its capacity made as asked (0: left alone): the capacity, or -errno. */
int native_pipe_capacity(int fd, uint32_t asked);

/* '/' and 1 to 251 bytes without a slash: 0, -EINVAL or -ENAMETOOLONG. */
int native_posix_name(const char *name);

/* SLUICE_READ and SLUICE_WRITE as O_RDONLY, O_WRONLY or O_RDWR; -EINVAL for neither. */
int native_access(uint32_t flags);

#endif
