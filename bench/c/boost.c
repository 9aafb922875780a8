/* The loops over what boost_queue.cpp wraps. */
#include "loops.h"

void boost_open(void);
void boost_put(int channel, const uint8_t *message);
void boost_get(int channel, uint8_t *message);

LOOPS(boost)

const struct engine boost_engines[] = {{"boost", boost_open, NULL, WORKS_OF(boost)}, {0}};
