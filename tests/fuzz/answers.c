#include "answers.h"

enum result { ZERO, HANDLE, UP_TO_LENGTH, RECORDS, VALUE, CLAIM };

/* core/include/sluice_ops.def, man pages for the errnos; a wait needs room for a waiter. */
#define WAITS SLUICE_EAGAIN, SLUICE_ENOSPC, SLUICE_EMFILE
#define OPENS                                                                                      \
    SLUICE_EAGAIN, SLUICE_ENOSPC, SLUICE_EMFILE, SLUICE_EINVAL, SLUICE_ENOENT, SLUICE_EEXIST,      \
        SLUICE_ENAMETOOLONG
static const struct row {
    uint32_t op;
    enum result result;
    uint8_t errnos
        [10]; /* and EBADF where there is a handle; always EUCLEAN, ESRCH: its slot is damaged */
} rows[] = {
    {SLUICE_OP_CLOSE, ZERO, {SLUICE_EBUSY, SLUICE_EAGAIN}},
    {SLUICE_OP_UNLINK, ZERO, {SLUICE_ENOENT, SLUICE_EINVAL, SLUICE_ENAMETOOLONG, SLUICE_EAGAIN}},
    {SLUICE_OP_LIST, UP_TO_LENGTH, {SLUICE_EINVAL, SLUICE_EAGAIN}},
    {SLUICE_OP_AGENTS, UP_TO_LENGTH, {SLUICE_EMSGSIZE}},
    {SLUICE_OP_READY, ZERO, {WAITS}},
    {SLUICE_OP_TICKET, UP_TO_LENGTH, {SLUICE_EMSGSIZE}},
    {SLUICE_OP_OPEN_TICKET, HANDLE, {OPENS, SLUICE_ESTALE, SLUICE_ENXIO}},
    {SLUICE_OP_SEM_OPEN, HANDLE, {OPENS}},
    {SLUICE_OP_SEM_WAIT, ZERO, {WAITS}},
    {SLUICE_OP_SEM_POST, ZERO, {SLUICE_EOVERFLOW}},
    {SLUICE_OP_SEM_VALUE, VALUE, {0}},
    {SLUICE_OP_MQ_OPEN, HANDLE, {OPENS}},
    {SLUICE_OP_MQ_SEND, ZERO, {WAITS, SLUICE_EMSGSIZE, SLUICE_EINVAL}},
    {SLUICE_OP_MQ_RECEIVE, UP_TO_LENGTH, {WAITS, SLUICE_EMSGSIZE}},
    {SLUICE_OP_MQ_ATTRIBUTES, ZERO, {SLUICE_EAGAIN}},
    {SLUICE_OP_MQ_NOTIFY, ZERO, {WAITS, SLUICE_EBUSY}},
    {SLUICE_OP_PIPE_OPEN, ZERO, {OPENS}},
    {SLUICE_OP_FIFO_OPEN, HANDLE, {OPENS, SLUICE_ENXIO}},
    {SLUICE_OP_PIPE_READ, UP_TO_LENGTH, {WAITS}},
    {SLUICE_OP_PIPE_WRITE, UP_TO_LENGTH, {WAITS, SLUICE_EPIPE}},
    {SLUICE_OP_PIPE_ATTRIBUTES, ZERO, {0}},
    {SLUICE_OP_RING_OPEN, HANDLE, {OPENS}},
    {SLUICE_OP_RING_SEND, ZERO, {WAITS, SLUICE_EBUSY, SLUICE_EMSGSIZE}},
    {SLUICE_OP_RING_RECEIVE, UP_TO_LENGTH, {WAITS, SLUICE_EBUSY, SLUICE_EMSGSIZE}},
    {SLUICE_OP_RING_SEND_MANY, RECORDS, {WAITS, SLUICE_EBUSY, SLUICE_EMSGSIZE, SLUICE_EINVAL}},
    {SLUICE_OP_RING_RECEIVE_MANY, RECORDS, {WAITS, SLUICE_EBUSY, SLUICE_EMSGSIZE, SLUICE_EINVAL}},
    {SLUICE_OP_RING_CLAIM, CLAIM, {WAITS, SLUICE_EBUSY, SLUICE_EMSGSIZE}},
    {SLUICE_OP_RING_COMMIT, ZERO, {SLUICE_EAGAIN, SLUICE_EINVAL}},
    {SLUICE_OP_RING_ABORT, ZERO, {SLUICE_EAGAIN, SLUICE_EINVAL}},
    {SLUICE_OP_RING_PEEK, CLAIM, {WAITS, SLUICE_EBUSY}},
    {SLUICE_OP_RING_RELEASE, ZERO, {SLUICE_EAGAIN, SLUICE_EINVAL}},
    {SLUICE_OP_RING_ATTRIBUTES, ZERO, {SLUICE_EAGAIN}},
};

static const struct row *row_of(uint32_t op)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (rows[i].op == op)
            return &rows[i];
    port_fail("request %u has no row", op);
}

static bool documented(const struct row *row, int n)
{
    for (size_t i = 0; i < sizeof(row->errnos) && row->errnos[i] != 0; i++)
        if (n == -row->errnos[i])
            return true;
    return n == -SLUICE_EUCLEAN || n == -SLUICE_ESRCH ||
           (n == -SLUICE_EBADF && row->result != HANDLE);
}

static bool possible(const struct row *row, const struct sluice_request *r, int n)
{
    switch (row->result) {
    case ZERO:
        return n == 0;
    case HANDLE:
        return n > 0;
    case UP_TO_LENGTH:
        return (uint32_t)n <= r->length;
    case RECORDS: /* each has a header */
        return n > 0 && (uint32_t)n <= r->length / 4 && r->out[0] <= r->length;
    case VALUE:
        return n <= SLUICE_SEM_VALUE_MAX;
    default: /* its room is the caller's to write or to read */
        return n > 0 && r->out[1] <= port.bytes && r->out[0] <= port.bytes - r->out[1];
    }
}

void answer_is_plausible(const struct sluice_request *r, int n)
{
    const struct row *row = row_of(r->op);
    if (n < 0 ? !documented(row, n) : !possible(row, r, n))
        port_fail("request %u answers %d (out %u, %u)", r->op, n, r->out[0], r->out[1]);
}
