/*
 * Programs of a few accesses whose outcomes a memory model allows or forbids. `ctx` is a text of letters, the orders
 * of the accesses; what was read is in r[].
 */
#ifndef LITMUS_H
#define LITMUS_H

#include "port/fake/fake.h"
#include "port/port.h"

enum { REGISTERS = 4 };

static struct {
    struct sluice_au32 x, y, z;
    struct sluice_au64 wide;
} m;

static uint32_t r[REGISTERS];
/* ---- accesses, by letters: x relaxed, a acquire, r release, s seq ---- */

static uint32_t get(char how, struct sluice_au32 *word)
{
    return how == 's' ? load_seq(word) : how == 'a' ? load_acquire(word) : load_relaxed(word);
}

static void put(char how, struct sluice_au32 *word, uint32_t value)
{
    if (how == 's')
        store_seq(word, value);
    else if (how == 'r')
        store_release(word, value);
    else
        store_relaxed(word, value);
}

/* ---- message passing ---- */

static void mp(void *ctx, int who)
{
    const char *how = ctx;
    if (who == 0) {
        put(how[0], &m.x, 1);
        put(how[1], &m.y, 1);
    } else {
        r[0] = get(how[2], &m.y);
        r[1] = get(how[3], &m.x);
    }
}

static bool first_not_second(void)
{
    return r[0] == 1 && r[1] == 0;
}

/* Two words behind the flag. */
static void mp_twice(void *ctx, int who)
{
    const char *how = ctx;
    if (who == 0) {
        put(how[0], &m.x, 1);
        put(how[0], &m.z, 2);
        put(how[1], &m.y, 1);
    } else {
        r[0] = get(how[2], &m.y);
        r[1] = get(how[3], &m.x);
        r[2] = get(how[3], &m.z) == 2;
    }
}

static bool first_not_others(void)
{
    return r[0] == 1 && r[1] == 0 && r[2] == 0;
}

/* What is behind the flag is taken by a compare-and-swap, which may only fail by being stale. */
static void mp_cas(void *ctx, int who)
{
    const char *how = ctx;
    if (who == 0)
        mp(ctx, who);
    else if ((r[0] = get(how[2], &m.y)))
        r[1] = how[3] == 's' ? cas_seq(&m.x, 1, 2) : cas_acqrel(&m.x, 1, 2);
}

/* A relaxed store after the release store takes its place, a read-modify-write continues it. */
static void mp_overwritten(void *ctx, int who)
{
    mp(ctx, who);
    if (who == 0)
        put('x', &m.y, 2);
}

/* All is in memory; the older flag tells nothing of what came after it. */
static void mp_older(void *ctx, int who)
{
    (void)ctx;
    if (who == 0) {
        put('r', &m.y, 1);
        put('x', &m.x, 1);
        put('r', &m.y, 2);
        put('r', &m.z, 2);
    } else {
        r[2] = get('x', &m.z);
        r[0] = get('a', &m.y);
        r[1] = get('x', &m.x);
    }
}

static bool older_flag(void)
{
    return r[2] == 2 && r[0] == 1 && r[1] == 0;
}

static void mp_modified(void *ctx, int who)
{
    if (who == 2)
        add_seq(&m.y, 1);
    else
        mp(ctx, who);
}

static bool second_value_not_data(void)
{
    return r[0] == 2 && r[1] == 0;
}

/* Of a word that a copy clears: as memory that is taken anew. */
static void mp_cleared(void *ctx, int who)
{
    const char *how = ctx;
    if (who == 0) {
        port_clear(&m.z, sizeof m.z);
        put(how[1], &m.y, 1);
    } else {
        r[0] = get(how[2], &m.y);
        r[1] = get(how[3], &m.z) == 0;
    }
}

static void wrc(void *ctx, int who)
{
    const char *how = ctx;
    if (who == 0) {
        put('x', &m.x, 1);
    } else if (who == 1) {
        r[0] = get(how[0], &m.x);
        put(how[1], &m.y, 1);
    } else {
        r[1] = get(how[2], &m.y);
        r[2] = get('x', &m.x);
    }
}

static bool third_is_behind(void)
{
    return r[0] == 1 && r[1] == 1 && r[2] == 0;
}

/* ---- store buffering ---- */

static void sb(void *ctx, int who)
{
    const char *how = ctx;
    put(how[0], who ? &m.y : &m.x, 1);
    r[who] = get(how[1], who ? &m.x : &m.y);
}

static void sb_modify(void *ctx, int who)
{
    const char *how = ctx;
    or_seq(who ? &m.y : &m.x, 1);
    r[who] = get(how[0], who ? &m.x : &m.y);
}

static void sb_cas(void *ctx, int who)
{
    const char *how = ctx;
    struct sluice_au32 *theirs = who ? &m.x : &m.y;
    put(how[0], who ? &m.y : &m.x, 1);
    r[who] = how[1] == 's' ? cas_seq(theirs, 1, 2) : cas_acqrel(theirs, 1, 2);
}

static bool both_zero(void)
{
    return r[0] == 0 && r[1] == 0;
}

/* s: a load, c: a compare-and-swap that fails, a: a read-modify-write. */
static void stays_late(void *ctx, int who)
{
    const char *how = ctx;
    if (who == 1) {
        put('s', &m.y, 1);
        put('s', &m.x, 2);
        return;
    }
    put(how[0], &m.x, 1);
    if (how[1] == 's')
        r[0] = get('s', &m.y);
    else
        r[0] = how[1] == 'c' ? cas_seq(&m.y, 1, 2) : add_seq(&m.y, 0);
}

static bool late_store_last(void)
{
    return r[0] == 0 && m.x.v == 1;
}

/* ---- coherence ---- */

static void corr(void *ctx, int who)
{
    (void)ctx;
    if (who == 0) {
        put('x', &m.x, 1);
        put('x', &m.x, 2);
    } else {
        r[0] = get('x', &m.x);
        r[1] = get('x', &m.x);
    }
}

static bool backwards(void)
{
    return r[0] > r[1];
}

/* Reads, then writes, then reads. */
static void corw(void *ctx, int who)
{
    (void)ctx;
    if (who == 0) {
        put('x', &m.x, 1);
    } else {
        r[0] = get('x', &m.x);
        put('x', &m.x, 2);
        r[1] = get('x', &m.x);
    }
}

static bool write_before_read(void)
{
    return (r[0] == 1 && m.x.v == 1) || r[1] == 0;
}

/* ---- four accesses, two orders ---- */

static void iriw(void *ctx, int who)
{
    const char *how = ctx;
    if (who < 2) {
        put(how[0], who ? &m.y : &m.x, 1);
    } else {
        r[2 * who - 4] = get(how[1], who == 2 ? &m.x : &m.y);
        r[2 * who - 3] = get(how[1], who == 2 ? &m.y : &m.x);
    }
}

static bool two_orders(void)
{
    return r[0] == 1 && r[1] == 0 && r[2] == 1 && r[3] == 0;
}

static void lb(void *ctx, int who)
{
    (void)ctx;
    r[who] = get('x', who ? &m.y : &m.x);
    put('x', who ? &m.x : &m.y, 1);
}

static bool both_one(void)
{
    return r[0] == 1 && r[1] == 1;
}

static void two_writes(void *ctx, int who)
{
    const char *how = ctx;
    put('x', who ? &m.y : &m.x, 1);
    put(how[0], who ? &m.x : &m.y, 2);
}

static bool first_writes_last(void)
{
    return m.x.v == 1 && m.y.v == 1;
}

/* ---- death ---- */

static void dies(void *ctx, int who)
{
    (void)ctx;
    if (who == 0) {
        put('x', &m.x, 1);
        put('x', &m.x, 2);
    } else if (fake_wait_dead(0)) {
        r[0] = 1;
        r[1] = get('x', &m.x);
    }
}

static bool behind_the_dead(void)
{
    return r[0] == 1 && r[1] != m.x.v;
}

#endif
