/*
 * A history: two agents in a small region, calls of all kinds, and in between words that change. It is told by bytes, 8 a
 * step, so that a seed and a fuzzer tell it in the same way, and a step can be left out without changing the others.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "port_hostile.h"

enum { STEP_BYTES = 8, MOST_STEPS = 64, AGENTS = 2 };

/*
 * Runs it: from the first step that damages something on, answers must only be possible.
 *
 * returns NULL, or what is wrong
 */
const char *history_run(const uint8_t *steps, size_t count);

/* How often so far a call met a region in which words had changed since the last, or changed them under it. */
extern uint64_t history_damaged;

/* What a step does, in words. */
const char *history_step_name(const uint8_t *step);

/* A step that changes words, or lets the peer change one during the next call. */
bool history_step_damages(const uint8_t *step);

/* Of a generator that tells histories: sets the step's kind to one of the `sound` or damaging ones, by the bits given. */
void history_step_choose(uint8_t *step, bool damages);

#endif
