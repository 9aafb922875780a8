/*
 * What the notes of all lives of a world must add up to.
 *
 * A unit that was sent has been received once. One whose sender died in the call was received once or never, a write of
 * up to PIPE_BUF wholly or not at all. One that nobody has received was taken by a receiver that died in the call: then it
 * lies in the room of that life, whole, and so does all else of that call.
 */
#include "kills.h"

/* Everything known of one unit. */
struct fate {
    const struct take *take;
    uint32_t times;
    uint32_t suspect; /* the life in whose room it lies, the last to die of those, + 1 */
    bool peeked;      /* it went back from being read in place */
};

struct stream {
    uint32_t sender, number, sent, sending;
    struct fate *fates; /* `sending` of them */
};

static struct stream stream_of(struct world *world, enum thing thing, uint32_t sender,
                               uint32_t number)
{
    struct life *life = &world->board->lives[sender];
    struct stream s = {.sender = sender, .number = number};
    s.sent = load_acquire(&life->sent[thing][number]);
    s.sending = load_acquire(&life->sending[thing][number]);
    s.sending = s.sending < s.sent ? s.sent : s.sending;
    s.fates = calloc(s.sending + 1, sizeof(*s.fates));
    return s;
}

#define ABOUT "unit %u of life %u, stream %u, thing %u; sent %u, sending %u"
#define OF(s, i, thing) (i), (s)->sender, (s)->number, (thing), (s)->sent, (s)->sending

/* The units in a room, in order; how many. Where the copy was cut short, those that are whole. */
static uint32_t units_in(const struct life *life, enum thing thing, struct unit *units)
{
    uint32_t kind = load_acquire(&life->taking), n = 0, at = 0, length = sizeof(struct unit);
    bool one = kind == ONE || kind == PEEKED || kind == RELEASING;
    if (kind == NOTHING || kind == PEEKING)
        return 0;
    for (; at + length <= ROOM && n < ROOM / 16; n++) {
        if (kind == FRAMED) {
            memcpy(&length, life->room + at, 4);
            at += 4;
            if (length == 0 || length > UNIT_MOST)
                break;
        }
        struct unit *u = &units[n];
        if (!unit_read(life->room + at, sizeof(*u), u) || u->thing != thing)
            break;
        at += (length + 3) & ~3u;
        if (one)
            return 1;
    }
    return n;
}

/* Who died last may have taken it: what an earlier one had taken, nobody could have copied any more. */
static void lies_in(struct world *world, struct fate *fate, uint32_t number)
{
    const struct life *lives = world->board->lives;
    uint32_t kind = load_acquire(&lives[number].taking);
    fate->peeked |= kind == PEEKED || kind == RELEASING;
    if (fate->suspect == 0 || lives[fate->suspect - 1].died < lives[number].died)
        fate->suspect = number + 1;
}

static void gather(struct world *world, enum thing thing, struct stream *s)
{
    static struct unit units[ROOM / 16];
    for (uint32_t number = 0; number < world->lives; number++) {
        struct life *life = &world->board->lives[number];
        uint32_t took = load_acquire(&life->took), in_room = units_in(life, thing, units);
        for (uint32_t i = 0; i < took; i++) {
            const struct take *take = &life->takes[i];
            const struct unit *u = &take->unit;
            if (u->life != s->sender || u->thing != thing || u->stream != s->number)
                continue;
            must(u->seq < s->sending, "never sent: " ABOUT, OF(s, u->seq, thing));
            struct fate *fate = &s->fates[u->seq];
            must(fate->times == 0, "received by life %u and by life %u: " ABOUT,
                 fate->take->receiver, number, OF(s, u->seq, thing));
            fate->times = 1;
            fate->take = take;
        }
        for (uint32_t i = 0; i < in_room; i++)
            if (units[i].life == s->sender && units[i].stream == s->number &&
                units[i].seq < s->sending)
                lies_in(world, &s->fates[units[i].seq], number);
    }
}

static bool gone(const struct fate *fate)
{
    return fate->times == 0 && fate->suspect != 0;
}

/* Nothing is lost but what a dead receiver took; what a dead sender began is whole or nothing. */
static void check_losses(struct stream *s, enum thing thing)
{
    bool stream = thing != QUEUE && thing != BYTES && thing != CELLS, missed = false, some = false;
    for (uint32_t i = 0; i < s->sent; i++)
        must(s->fates[i].times != 0 || gone(&s->fates[i]), "lost: " ABOUT, OF(s, i, thing));
    for (uint32_t i = s->sent; i < s->sending; i++) {
        bool there = s->fates[i].times != 0 || gone(&s->fates[i]);
        must(!there || !missed, "there, but not what was before it: " ABOUT, OF(s, i, thing));
        missed = !there;
        some |= there && stream && s->sending - s->sent <= SLUICE_PIPE_BUF / 16;
        must(!some || there, "written in part: " ABOUT, OF(s, i, thing));
    }
}

/* Claims of records that were read in place and went back: those come late, and that is all. */
static uint32_t unknown_peeks(struct world *world, enum thing thing)
{
    uint32_t n = 0;
    for (uint32_t number = 0; thing == CELLS && number < world->lives; number++)
        n += load_acquire(&world->board->lives[number].taking) == PEEKING;
    return n;
}

/* Of two units the later one's receive did not end before the earlier one's began. */
static void check_order(struct world *world, struct stream *s, enum thing thing)
{
    uint32_t late = 0, most = unknown_peeks(world, thing);
    int64_t soonest = INT64_MAX;
    for (uint32_t i = s->sending; i-- > 0;) {
        const struct fate *fate = &s->fates[i];
        if (fate->times == 0 || (thing == CELLS && fate->peeked))
            continue;
        late += fate->take->begun > soonest;
        must(late <= most, "received after what was sent later: " ABOUT, OF(s, i, thing));
        if (fate->take->ended < soonest)
            soonest = fate->take->ended;
    }
}

/* What one call would have taken was taken, or not; of a batch of cells a part from the front may be. */
static void check_rooms(struct world *world, enum thing thing, struct stream *all)
{
    static struct unit units[ROOM / 16];
    for (uint32_t number = 0; number < world->lives; number++) {
        uint32_t n = units_in(&world->board->lives[number], thing, units), taken = 0, changes = 0;
        bool before = true;
        for (uint32_t i = 0; i < n; i++) {
            struct stream *s = &all[units[i].life * STREAMS + units[i].stream];
            struct fate *fate = units[i].seq < s->sending ? &s->fates[units[i].seq] : NULL;
            bool was = fate != NULL && fate->suspect == number + 1 && gone(fate);
            taken += was;
            changes += i > 0 && was != before;
            must(i == 0 || !was || before, "life %u took what lies behind what it left", number);
            before = was;
        }
        must(changes == 0 || thing == CELLS, "life %u died having taken %u of %u units", number,
             taken, n);
    }
}

/* Within one read, the parts of a write follow each other. */
static void check_parts(struct world *world, enum thing thing)
{
    for (uint32_t number = 0; number < world->lives; number++) {
        struct life *life = &world->board->lives[number];
        for (uint32_t i = 1; i < load_acquire(&life->took); i++) {
            const struct take *a = &life->takes[i - 1], *b = &life->takes[i];
            if (a->unit.thing != thing || b->unit.thing != thing || a->begun != b->begun)
                continue;
            bool ends = a->unit.part + 1 >= a->unit.parts;
            bool follows = b->unit.life == a->unit.life && b->unit.seq == a->unit.seq + 1;
            must(ends || follows, "life %u: a write of life %u was cut by one of life %u", number,
                 a->unit.life, b->unit.life);
        }
    }
}

void check_units(struct world *world, enum thing thing, bool lossless)
{
    static struct stream all[LIVES * STREAMS];
    for (uint32_t i = 0; i < world->lives * STREAMS; i++) {
        all[i] = stream_of(world, thing, i / STREAMS, i % STREAMS);
        if (all[i].sending == 0)
            continue;
        gather(world, thing, &all[i]);
        check_order(world, &all[i], thing);
        if (lossless)
            check_losses(&all[i], thing);
    }
    check_parts(world, thing);
    if (lossless)
        check_rooms(world, thing, all);
    for (uint32_t i = 0; i < world->lives * STREAMS; i++)
        free(all[i].fates);
}

void check_tokens(struct world *world, uint32_t value)
{
    uint32_t least = TOKENS, most = TOKENS;
    for (uint32_t number = 0; number < world->lives; number++) {
        struct life *life = &world->board->lives[number];
        uint32_t waits = load_acquire(&life->waits), waiting = load_acquire(&life->waiting);
        uint32_t posts = load_acquire(&life->posts), posting = load_acquire(&life->posting);
        least += posts - (waiting > waits ? waiting : waits);
        most += (posting > posts ? posting : posts) - waits;
    }
    must(value - least <= most - least, "%u tokens, where %u to %u should be", value, least, most);
}
