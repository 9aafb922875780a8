/* Semaphore, message queue and names, as if one did one thing after the other. */
#include "specs.h"

/* --- semaphore: params: value ------------------------------------------------- */

static void sem_start(struct linear_state *state, const uint32_t params[])
{
    state->word[0] = params[0];
}

static bool sem_apply(struct linear_state *state, const struct linear_op *op, bool late)
{
    uint32_t *value = &state->word[0];
    (void)late; /* it takes no lock */
    switch (op->op) {
    case SLUICE_OP_SEM_WAIT:
        if (*value == 0)
            return refused(op, -SLUICE_EAGAIN);
        --*value;
        return gave(op, 0);
    case SLUICE_OP_SEM_POST:
        if (*value == SLUICE_SEM_VALUE_MAX)
            return refused(op, -SLUICE_EOVERFLOW);
        ++*value;
        return gave(op, 0);
    case SLUICE_OP_SEM_VALUE:
        return gave(op, (int32_t)*value);
    default:
        return false;
    }
}

static bool sem_hinders(const struct linear_op *op, const struct linear_op *other)
{
    (void)op, (void)other;
    return false;
}

const struct linear_spec linear_semaphore = {"semaphore", sem_start, sem_apply, sem_hinders};

/*
 * --- message queue: params: most messages -------------------------------------
 *
 * MQ_SEND, MQ_RECEIVE    arg: priority; values: the message, as a number
 * MQ_ATTRIBUTES          values: current messages
 */

enum { MOST_MESSAGES = (LINEAR_WORDS - 2) / 2 };

struct queue {
    uint32_t most, count;
    struct {
        uint32_t priority, value;
    } messages[MOST_MESSAGES];
} LINEAR_STATE;
_Static_assert(sizeof(struct queue) <= sizeof(struct linear_state), "queue");

static void queue_start(struct linear_state *state, const uint32_t params[])
{
    LINEAR_FITS(params[0] <= MOST_MESSAGES);
    ((struct queue *)state)->most = params[0];
}

/* The oldest of the highest priority stands first. */
static void queue_add(struct queue *q, uint32_t priority, uint32_t value)
{
    uint32_t i = q->count++;
    for (; i > 0 && q->messages[i - 1].priority < priority; i--)
        q->messages[i] = q->messages[i - 1];
    q->messages[i].priority = priority;
    q->messages[i].value = value;
}

static void queue_shift(struct queue *q)
{
    q->count--;
    for (uint32_t i = 0; i < q->count; i++)
        q->messages[i] = q->messages[i + 1];
    q->messages[q->count].priority = q->messages[q->count].value = 0;
}

static bool queue_apply(struct linear_state *state, const struct linear_op *op, bool late)
{
    struct queue *q = (struct queue *)state;
    if (late && refused(op, -SLUICE_EAGAIN))
        return true;
    switch (op->op) {
    case SLUICE_OP_MQ_SEND:
        if (q->count == q->most)
            return refused(op, -SLUICE_EAGAIN);
        queue_add(q, op->arg, op->values[0]);
        return gave(op, 0);
    case SLUICE_OP_MQ_RECEIVE:
        if (q->count == 0)
            return refused(op, -SLUICE_EAGAIN);
        if (!op->lost && (op->result < 0 || op->count != 1 || q->messages[0].priority != op->arg ||
                          q->messages[0].value != op->values[0]))
            return false;
        queue_shift(q);
        return true;
    case SLUICE_OP_MQ_ATTRIBUTES:
        return gave(op, 0) && (op->lost || op->values[0] == q->count);
    default:
        return false;
    }
}

/* All of it happens under the queue's gate. */
static bool queue_hinders(const struct linear_op *op, const struct linear_op *other)
{
    (void)op, (void)other;
    return true;
}

const struct linear_spec linear_queue = {"queue", queue_start, queue_apply, queue_hinders};

/*
 * --- names --------------------------------------------------------------------
 *
 * SEM_OPEN    arg: flags; values: the name, who I am (the value to create it with), whom I got (its value)
 * UNLINK      values: the name
 * CLOSE       no name changes; it takes the same locks
 */

static void names_start(struct linear_state *state, const uint32_t params[])
{
    (void)state, (void)params;
}

static bool names_open(uint32_t *name, const struct linear_op *op)
{
    const uint32_t exclusive = SLUICE_CREATE | SLUICE_EXCLUSIVE;
    if (*name == 0 && !(op->arg & SLUICE_CREATE))
        return refused(op, -SLUICE_ENOENT);
    if (*name != 0 && (op->arg & exclusive) == exclusive)
        return refused(op, -SLUICE_EEXIST);
    if (*name == 0)
        *name = op->values[1];
    return op->lost || (op->result >= 0 && op->values[2] == *name);
}

static bool names_apply(struct linear_state *state, const struct linear_op *op, bool late)
{
    uint32_t *name = &state->word[op->values[0] % LINEAR_WORDS];
    if (late && refused(op, -SLUICE_EAGAIN))
        return true;
    switch (op->op) {
    case SLUICE_OP_SEM_OPEN:
        return names_open(name, op);
    case SLUICE_OP_UNLINK:
        if (*name == 0)
            return refused(op, -SLUICE_ENOENT);
        *name = 0;
        return gave(op, 0);
    case SLUICE_OP_CLOSE:
        return gave(op, 0);
    default:
        return false;
    }
}

/* The gate of the names, and the heap's. */
static bool names_hinder(const struct linear_op *op, const struct linear_op *other)
{
    (void)op, (void)other;
    return true;
}

const struct linear_spec linear_names = {"names", names_start, names_apply, names_hinder};
