/* What each request may answer: the errnos that are documented, and results that can be. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "port_hostile.h"

/* Leaves through port_fail() where the answer of a finished or refused request can't be. */
void answer_is_plausible(const struct sluice_request *r, int n);

#endif
