/*
 * The queue at its bounds: nodes for every set of priorities and no more, each part inside the object; words that are not what they
 * were; registrations for notification, one after the other.
 */
#include "waiting.h"

static uint32_t q[AGENTS];
static struct sluice_mqueue *mq;

static int open_as_big(int who, uint32_t most, uint32_t longest)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_OPEN, 0, "/q");
    r.args[0] = BOTH | SLUICE_CREATE;
    r.args[2] = most;
    r.args[3] = longest;
    return sluice_try(&s[who], &r);
}

static void begin_queue(uint32_t most, uint32_t longest)
{
    begin();
    for (int i = 0; i < 4; i++) {
        int n = open_as_big(i, most, longest);
        check(n > 0);
        q[i] = (uint32_t)n;
    }
    mq = (struct sluice_mqueue *)object(q[0]);
}

static int put(uint32_t length, uint32_t priority)
{
    struct sluice_request r = moving(SLUICE_OP_MQ_SEND, q[0], bytes[0], length);
    r.args[0] = priority;
    return sluice_try(&s[0], &r);
}

static int get(uint32_t room, uint32_t *priority)
{
    struct sluice_request r = moving(SLUICE_OP_MQ_RECEIVE, q[0], bytes[1], room);
    int n = sluice_try(&s[0], &r);
    *priority = r.out[0];
    return n;
}

static uint32_t messages(void)
{
    struct sluice_request r = request_of(SLUICE_OP_MQ_ATTRIBUTES, q[0], NULL);
    r.out[2] = 77; /* a request that is used again */
    check(sluice_try(&s[0], &r) == 0);
    return r.out[2];
}

/* --- as many as there is room for ------------------------------------------------------------- */

static uint32_t end_of(struct sluice_cells *cells)
{
    return load_relaxed(&cells->start) + load_relaxed(&cells->most) * load_relaxed(&cells->stride);
}

/* Priorities as far from each other as can be: each needs nodes of its own. */
static void far_priorities(uint32_t most)
{
    uint32_t priority, step = most < 1024 ? SLUICE_PRIORITIES / most : 32;
    begin_queue(most, 1);
    for (uint32_t i = 0; i < most; i++) {
        bytes[0][0] = (uint8_t)i;
        check(put(1, i * step % SLUICE_PRIORITIES + i * step / SLUICE_PRIORITIES) == 0);
        check(messages() == i + 1);
    }
    check(put(1, 0) == -SLUICE_EAGAIN && sluice__mqueue_valid(&s[0], mq));
    /* none is missing, none too many */
    check(load_relaxed(&mq->nodes.fresh) == load_relaxed(&mq->nodes.most));
    check(load_relaxed(&mq->cells.fresh) == most && load_relaxed(&mq->cells.most) == most);
    uint32_t at = sluice__offset(&s[0], mq), last = SLUICE_PRIORITIES;
    check(load_relaxed(&mq->nodes.start) == at + sizeof(*mq));
    check(end_of(&mq->nodes) == load_relaxed(&mq->cells.start));
    check(end_of(&mq->cells) == at + sluice__mqueue_bytes(most, 1));
    for (uint32_t i = most; i-- > 0; last = priority)
        check(get(1, &priority) == 1 && priority < last && messages() == i);
    check(get(1, &priority) == -SLUICE_EAGAIN && sluice__mqueue_valid(&s[0], mq));
    over();
}

static void lengths(void)
{
    uint32_t priority;
    begin_queue(2, 8);
    for (uint32_t length = 0; length <= 8; length++) {
        fill(bytes[0], length, length);
        memset(bytes[1], 0x5a, 9);
        check(put(length, 0) == 0 && put(9, 0) == -SLUICE_EMSGSIZE);
        check(get(7, &priority) == -SLUICE_EMSGSIZE && get(8, &priority) == (int)length);
        check(memcmp(bytes[0], bytes[1], length) == 0 && bytes[1][length] == 0x5a);
    }
    check(put(1, SLUICE_PRIORITIES) == -SLUICE_EINVAL && put(1, SLUICE_PRIORITIES - 1) == 0);
    done("mqueue bounds: lengths and priorities, the last that is taken");
}

/* --- a word that is not what it was -------------------------------------------------------------- */

static struct sluice_mq_node *leaf(void)
{
    return sluice__cell_payload(sluice__cell(&s[0], &mq->nodes, 2, sizeof(struct sluice_mq_node)));
}

static struct sluice_mq_node *middle(void)
{
    return sluice__cell_payload(sluice__cell(&s[0], &mq->nodes, 1, sizeof(struct sluice_mq_node)));
}

/* Who meets it changes nothing; all are told from then on, whatever the word says then. */
static void met(struct sluice_au32 *word, uint32_t value, bool sends)
{
    static uint8_t before[8192];
    uint32_t was = load_relaxed(word), priority;
    uint32_t behind = (uint32_t)sluice__mqueue_bytes(4, 8) - sizeof(struct sluice_object);
    check(behind <= sizeof(before));
    hangs(1, SLUICE_OP_MQ_NOTIFY, q[1], 0);
    store_relaxed(word, value);
    memcpy(before, &mq->object + 1, behind);
    check((sends ? put(1, 5) : get(8, &priority)) == -SLUICE_EUCLEAN);
    if (sends) /* the message's cell may bear what was being sent */
        check(load_relaxed(&mq->cells.fresh) == 1 && load_relaxed(&mq->messages) == 1);
    else
        check(memcmp(before, &mq->object + 1, behind) == 0);
    store_relaxed(word, was);
    check(put(1, 5) == -SLUICE_EUCLEAN && get(8, &priority) == -SLUICE_EUCLEAN);
    check(told(1) == -SLUICE_EUCLEAN);
}

/* A queue with one message of priority 5. */
static void one_message(void)
{
    begin_queue(4, 8);
    check(put(1, 5) == 0);
}

static void damage(void)
{
    struct sluice_au32 *word;
    for (int i = 0; i < 14; i++) {
        one_message();
        struct sluice_cell *cell = sluice__cell(&s[0], &mq->cells, 1, 8);
        switch (i % 7) {
        case 0: /* nothing where there is a message */
            word = &mq->root.bits;
            met(word, i < 7 ? 0 : 2, false);
            break;
        case 1: /* no such node */
            word = &mq->root.slots[0].head;
            met(word, 99, i < 7);
            break;
        case 2:
            word = &middle()->slots[0].head;
            met(word, 0, i < 7);
            break;
        case 3:
            word = &middle()->bits;
            met(word, 0, false);
            break;
        case 4: /* no such message */
            word = &leaf()->slots[5].head;
            met(word, i < 7 ? 99 : 0, false);
            break;
        case 5: /* longer than any */
            met(&cell->length, 9, false);
            break;
        default:
            word = &leaf()->slots[5].tail;
            met(word, i < 7 ? 99 : 0, true);
        }
        over();
    }
    passed("mqueue bounds: a word that is not what it was");
}

/* --- notification ----------------------------------------------------------------------------- */

static struct sluice_request registration(int who)
{
    return request_of(SLUICE_OP_MQ_NOTIFY, q[who], NULL);
}

/* Numbers tell registrations apart, and are never 0. */
static void numbers(void)
{
    uint32_t number[6];
    begin_queue(2, 8);
    store_relaxed(&mq->registrations, UINT32_MAX - 3);
    for (int i = 0; i < 6; i++) {
        struct sluice_request note = registration(i % 2), other = registration(2);
        check(sluice_advance(&s[i % 2], &note) == -SLUICE_EAGAIN);
        number[i] = note.out[3];
        check(number[i] != 0 && load_relaxed(&mq->notifier) == number[i]);
        check(i == 0 || number[i] != number[i - 1]);
        check(sluice_advance(&s[2], &other) == -SLUICE_EBUSY);
        check(sluice_cancel(&s[i % 2], &note) == 0 && load_relaxed(&mq->notifier) == 0);
    }
    done("mqueue bounds: each registration has a number of its own");
}

/* With the handle it goes; whoever has none closes without the queue's lock. */
static void closing(void)
{
    begin_queue(2, 8);
    struct sluice_request note = registration(0), other = registration(1);
    check(sluice_advance(&s[0], &note) == -SLUICE_EAGAIN && sluice_cancel(&s[0], &note) == 0);
    check(sluice__gate_lock(&s[3], &mq->object.gate) == 0);
    check(simply(&s[0], SLUICE_OP_CLOSE, q[0]) == 0);
    sluice__gate_unlock(&s[3], &mq->object.gate);
    check(sluice_advance(&s[1], &other) == -SLUICE_EAGAIN);
    note = registration(2);
    check(sluice_advance(&s[2], &note) == -SLUICE_EBUSY);
    check(sluice_cancel(&s[1], &other) == 0 && sluice_advance(&s[1], &other) == -SLUICE_EAGAIN);
    check(sluice__mqueue_leave(&s[1], mq, sluice__handle_find(&s[1], q[1]), other.out[3], 0) == 0);
    check(load_relaxed(&mq->notifier) == 0);
    check(sluice_advance(&s[2], &note) == -SLUICE_EAGAIN && sluice_cancel(&s[2], &note) == 0);
    check(sluice_cancel(&s[1], &other) == 0);
    done("mqueue bounds: a registration goes with its handle");
}

/* One was served, and has not looked; the same handle has registered again since. */
static void given_up_too_late(void)
{
    begin_queue(2, 8);
    struct sluice_request served = registration(1), second = registration(1),
                          third = registration(2);
    check(sluice_advance(&s[1], &served) == -SLUICE_EAGAIN);
    check(once(2, SLUICE_OP_MQ_SEND, q[2], 1) == 0 && load_relaxed(&mq->notifier) == 0);
    check(sluice_advance(&s[1], &second) == -SLUICE_EAGAIN);
    check(sluice_cancel(&s[1], &served) == 0 && load_relaxed(&mq->notifier) == second.out[3]);
    check(sluice__mqueue_leave(&s[1], mq, sluice__handle_find(&s[1], q[1]), 0, 0) == 0);
    check(sluice_died(&s[0], 2) == 1 && sluice_settle(&s[0]) == 0);
    check(load_relaxed(&mq->notifier) == 0);
    check(sluice_advance(&s[2], &third) == -SLUICE_EAGAIN && sluice_cancel(&s[2], &third) == 0);
    free(s[0].base);
    passed("mqueue bounds: a registration outlives an earlier one of its handle, and goes with it");
}

/* The message was left to a receiver: as long as he may take it, nobody is notified. */
static void left_to_a_receiver(void)
{
    begin_queue(2, 8);
    hangs(0, SLUICE_OP_MQ_NOTIFY, q[0], 0);
    hangs(1, SLUICE_OP_MQ_RECEIVE, q[1], 8);
    check(once(2, SLUICE_OP_MQ_SEND, q[2], 1) == 0 && is_told(1));
    check(sluice_advance(&s[0], &waiting[0]) == -SLUICE_EAGAIN);
    check(sluice_cancel(&s[1], &waiting[1]) == 0 && told(0) == 0);
    hangs(3, SLUICE_OP_MQ_NOTIFY, q[3], 0); /* he was, and makes room */
    done("mqueue bounds: notified when the receiver leaves it, not before");
}

/* Somebody left before: not he to whom this message was left. */
static void another_left_before(void)
{
    begin_queue(2, 8);
    hangs(1, SLUICE_OP_MQ_RECEIVE, q[1], 8);
    check(once(2, SLUICE_OP_MQ_SEND, q[2], 1) == 0 && is_told(1));
    check(sluice_cancel(&s[1], &waiting[1]) == 0); /* he leaves */
    check(once(2, SLUICE_OP_MQ_RECEIVE, q[2], 8) == 1);
    hangs(0, SLUICE_OP_MQ_NOTIFY, q[0], 0);
    hangs(1, SLUICE_OP_MQ_RECEIVE, q[1], 8);
    check(once(2, SLUICE_OP_MQ_SEND, q[2], 1) == 0 && is_told(1));
    check(sluice_advance(&s[0], &waiting[0]) == -SLUICE_EAGAIN && told(1) == 1);
    done("mqueue bounds: ... nor when another had left before");
}

/* He took it: whoever leaves after that, it was not left. */
static void taken(void)
{
    begin_queue(1, 8);
    check(once(2, SLUICE_OP_MQ_SEND, q[2], 1) == 0);
    hangs(0, SLUICE_OP_MQ_NOTIFY, q[0], 0);
    hangs(3, SLUICE_OP_MQ_SEND, q[3], 1);
    check(once(2, SLUICE_OP_MQ_RECEIVE, q[2], 8) == 1 && is_told(3));
    hangs(1, SLUICE_OP_MQ_RECEIVE, q[1], 8);
    check(once(2, SLUICE_OP_MQ_SEND, q[2], 1) == 0 && told(1) == 1);
    check(sluice_cancel(&s[3], &waiting[3]) == 0); /* a sender leaves */
    check(sluice_advance(&s[0], &waiting[0]) == -SLUICE_EAGAIN);
    done("mqueue bounds: ... nor when he took it and a sender leaves");
}

/* Who registers while the message is spoken for finds an empty queue, to which it comes when he leaves. */
static void registered_later(void)
{
    begin_queue(2, 8);
    hangs(0, SLUICE_OP_MQ_NOTIFY, q[0], 0);
    hangs(1, SLUICE_OP_MQ_RECEIVE, q[1], 8);
    check(once(2, SLUICE_OP_MQ_SEND, q[2], 1) == 0 && is_told(1));
    check(sluice_cancel(&s[0], &waiting[0]) == 0);
    hangs(3, SLUICE_OP_MQ_NOTIFY, q[3], 0);
    check(sluice_cancel(&s[1], &waiting[1]) == 0 && told(3) == 0 && messages() == 1);
    done("mqueue bounds: ... who registers meanwhile, too");
}

int main(void)
{
    far_priorities(1);
    far_priorities(3);
    far_priorities(40);
    far_priorities(1100);
    passed("mqueue bounds: as many messages as it has, however far their priorities");
    lengths();
    damage();
    numbers();
    closing();
    given_up_too_late();
    left_to_a_receiver();
    another_left_before();
    taken();
    registered_later();
    return 0;
}
