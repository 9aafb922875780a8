/*
 * What a load may still return where `stale` allows it: the stores of each word in the order in which they came
 * to memory, and which of them an agent knows of.
 */
#include "internal.h"

enum { STORES = 4 * FAKE_DEPTH };

static struct fake_past stores[STORES];
static int used;

void fake__past_reset(void)
{
    used = 0;
}

static void append(int obj, struct fake_past store)
{
    struct fake_obj *o = fake__obj_now(obj);
    if (used == STORES) {
        fake__failure(FAKE_MISUSE, "more than %d stores in one execution", STORES);
        return;
    }
    store.value = fake__memory(o);
    store.older = o->past;
    stores[used] = store;
    o->past = used++;
}

static void keep(int obj)
{
    if (!fake__objs[obj].range && fake__obj_now(obj)->past == FAKE_NEVER)
        append(obj, (struct fake_past){0});
}

void fake__past_keep(int obj)
{
    if (!fake__run.prog->stale)
        return;
    keep(obj);
    for (unsigned i = 0; i < fake__objs[obj].overlaps; i++)
        keep(fake__objs[obj].overlapping[i]);
}

void fake__past_note(int obj, const struct fake_agent *a, unsigned epoch, bool seq)
{
    if (!fake__run.prog->stale)
        return;
    struct fake_past store = {.agent = a->index, .epoch = (uint16_t)epoch, .seq = seq};
    for (unsigned i = 0; i < fake__objs[obj].overlaps; i++)
        if (!fake__objs[fake__objs[obj].overlapping[i]].range)
            append(fake__objs[obj].overlapping[i], store);
    store.sync = fake__obj_now(obj)->sync;
    if (fake__objs[obj].range)
        fake__objs[obj].copied = true;
    else
        append(obj, store);
}

/* It may not return anything older than this store. */
static bool knows(const struct fake_agent *a, const struct fake_past *store)
{
    if (store->seq && a->op.order == FAKE_SEQ)
        return true;
    if (store->epoch <= a->vc.t[store->agent])
        return true;
    for (int i = 0; i < fake__run.agents; i++)
        if (store->read.t[i] && store->read.t[i] <= a->vc.t[i])
            return true;
    return false;
}

static struct fake_past *newest(int obj)
{
    int at = fake__obj_now(obj)->past;
    return at == FAKE_NEVER ? NULL : &stores[at];
}

/*
 * Which stores the pending access may return that are not simply the newest, as how many are newer. A compare-and-swap
 * can only fail so; and, with stores of its own pending, also at the newest.
 */
int fake__past_older(const struct fake_agent *a, uint32_t *ages)
{
    const struct fake_op *op = &a->op;
    bool cas = op->verb == FAKE_CAS;
    int n = 0;
    if ((op->verb != FAKE_LOAD && !cas) || fake__run.stale >= fake__run.prog->stale ||
        fake__own_store(a, op->obj))
        return 0;
    uint64_t expected = op->bytes == 4 ? (uint32_t)op->a : op->a;
    const struct fake_past *store = newest(op->obj);
    for (uint32_t age = 0;; age++) {
        uint64_t value = store ? store->value : fake__memory(&fake__objs[op->obj]);
        if (cas ? value != expected && (age || a->buffered) : age)
            ages[n++] = age;
        if (!store || knows(a, store) || n == FAKE_BUFFER)
            return n;
        store = &stores[store->older];
    }
}

/* NULL: nothing was stored there yet. */
const struct fake_past *fake__past_read(const struct fake_agent *a, int age)
{
    struct fake_past *store = newest(a->op.obj);
    for (; age > 0; age--)
        store = &stores[store->older];
    if (store && !store->read.t[a->index])
        store->read.t[a->index] = a->vc.t[a->index];
    return store;
}
