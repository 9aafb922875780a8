/* The calls of a history: what two agents know, and requests of all kinds, chosen by a step's bits. */
#ifndef CALLS_H
#define CALLS_H

#include "answers.h"

enum { HANDLES = 8, WAITING = 3 };

/* In memory of its own. */
struct agent {
    struct sluice s;
    bool attached;
    uint32_t handles[HANDLES];
    uint32_t kinds[HANDLES];
    uint32_t claim;
    struct sluice_request waiting[WAITING]; /* op 0: none */
};

/* One step: what to do, and bits to choose by. */
struct choice {
    uint8_t what, who, a, b;
    uint32_t c;
};

/* Whether anything is damaged by now: before that, EUCLEAN is wrong. */
extern bool damaged;

/* The callers' bytes are as at first, there is no ticket. */
void calls_begin(void);

/* After each call into the core. */
void call_ended(struct agent *a);

void advance(struct agent *a, struct sluice_request *r);
void cancel(struct agent *a, struct sluice_request *r);

void open_by_name(struct agent *a, const struct choice *c, uint32_t op);
void open_pipe(struct agent *a, const struct choice *c);
void open_by_ticket(struct agent *a, const struct choice *c);
void list_or_unlink(struct agent *a, const struct choice *c);
void use(struct agent *a, const struct choice *c);
void close_one(struct agent *a, const struct choice *c);
void take_ticket(struct agent *a, const struct choice *c);

#endif
