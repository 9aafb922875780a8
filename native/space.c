#include "space.h"
#include "clock.h"
#include "core.h"
#include "env.h"
#include "owner.h"

#include <errno.h>
#include "port/port.h"
#include "sluice_abi.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_NS (1000 * (int64_t)CLOCK_MS) /* for a lock that somebody holds while we leave */
#define STEP_NS (10 * (int64_t)CLOCK_MS)

static bool is_sound(const char *name)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t length = strlen(name);
    return length >= 1 && length <= NAMESPACE_BYTES && strspn(name, letters) == length;
}

struct space *native_space_of(struct env *env, uint32_t number)
{
    struct space *each = env->spaces;
    while (each && each->number != number)
        each = each->next;
    return each;
}

int native_space_new(struct env *env, const char *name, uint32_t bytes)
{
    if (!is_sound(name))
        return -EINVAL;
    for (struct space *each = env->spaces; each; each = each->next)
        if (strcmp(each->name, name) == 0) {
            if (!each->region.base && each->bytes < bytes)
                each->bytes = bytes; /* whoever asks for most, before it is made */
            return (int)each->number;
        }
    struct space *space = native_sys.alloc(1, sizeof *space);
    if (!space)
        return -ENOMEM;
    space->env = space->bell.env = env;
    space->number = env->spaces ? env->spaces->number + 1 : 1;
    space->bytes = bytes;
    strcpy(space->name, name);
    space->next = env->spaces;
    env->spaces = space;
    return (int)space->number;
}

static int attach(struct space *space)
{
    struct sluice_region *region = space->region.base;
    int n = native_owner_started(&space->started);
    if (n < 0)
        return n;
    if (load_acquire(&region->magic) == SLUICE_MAGIC) /* else it is not ours to write to */
        native_owner_number(&region->numbering);
    n = sluice_attach(native_view(space), space->region.base, space->region.bytes,
                      (uint32_t)getpid(), (uint32_t)space->started,
                      (uint32_t)(space->started >> 32));
    /* No region of this version: one that is EINVAL is no argument of the caller's. */
    return n == -EINVAL ? -EUCLEAN : n;
}

/*
 * The last slot is kept free for whoever finds that all others are dead: it takes an agent to bury them. The
 * probe has nothing that could keep it from leaving.
 */
static bool leaves_a_slot(struct space *space)
{
    uint64_t view[SLUICE_VIEW_BYTES / 8];
    struct sluice *probe = (struct sluice *)view;
    return sluice_attach(probe, space->region.base, space->region.bytes, (uint32_t)getpid(),
                         (uint32_t)space->started, (uint32_t)(space->started >> 32)) == 0 &&
           sluice_detach(probe) == 0;
}

static int enter(struct space *space)
{
    int n = attach(space);
    if (n < 0)
        return n;
    native_space_bury(space);
    if (leaves_a_slot(space))
        return 0;
    sluice_detach(native_view(space));
    return -EMFILE;
}

int native_space_attach(struct space *space, bool make)
{
    if (space->region.base)
        return 0;
    int n = native_region_open(&space->region, space->name, make ? space->bytes : 0);
    if (n < 0)
        return n;
    n = enter(space);
    if (n < 0) {
        native_processes_forget(space);
        native_region_close(&space->region);
        return n;
    }
    space->bell.word = (struct sluice_au32 *)sluice_bell(native_view(space));
    return 0;
}

/* Somebody may hold a lock at this moment; one that stopped is not waited for: this process's death will tell. */
static void leave(struct space *space)
{
    struct sluice *view = native_view(space);
    int64_t now, end = native_now_ns(CLOCK_MONOTONIC) + PATIENCE_NS;
    while (sluice_detach(view) != 0 && (now = native_now_ns(CLOCK_MONOTONIC)) < end) {
        native_space_bury(space);
        if (sluice_bell_arm(view) > 0)
            port_park(space->bell.word, SLUICE_BELL_ASLEEP, now + STEP_NS);
        sluice_bell_answer(view);
    }
}

void native_space_detach(struct space *space)
{
    if (!space->region.base)
        return;
    sluice_bell_answer(native_view(space));
    native_bell_stop(&space->bell);
    native_core_forget(space);
    leave(space);
    native_processes_forget(space);
    native_region_close(&space->region);
    space->unsettled = false;
}

void native_spaces_free(struct env *env)
{
    while (env->spaces) {
        struct space *space = env->spaces;
        env->spaces = space->next;
        free(space->hung);
        free(space);
    }
}

bool native_spaces_rung(const struct env *env)
{
    for (const struct space *each = env->spaces; each; each = each->next)
        if (each->bell.rung)
            return true;
    return false;
}

void native_spaces_serve(struct env *env, bool owner_ended)
{
    for (struct space *each = env->spaces; each; each = each->next)
        if (each->region.base && (native_bell_take(&each->bell) || owner_ended))
            native_space_round(each);
}
