/* The machine's memory: words, store buffers, and who knows of what (happens-before). */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_run fake__run;
struct fake_agent fake__agents[FAKE_MAX_AGENTS];

void fake__failure(enum fake_failure failure, const char *format, ...)
{
    struct fake_run *run = &fake__run;
    char message[sizeof run->report->message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (!run->report) {
        fprintf(stderr, "fake port: %s\n", message);
        abort();
    }
    if (run->report->failure == FAKE_NONE) {
        run->report->failure = failure;
        memcpy(run->report->message, message, sizeof message);
    }
    if (run->current)
        fake__fiber_leave(run->current->fiber);
    fake__leave_dying();
    fake__unwind();
}

void fake__unwind(void)
{
    if (fake__run.unwind_set)
        longjmp(fake__run.unwind, 1);
}

static uint64_t memory_get(const void *word, uint32_t bytes)
{
    return bytes == 4 ? *(const uint32_t *)word : *(const uint64_t *)word;
}

static void memory_set(void *word, uint32_t bytes, uint64_t value)
{
    fake__run.sum ^= fake__sum(word, bytes);
    if (bytes == 4)
        *(uint32_t *)word = (uint32_t)value;
    else
        *(uint64_t *)word = value;
    fake__run.sum ^= fake__sum(word, bytes);
}

uint64_t fake__memory(const struct fake_obj *o)
{
    return memory_get((const void *)o->addr, o->bytes);
}

static uint64_t modified(const struct fake_op *op, uint64_t old)
{
    switch (op->verb) {
    case FAKE_ADD:
        return old + op->a;
    case FAKE_OR:
        return old | op->a;
    case FAKE_AND:
        return old & op->a;
    case FAKE_CAS:
        return op->b;
    default:
        return op->a;
    }
}

bool fake__op_succeeds(const struct fake_op *op)
{
    uint64_t expected = op->bytes == 4 ? (uint32_t)op->a : op->a;
    return memory_get(op->word, op->bytes) == expected;
}

void fake__vc_join(struct fake_vc *into, const struct fake_vc *from)
{
    for (int i = 0; i < FAKE_MAX_AGENTS; i++)
        if (into->t[i] < from->t[i])
            into->t[i] = from->t[i];
}

/* What was done so far belongs to the clock just given away, what follows does not. */
static struct fake_vc give_clock(struct fake_agent *a)
{
    struct fake_vc given = a->vc;
    a->vc.t[a->index]++;
    return given;
}

/* The youngest pending store to the object, NULL if none. */
const struct fake_store *fake__own_store(const struct fake_agent *a, int obj)
{
    for (int i = a->buffered - 1; i >= 0; i--)
        if (a->buffer[i].obj == obj)
            return &a->buffer[i];
    return NULL;
}

static bool overlaps_own(const struct fake_agent *a, int obj)
{
    if (fake__objs[obj].overlaps)
        for (int i = 0; i < a->buffered; i++)
            if (a->buffer[i].obj != obj && fake__overlap((uint32_t)obj, (uint32_t)a->buffer[i].obj))
                return true;
    return false;
}

bool fake__needs_drain(const struct fake_agent *a)
{
    const struct fake_op *op = &a->op;
    switch (op->verb) {
    case FAKE_LOAD:
        return op->order == FAKE_SEQ && !fake__run.prog->stale;
    case FAKE_STORE:
        return op->order == FAKE_SEQ;
    case FAKE_COPY_IN:
    case FAKE_COPY_OUT:
        return overlaps_own(a, op->obj);
    case FAKE_CAS:
    case FAKE_XCHG:
    case FAKE_ADD:
    case FAKE_OR:
    case FAKE_AND:
    case FAKE_PARK:
        return true;
    default:
        return false;
    }
}

static void buffer_store(struct fake_agent *a)
{
    if (a->buffered == FAKE_BUFFER) {
        fake__failure(FAKE_MISUSE, "agent %d has %d stores pending", a->index, FAKE_BUFFER);
        return;
    }
    if (overlaps_own(a, a->op.obj)) {
        fake__failure(FAKE_MISUSE, "agent %d stores across its own pending store", a->index);
        return;
    }
    struct fake_store *s = &a->buffer[a->buffered++];
    a->flushable_stale = true;
    s->obj = a->op.obj;
    s->event = fake__run.at;
    s->seq = a->next_seq++;
    s->value = a->op.a;
    s->epoch = a->vc.t[a->index];
    s->release = a->op.order == FAKE_RELEASE;
    if (s->release)
        s->vc = give_clock(a);
}

void fake__flush(struct fake_agent *a, int obj)
{
    int i = 0;
    while (a->buffer[i].obj != obj)
        i++;
    const struct fake_store *s = &a->buffer[i];
    struct fake_obj *o = fake__obj_now(obj);
    fake__past_keep(obj);
    memory_set((void *)o->addr, o->bytes, s->value);
    if (s->release)
        o->sync = s->vc;
    else
        memset(&o->sync, 0, sizeof o->sync);
    fake__past_note(obj, a, s->epoch, false);
    a->flushed[a->flushes] = fake__run.at;
    a->flushed_seq[a->flushes++] = s->seq;
    a->flushable_stale = true;
    a->buffered--;
    memmove(&a->buffer[i], &a->buffer[i + 1], (unsigned)(a->buffered - i) * sizeof *s);
}

static bool acquires(const struct fake_op *op)
{
    return op->order != FAKE_RELAXED && op->order != FAKE_RELEASE;
}

static bool releases(const struct fake_op *op)
{
    return op->order != FAKE_RELAXED && op->order != FAKE_ACQUIRE;
}

/* The newest store, or the older one that the transition says; with what an acquire of it learns. */
static uint64_t read_word(struct fake_agent *a)
{
    const struct fake_obj *o = fake__obj_now(a->op.obj);
    const struct fake_past *store = fake__past_read(a, a->age);
    if (acquires(&a->op))
        fake__vc_join(&a->vc, store ? &store->sync : &o->sync);
    return store ? store->value : fake__memory(o);
}

static void load(struct fake_agent *a)
{
    const struct fake_op *op = &a->op;
    const struct fake_store *own = fake__own_store(a, op->obj);
    if (own) {
        a->result = own->value;
        return;
    }
    if (overlaps_own(a, op->obj))
        fake__failure(FAKE_MISUSE, "agent %d loads across its own pending store", a->index);
    a->result = read_word(a);
}

static void modify(struct fake_agent *a)
{
    const struct fake_op *op = &a->op;
    struct fake_obj *o = fake__obj_now(op->obj);
    uint64_t old = read_word(a);
    bool writes = op->verb != FAKE_CAS || (a->age == FAKE_NEVER && fake__op_succeeds(op));
    a->result = op->verb == FAKE_CAS ? writes : old;
    if (!writes)
        return;
    fake__past_keep(op->obj);
    memory_set(op->word, op->bytes, modified(op, old));
    /* Joined, not replaced: a read-modify-write continues the release sequence that it met. */
    uint16_t epoch = a->vc.t[a->index];
    if (releases(op)) {
        struct fake_vc given = give_clock(a);
        fake__vc_join(&o->sync, &given);
    }
    fake__past_note(op->obj, a, epoch, op->order == FAKE_SEQ);
}

static void store(struct fake_agent *a)
{
    const struct fake_op *op = &a->op;
    if (op->order != FAKE_SEQ && !fake__run.prog->prompt) {
        buffer_store(a);
        return;
    }
    fake__past_keep(op->obj);
    memory_set(op->word, op->bytes, op->a);
    struct fake_obj *o = fake__obj_now(op->obj);
    unsigned epoch = a->vc.t[a->index];
    if (op->order == FAKE_RELAXED)
        memset(&o->sync, 0, sizeof o->sync);
    else
        o->sync = give_clock(a);
    fake__past_note(op->obj, a, epoch, op->order == FAKE_SEQ);
}

static void copy_bytes(const struct fake_op *op)
{
    if (op->verb == FAKE_COPY_OUT)
        memcpy((void *)(uintptr_t)op->a, op->word, op->bytes);
    else if (op->from)
        memcpy(op->word, op->from, op->bytes);
    else
        memset(op->word, 0, op->bytes);
}

static void check_race(struct fake_agent *a)
{
    struct fake_run *run = &fake__run;
    const struct fake_op *op = &a->op;
    bool in = op->verb == FAKE_COPY_IN;
    for (int i = 0; i < run->copies; i++) {
        const struct fake_copy *c = &run->copy[i];
        if (c->agent == a->index || !(in || c->in) || c->epoch <= a->vc.t[c->agent] ||
            !fake__overlap((uint32_t)op->obj, (uint32_t)c->obj))
            continue;
        fake__failure(FAKE_DATA_RACE,
                      "data race: agent %d copies %s +%#lx..+%#lx, agent %d copied %s there",
                      a->index, in ? "into" : "out of",
                      (unsigned long)((uintptr_t)op->word - (uintptr_t)run->prog->base),
                      (unsigned long)((uintptr_t)op->word - (uintptr_t)run->prog->base + op->bytes),
                      c->agent, c->in ? "in" : "out");
        return;
    }
    if (run->copies == FAKE_COPIES) {
        fake__failure(FAKE_MISUSE, "more than %d copies in one execution", FAKE_COPIES);
        return;
    }
    run->copy[run->copies++] = (struct fake_copy){op->obj, a->index, a->vc.t[a->index], in};
}

static void copy(struct fake_agent *a)
{
    const struct fake_op *op = &a->op;
    if (!fake__run.prog->ignore_races)
        check_race(a);
    bool in = op->verb == FAKE_COPY_IN;
    if (in)
        fake__past_keep(op->obj);
    fake__run.sum ^= in ? fake__sum(op->word, op->bytes) : 0;
    copy_bytes(op);
    fake__run.sum ^= in ? fake__sum(op->word, op->bytes) : 0;
    if (in)
        fake__past_note(op->obj, a, a->vc.t[a->index], false);
}

void fake__perform_memory(struct fake_agent *a)
{
    switch (a->op.verb) {
    case FAKE_LOAD:
        load(a);
        break;
    case FAKE_STORE:
        store(a);
        break;
    case FAKE_COPY_IN:
    case FAKE_COPY_OUT:
        copy(a);
        break;
    default:
        modify(a);
        break;
    }
}

/* Outside of any execution: at once. */
uint64_t fake__direct(const struct fake_op *op)
{
    switch (op->verb) {
    case FAKE_LOAD:
        return memory_get(op->word, op->bytes);
    case FAKE_COPY_IN:
    case FAKE_COPY_OUT:
        copy_bytes(op);
        return 0;
    default:
        break;
    }
    uint64_t old = memory_get(op->word, op->bytes);
    bool writes = op->verb != FAKE_CAS || fake__op_succeeds(op);
    if (writes)
        memory_set(op->word, op->bytes, modified(op, old));
    return op->verb == FAKE_CAS ? writes : old;
}
