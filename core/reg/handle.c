#include "handle.h"

#include "../prim/event.h"
#include "../prim/heap.h"
#include "../prim/table.h"
#include "kind.h"

#define OPEN 1u
#define INDEX_BITS 15
#define USES 0xffffu

static struct sluice_handle *handle_at(struct sluice *s, uint32_t index)
{
    union sluice_record *record = sluice__record(s, &s->me->handles, index);
    return record ? &record->handle : NULL;
}

static bool is_open(struct sluice_handle *handle)
{
    return load_acquire(&handle->state) & OPEN;
}

static int add_handles(struct sluice *s)
{
    int n = sluice__table_grow(s, &s->me->handles, &s->handles);
    if (n != 0)
        return n;
    for (uint32_t i = s->handles * SLUICE_CHUNK; i-- > (s->handles - 1) * SLUICE_CHUNK;) {
        if (SLUICE__BIRTH && handle_at(s, i) != NULL)
            SLUICE__BEGIN(s, &handle_at(s, i)->state);
        sluice__handle_drop(s, i);
    }
    return 0;
}

int sluice__handle_new(struct sluice *s)
{
    int n = s->free_handle ? 0 : add_handles(s);
    n = n ? n : sluice__waiters_reserve(s);
    if (n != 0)
        return n;
    uint32_t index = s->free_handle - 1;
    struct sluice_handle *handle = handle_at(s, index);
    if (handle == NULL)
        return -SLUICE_EUCLEAN;
    s->free_handle = load_relaxed(&handle->link);
    return (int)index;
}

void sluice__handle_drop(struct sluice *s, uint32_t index)
{
    struct sluice_handle *handle = handle_at(s, index);
    if (handle == NULL)
        return;
    sluice__put(s, &handle->link, s->free_handle);
    s->free_handle = index + 1;
}

int sluice__handle_enter(struct sluice *s, uint32_t index, uint32_t object, uint32_t flags)
{
    uint32_t kind;
    struct sluice_handle *handle = handle_at(s, index);
    struct sluice_object *o = sluice__object_at(s, object, &kind);
    if (handle == NULL || o == NULL)
        return -SLUICE_EUCLEAN;
    sluice__set(s, &handle->object, object);
    sluice__set(s, &handle->flags, flags);
    sluice__put(s, &handle->seen, 0);
    sluice__put(s, &handle->receivers, 0);
    /* kept below USES: beyond 2^31 uses a number would come back early */
    uint32_t use = (load_relaxed(&handle->state) >> 1) + 1;
    sluice__set(s, &handle->state, use % USES << 1 | OPEN);
    sluice__set(s, &o->refs, load_relaxed(&o->refs) + 1);
    sluice__kind_enter(s, o, kind, handle, flags);
    return (int)index;
}

uint32_t sluice__handle_number(struct sluice *s, uint32_t index)
{
    struct sluice_handle *handle = handle_at(s, index);
    uint32_t use = handle ? load_relaxed(&handle->state) >> 1 : 0;
    return (use % USES + 1) << INDEX_BITS | index; /* never 0 */
}

struct sluice_handle *sluice__handle_find(struct sluice *s, uint32_t number)
{
    uint32_t index = sluice__handle_index(number);
    struct sluice_handle *handle = handle_at(s, index);
    bool same = handle != NULL && is_open(handle) && sluice__handle_number(s, index) == number;
    return same ? handle : NULL;
}

int sluice__handle_look_up(struct sluice *s, uint32_t number, struct sluice_found *found)
{
    struct sluice_handle *handle = sluice__handle_find(s, number);
    if (handle == NULL)
        return -SLUICE_EBADF;
    uint32_t kind;
    struct sluice_object *object = sluice__object_at(s, load_relaxed(&handle->object), &kind);
    if (object == NULL)
        return -SLUICE_EUCLEAN;
    *found = (struct sluice_found){number, load_relaxed(&handle->flags), kind, handle, object};
    return 0;
}

uint32_t sluice__handle_index(uint32_t number)
{
    return number & ((1u << INDEX_BITS) - 1);
}

struct sluice_object *sluice__handle_object(struct sluice *s, struct sluice_handle *handle)
{
    uint32_t kind;
    return sluice__object_at(s, load_relaxed(&handle->object), &kind);
}

void sluice__object_unref(struct sluice *s, struct sluice_object *object)
{
    uint32_t refs = load_relaxed(&object->refs) - 1;
    sluice__set(s, &object->refs, refs);
    if (refs == 0) {
        sluice__set(s, &object->serial, 0); /* no ticket finds it any more */
        sluice__set(s, &s->me->building, sluice__offset(s, object));
        s->built++;
    }
}

/* The handle lets its object go; whichever was the last gives the block back. */
static int let_go(struct sluice *s, struct sluice_handle *handle, struct sluice_object *object)
{
    struct sluice_gate *names = &sluice__region(s)->names;
    int n = sluice__heap_give(s, &s->me->building);
    if (n != 0)
        return n;
    n = sluice__gate_lock(s, names);
    if (n != 0)
        return n;
    if (object != NULL)
        sluice__object_unref(s, object);
    sluice__set(s, &handle->state, load_relaxed(&handle->state) & ~OPEN);
    sluice__gate_unlock(s, names);
    sluice__heap_give(s, &s->me->building); /* else the next who needs the word does it */
    return 0;
}

int sluice__handle_close(struct sluice *s, uint32_t number)
{
    struct sluice_handle *handle = sluice__handle_find(s, number);
    if (handle == NULL)
        return -SLUICE_EBADF;
    int n = load_relaxed(&handle->waits) != 0 ? sluice__waiters_sweep(s) : 0;
    if (n != 0)
        return n;
    if (load_relaxed(&handle->waits) != 0)
        return -SLUICE_EBUSY;
    s->found[number % SLUICE__FOUND].number = 0;
    uint32_t kind;
    struct sluice_object *object = sluice__object_at(s, load_relaxed(&handle->object), &kind);
    n = object ? sluice__kind_close(s, object, kind, handle) : 0;
    int gone = n == SLUICE__NOT_NOW ? n : let_go(s, handle, object); /* a damaged one, too */
    if (gone != 0)
        return gone;
    sluice__handle_drop(s, sluice__handle_index(number));
    return n;
}

int sluice__handle_settle(struct sluice *s, struct sluice_handle *handle)
{
    if (!is_open(handle))
        return 0;
    uint32_t kind;
    struct sluice_object *object = sluice__object_at(s, load_relaxed(&handle->object), &kind);
    if (object != NULL && sluice__kind_close(s, object, kind, handle) == SLUICE__NOT_NOW)
        return SLUICE__NOT_NOW;
    if (object != NULL)
        sluice__event_notify_all(s, &object->gate);
    return let_go(s, handle, object);
}
