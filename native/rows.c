/* What each operation does and how it waits: the only place that knows all of them. */
#include "core.h"
#include "env.h"

#include <errno.h>

enum {
    SEMAPHORE = 1 << SLUICE_KIND_SEMAPHORE,
    QUEUE = 1 << SLUICE_KIND_MESSAGE_QUEUE,
    RING = 1 << SLUICE_KIND_RING,
    STREAM = 1 << SLUICE_KIND_PIPE | 1 << SLUICE_KIND_FIFO,
    ANY = 0xff,
};

static const struct row rows[] = {
    [SLUICE_OP_CLOSE] = {.attempt = native_close},
    [SLUICE_OP_UNLINK] = {.attempt = native_unlink, .named = true},
    [SLUICE_OP_LIST] = {.attempt = native_list, .use = USE_BYTES_OUT},
    [SLUICE_OP_AGENTS] = {.attempt = native_agents, .use = USE_BYTES_OUT},
    [SLUICE_OP_READY] = {.attempt = native_try_ready,
                         .way = WAY_READY,
                         .wait = native_ready,
                         .kinds = ANY,
                         .lane = 2},
    [SLUICE_OP_TICKET] = {.attempt = native_ticket, .kinds = ANY, .use = USE_BYTES_OUT},
    [SLUICE_OP_OPEN_TICKET] = {.attempt = native_open_ticket, .use = USE_BYTES_IN},

    [SLUICE_OP_SEM_OPEN] = {.attempt = native_sem_open, .named = true},
    [SLUICE_OP_SEM_WAIT] = {.attempt = native_sem_trywait,
                            .way = WAY_THREAD,
                            .wait = native_sem_wait,
                            .kinds = SEMAPHORE},
    [SLUICE_OP_SEM_POST] = {.attempt = native_sem_post, .kinds = SEMAPHORE},
    [SLUICE_OP_SEM_VALUE] = {.attempt = native_sem_value, .kinds = SEMAPHORE},

    [SLUICE_OP_MQ_OPEN] = {.attempt = native_mq_open, .named = true},
    [SLUICE_OP_MQ_SEND] = {.attempt = native_mq_try_send,
                           .way = WAY_THREAD,
                           .wait = native_mq_send,
                           .kinds = QUEUE,
                           .lane = 1,
                           .use = USE_BYTES_IN},
    [SLUICE_OP_MQ_RECEIVE] = {.attempt = native_mq_try_receive,
                              .way = WAY_THREAD,
                              .wait = native_mq_receive,
                              .kinds = QUEUE,
                              .use = USE_BYTES_OUT},
    [SLUICE_OP_MQ_ATTRIBUTES] = {.attempt = native_mq_attributes, .kinds = QUEUE},
    [SLUICE_OP_MQ_NOTIFY] = {.attempt = native_mq_try_notify, .way = WAY_NOTIFY, .kinds = QUEUE},

    [SLUICE_OP_PIPE_OPEN] = {.attempt = native_pipe_open},
    [SLUICE_OP_FIFO_OPEN] = {.attempt = native_fifo_try_open,
                             .begin = native_fifo_begin,
                             .way = WAY_THREAD,
                             .wait = native_fifo_open,
                             .finish = native_fifo_finish,
                             .discard = native_fifo_discard,
                             .undo = native_fifo_undo,
                             .named = true,
                             .alarm = true},
    [SLUICE_OP_PIPE_READ] = {.attempt = native_pipe_try_read,
                             .way = WAY_READY,
                             .wait = native_pipe_read,
                             .kinds = STREAM,
                             .use = USE_BYTES_OUT},
    [SLUICE_OP_PIPE_WRITE] = {.attempt = native_pipe_try_write,
                              .way = WAY_READY,
                              .wait = native_pipe_write,
                              .kinds = STREAM,
                              .lane = 1,
                              .use = USE_BYTES_IN},
    [SLUICE_OP_PIPE_ATTRIBUTES] = {.attempt = native_pipe_attributes, .kinds = STREAM},
};

#define CORE .attempt = native_core_attempt, .way = WAY_CORE, .wait = native_core_wait

/* What the core answers: everything of rings, and whatever has no name of the kernel's. */
static const struct row core_rows[] = {
    [SLUICE_OP_UNLINK] = {CORE, .named = true},
    [SLUICE_OP_LIST] = {CORE, .finish = native_core_listed, .use = USE_BYTES_OUT},
    [SLUICE_OP_TICKET] = {CORE, .finish = native_core_ticket, .kinds = ANY, .use = USE_BYTES_OUT},
    [SLUICE_OP_OPEN_TICKET] = {CORE, .finish = native_core_adopt, .use = USE_BYTES_IN},
    [SLUICE_OP_SEM_OPEN] = {CORE, .finish = native_core_adopt, .named = true},
    [SLUICE_OP_READY] = {CORE, .kinds = SEMAPHORE | RING},
    [SLUICE_OP_SEM_WAIT] = {CORE, .kinds = SEMAPHORE},
    [SLUICE_OP_SEM_POST] = {CORE, .kinds = SEMAPHORE},
    [SLUICE_OP_SEM_VALUE] = {CORE, .kinds = SEMAPHORE},
    [SLUICE_OP_RING_OPEN] = {CORE, .finish = native_core_adopt, .named = true},
    [SLUICE_OP_RING_SEND] = {CORE, .kinds = RING, .use = USE_BYTES_IN},
    [SLUICE_OP_RING_RECEIVE] = {CORE, .kinds = RING, .use = USE_BYTES_OUT},
    [SLUICE_OP_RING_SEND_MANY] = {CORE, .kinds = RING, .use = USE_BYTES_IN},
    [SLUICE_OP_RING_RECEIVE_MANY] = {CORE, .kinds = RING, .use = USE_BYTES_OUT},
    [SLUICE_OP_RING_CLAIM] = {CORE, .kinds = RING},
    [SLUICE_OP_RING_COMMIT] = {CORE, .kinds = RING},
    [SLUICE_OP_RING_ABORT] = {CORE, .kinds = RING},
    [SLUICE_OP_RING_PEEK] = {CORE, .kinds = RING},
    [SLUICE_OP_RING_RELEASE] = {CORE, .kinds = RING},
    [SLUICE_OP_RING_ATTRIBUTES] = {CORE, .kinds = RING},
};

static const struct row *core_row(uint32_t op)
{
    return op < sizeof core_rows / sizeof *core_rows && core_rows[op].attempt ? &core_rows[op]
                                                                              : NULL;
}

const struct row *native_row(uint32_t op)
{
    return op < sizeof rows / sizeof *rows && rows[op].attempt ? &rows[op] : core_row(op);
}

static bool is_core(const struct request *request)
{
    switch (request->op) {
    case SLUICE_OP_UNLINK:
        return request->args[0] == SLUICE_KIND_RING;
    case SLUICE_OP_LIST:
        return request->args[1] != 0;
    case SLUICE_OP_SEM_OPEN:
        return !request->name;
    case SLUICE_OP_OPEN_TICKET:
        return native_core_is_ticket(request);
    default:
        return false;
    }
}

int native_target(struct env *env, const struct row **row, struct object **object,
                  const struct request *request)
{
    *object = NULL;
    if (!*row)
        return -ENOSYS;
    if ((*row)->kinds) {
        *object = native_table_get(&env->handles, request->handle);
        if (!*object || !((*row)->kinds >> (*object)->kind & 1))
            return -EBADF;
    }
    if ((*object && (*object)->space) || is_core(request))
        *row = core_row(request->op);
    return *row ? 0 : -ENOSYS;
}
