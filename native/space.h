/*
 * This environment's place in one namespace's region: the core's agent, who waits there, and the processes whose
 * death it would see. It attaches when something is first asked of it. Everything here belongs to JavaScript's thread.
 */
#ifndef SLUICE_NATIVE_SPACE_H
#define SLUICE_NATIVE_SPACE_H

#include "bell.h"
#include "region.h"
#include "request.h"

enum { NAMESPACE_BYTES = 64 };

struct closing;
struct process;
struct waiter;

struct space {
    struct space *next;
    struct env *env;
    uint32_t number; /* from 1 */
    uint32_t bytes;  /* of the region, if it has to be made */
    char name[NAMESPACE_BYTES + 1];

    struct region region;
    uint64_t view[SLUICE_VIEW_BYTES / 8]; /* struct sluice */
    struct bell bell;
    struct waiter **hung; /* by the core's number of the waiter */
    uint32_t hung_room;
    struct waiter *stalled;    /* met a held lock */
    struct closing *closing;   /* handles that did */
    bool unsettled;            /* the dead are still to be settled */
    uint32_t waits;            /* requests that hang or have stalled */
    struct process *processes; /* the others' */
    uint64_t started;          /* this one's, see owner.h */
};

static inline struct sluice *native_view(struct space *space)
{
    return (struct sluice *)space->view;
}

/*
 * The number of a namespace, the same for the same name.
 *
 * gives  it; -EINVAL: not 1 to NAMESPACE_BYTES of A-Z a-z 0-9 _ . -; -ENOMEM
 */
int native_space_new(struct env *env, const char *name, uint32_t bytes);
struct space *native_space_of(struct env *env, uint32_t number);

/* Attaches, unless it is: 0 or -errno; -ENOENT when there is no region and `make` is false. */
int native_space_attach(struct space *space, bool make);

/* Leaves, as far as it can: nothing may be waiting. */
void native_space_detach(struct space *space);
void native_spaces_free(struct env *env);

/*
 * Pronounces dead whose process has ended, and watches the others'. How many died. To be called before this
 * agent sleeps, and when it meets something that a dead one may hold.
 */
int native_space_bury(struct space *space);
void native_processes_forget(struct space *space);

/* Attempts again whatever was rung for, until the bell is armed and listened to. */
void native_space_round(struct space *space);

/* What the bells and the watched processes have brought. */
void native_spaces_serve(struct env *env, bool owner_ended);

/* Whether some bell was rung and not yet taken. Under env->lock. */
bool native_spaces_rung(const struct env *env);

#endif
