#include "name.h"

#include "../prim/event.h"
#include "../prim/heap.h"
#include "handle.h"
#include "kind.h"

static struct sluice_gate *names_gate(struct sluice *s)
{
    return &sluice__region(s)->names;
}

/* Takes the names gate; the handle's record goes back where that fails. */
static int lock_names(struct sluice *s, uint32_t index)
{
    int n = sluice__gate_lock(s, names_gate(s));
    if (n != 0)
        sluice__handle_drop(s, index);
    return n;
}

/* FNV-1a over the kind and the name. */
static uint32_t hash_of(enum sluice_kind kind, struct sluice__name name)
{
    uint32_t hash = (2166136261u ^ (uint32_t)kind) * 16777619u;
    for (uint32_t i = 0; i < name.length; i++)
        hash = (hash ^ name.bytes[i]) * 16777619u;
    return hash;
}

static bool same_name(struct sluice *s, struct sluice_object *o, struct sluice__name name)
{
    uint32_t at = load_relaxed(&o->name), length = load_relaxed(&o->name_bytes);
    uint8_t bytes[SLUICE_NAME_BYTES];
    if (length != name.length || at > s->bytes - length)
        return false;
    port_copy_out(bytes, sluice__at(s, at), length);
    for (uint32_t i = 0; i < length; i++)
        if (bytes[i] != name.bytes[i])
            return false;
    return true;
}

/* More than a sound region can hold. */
static uint32_t most_objects(struct sluice *s)
{
    return s->bytes / sizeof(struct sluice_object);
}

/*
 * The word that leads to the object of that name, or to the chain's end; NULL where the chain is damaged.
 * `found`: the object's offset, 0 at the end.
 */
static struct sluice_au32 *find(struct sluice *s, enum sluice_kind kind, struct sluice__name name,
                                uint32_t *found)
{
    uint32_t hash = hash_of(kind, name), its_kind;
    struct sluice_au32 *link = sluice__bucket(s, hash);
    for (uint32_t left = most_objects(s); left > 0; left--) {
        uint32_t at = *found = load_relaxed(link); /* [NM1-R] */
        struct sluice_object *o = sluice__object_at(s, at, &its_kind);
        if (at == 0)
            return link;
        if (o == NULL)
            return NULL;
        if (load_relaxed(&o->hash) == hash && its_kind == (uint32_t)kind && same_name(s, o, name))
            return link;
        link = &o->chain;
    }
    return NULL;
}

/* With the gate held: the handle of an object that exists, or why not. */
static int open_found(struct sluice *s, uint32_t at, uint32_t flags, uint32_t index)
{
    uint32_t kind;
    struct sluice_object *o = sluice__object_at(s, at, &kind);
    if (at == 0)
        return -SLUICE_ENOENT;
    if (o == NULL)
        return -SLUICE_EUCLEAN;
    if ((flags & SLUICE_CREATE) && (flags & SLUICE_EXCLUSIVE))
        return -SLUICE_EEXIST;
    if ((flags & SLUICE__MEET) && !sluice__kind_meets(o, kind, flags))
        return -SLUICE_ENXIO;
    return sluice__handle_enter(s, index, at, flags & ~SLUICE__MEET);
}

/* With the gate held: the object in `building` gets its number and belongs to the registry from here on. */
static void announce(struct sluice *s, struct sluice_object *o)
{
    struct sluice_region *region = sluice__region(s);
    uint32_t serial = load_relaxed(&region->serial) + 1;
    sluice__set(s, &region->serial, serial + (serial == 0));
    sluice__put(s, &o->serial, load_relaxed(&region->serial));
    sluice__heap_be_object(s, sluice__offset(s, o));
    sluice__set(s, &s->me->building, 0);
}

/* With the gate held: the new object is named, where there is a place for its name, and opened. */
static int open_new(struct sluice *s, struct sluice_au32 *link, uint32_t built, uint32_t flags,
                    uint32_t index)
{
    struct sluice_object *o = sluice__at(s, built);
    announce(s, o);
    if (link != NULL) {
        sluice__set(s, link, built); /* [NM1-W] the object before its name */
        sluice__set(s, &o->refs, 1);
    }
    return open_found(s, built, flags & ~(uint32_t)SLUICE_EXCLUSIVE, index);
}

/* The critical section around `found` or `enter new`, with the room for a handle it needs. */
static int open_or_publish(struct sluice *s, enum sluice_kind kind, struct sluice__name name,
                           uint32_t flags, uint32_t built)
{
    int index = sluice__handle_new(s);
    int n = index < 0 ? index : lock_names(s, (uint32_t)index);
    if (n != 0)
        return n;
    uint32_t found = 0;
    struct sluice_au32 *link = name.length ? find(s, kind, name, &found) : NULL;
    if (name.length != 0 && link == NULL)
        n = -SLUICE_EUCLEAN;
    else if (built == 0 || found != 0)
        n = open_found(s, found, flags, (uint32_t)index);
    else
        n = open_new(s, link, built, flags, (uint32_t)index);
    if (n == -SLUICE_EUCLEAN)
        sluice__gate_revert(s);
    sluice__gate_unlock(s, names_gate(s));
    if (n < 0)
        sluice__handle_drop(s, (uint32_t)index);
    return n;
}

/* Two records, or none. */
static int two_handles(struct sluice *s, uint32_t index[2])
{
    int first = sluice__handle_new(s);
    if (first < 0)
        return first;
    int second = sluice__handle_new(s);
    if (second < 0) {
        sluice__handle_drop(s, (uint32_t)first);
        return second;
    }
    index[0] = (uint32_t)first;
    index[1] = (uint32_t)second;
    return 0;
}

int sluice__pipe_publish(struct sluice *s, uint32_t index[2])
{
    uint32_t built = s->taken;
    int n = two_handles(s, index);
    if (n != 0)
        return n;
    n = lock_names(s, index[1]);
    if (n == 0) {
        announce(s, sluice__at(s, built));
        if (sluice__handle_enter(s, index[0], built, SLUICE_READ) < 0 ||
            sluice__handle_enter(s, index[1], built, SLUICE_WRITE) < 0) {
            sluice__gate_revert(s);
            sluice__handle_drop(s, index[1]);
            n = -SLUICE_EUCLEAN;
        }
        sluice__gate_unlock(s, names_gate(s));
    }
    if (n != 0)
        sluice__handle_drop(s, index[0]);
    return n;
}

int sluice__object_open(struct sluice *s, uint32_t at, uint32_t serial, uint32_t flags)
{
    int index = sluice__handle_new(s);
    int n = index < 0 ? index : lock_names(s, (uint32_t)index);
    if (n != 0)
        return n;
    uint32_t kind;
    struct sluice_object *o = sluice__object_at(s, at, &kind);
    bool same = o != NULL && sluice__heap_is_object(s, at) && serial != 0 &&
                load_relaxed(&o->serial) == serial && sluice__kind_reopens(o, kind, flags);
    n = same ? open_found(s, at, flags, (uint32_t)index) : -SLUICE_ESTALE;
    sluice__gate_unlock(s, names_gate(s));
    if (n < 0)
        sluice__handle_drop(s, (uint32_t)index);
    return n;
}

int sluice__name_open(struct sluice *s, enum sluice_kind kind, struct sluice__name name,
                      uint32_t flags)
{
    return open_or_publish(s, kind, name, flags, 0);
}

int sluice__name_publish(struct sluice *s, enum sluice_kind kind, struct sluice__name name,
                         uint32_t flags)
{
    return open_or_publish(s, kind, name, flags, s->taken);
}

int sluice__name_unlink(struct sluice *s, enum sluice_kind kind, struct sluice__name name)
{
    int n = sluice__heap_give(s, &s->me->building);
    if (n != 0)
        return n;
    n = sluice__gate_lock(s, names_gate(s));
    if (n != 0)
        return n;
    uint32_t at;
    struct sluice_au32 *link = find(s, kind, name, &at);
    if (link != NULL && at != 0) {
        struct sluice_object *o = sluice__at(s, at);
        sluice__set(s, link, load_relaxed(&o->chain));
        sluice__object_unref(s, o);
    }
    sluice__gate_unlock(s, names_gate(s));
    sluice__heap_give(s, &s->me->building); /* else the next who needs the word does it */
    if (link == NULL)
        return -SLUICE_EUCLEAN;
    return at != 0 ? 0 : -SLUICE_ENOENT;
}

void sluice__object_init(struct sluice *s, enum sluice_kind kind, uint32_t mode,
                         struct sluice__name name, uint32_t body)
{
    uint32_t at = s->taken;
    struct sluice_object *o = sluice__at(s, at);
    uint32_t name_at = at + (uint32_t)sizeof(*o) + body;
    sluice__put(s, &o->kind, (uint32_t)kind);
    sluice__put(s, &o->hash, hash_of(kind, name));
    sluice__put(s, &o->name, name_at);
    sluice__put(s, &o->name_bytes, name.length);
    sluice__put(s, &o->mode, mode);
    sluice__put(s, &o->owner, (uint32_t)load64_relaxed(&s->me->life) >> 8);
    if (name.length != 0 && sluice__alive(s))
        port_copy_in(sluice__at(s, name_at), name.bytes, name.length);
}

/* Of a cursor: the largest region has 2^19 buckets. */
enum { PLACE_BITS = 13, PLACES = (1 << PLACE_BITS) - 1 };

/* The object that a link leads to, NULL at the end. */
static struct sluice_object *follow(struct sluice *s, struct sluice_au32 *link, uint32_t *at)
{
    uint32_t kind;
    *at = load_relaxed(link);
    return sluice__object_at(s, *at, &kind);
}

uint32_t sluice__name_next(struct sluice *s, uint32_t *cursor, uint32_t last)
{
    uint32_t place = *cursor & PLACES, kind, at;
    struct sluice_object *o = sluice__object_at(s, last, &kind);
    for (uint32_t bucket = *cursor >> PLACE_BITS; bucket < s->buckets; bucket++, place = 0) {
        uint32_t steps = o ? 1 : place + 1; /* from the last, or from the bucket */
        o = follow(s, o ? &o->chain : sluice__bucket(s, bucket), &at);
        while (o != NULL && --steps > 0)
            o = follow(s, &o->chain, &at);
        if (o != NULL && place < PLACES) {
            *cursor = bucket << PLACE_BITS | (place + 1);
            return at;
        }
        o = NULL;
    }
    *cursor = 0;
    return 0;
}

bool sluice__names_valid(struct sluice *s)
{
    for (uint32_t bucket = 0; bucket < s->buckets; bucket++) {
        uint32_t left = most_objects(s);
        for (uint32_t at = load_relaxed(sluice__bucket(s, bucket)); at != 0; left--) {
            uint32_t kind;
            struct sluice_object *o = sluice__object_at(s, at, &kind);
            if (o == NULL || left == 0 || (load_relaxed(&o->hash) & (s->buckets - 1)) != bucket ||
                load_relaxed(&o->refs) == 0 || sluice__heap_bytes(s, at) == 0)
                return false;
            at = load_relaxed(&o->chain);
        }
    }
    return sluice__gate_valid(s, names_gate(s));
}
