/* What double_fetch.c needs of a row, and the rows of it. */
#ifndef DOUBLE_FETCH_H
#define DOUBLE_FETCH_H

#include "port_hostile.h"

enum { REGION_BYTES = 48 << 10, ME = 0, OTHER, AGENTS };

/* All that an operation changes beside the region. */
extern struct world {
    struct sluice s[AGENTS];
    struct sluice_request wait[AGENTS]; /* op 0: none */
    uint32_t handle[AGENTS];
    uint32_t more[AGENTS]; /* a second handle */
    uint32_t claim;
    uint32_t out[4]; /* of the last request */
    uint8_t ticket[16];
} world;

struct row {
    const char *name;
    bool (*state)(void); /* false where there is no room for it */
    void (*operation)(void);
};

/* The last is without a name. */
extern const struct row rows_of_objects[], rows_of_streams[];

/* Calls of an agent; each leaves where its answer can't be. */
int request(int who, struct sluice_request r);
int waits(int who, struct sluice_request r);
/* ME waits until his handle is ready. */
void ready(uint32_t what);
void go_on(int who);
void cancel(int who);
void detach(int who);
void settle(int who);
bool attach(int who);

#endif
