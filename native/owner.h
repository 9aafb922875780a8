/*
 * Proof that a process has ended, by whose number the agents of a mapped file go. Silence is none: a stopped process
 * lives. Nor is a number: it may have been given again, hence the start time, and mean another process in
 * another pid namespace, hence that namespace.
 */
#ifndef SLUICE_NATIVE_OWNER_H
#define SLUICE_NATIVE_OWNER_H

#include "port/atomic.h"

#include <stdbool.h>
#include <stdint.h>

/* Field 22 of /proc/PID/stat: when the process started, in clock ticks since boot. 0; -ENOENT: no such process. */
int native_process_start(uint64_t pid, uint64_t *ticks);

/* Whether the process that called itself `pid` and `started` is stopped, by a signal or a debugger: 1, 0 or -errno. */
int native_owner_stopped(uint32_t pid, uint64_t started);

/* This process's start time and pid namespace, as others will see it; all 0 where there is no /proc. 0 or -errno. */
int native_owner_started(uint64_t *started);

/*
 * Whether the process that called itself `pid` and `started` lives.
 *
 * gives  0: it has ended; a descriptor that becomes readable when it ends (pidfd_open(2)), to be closed by
 *        the caller; -errno: it cannot be told
 */
int native_owner_watch(uint32_t pid, uint64_t started);

/*
 * Notes in the region, before an agent of this process shows, whose process numbers it goes by: those of one pid
 * namespace, or of several.
 */
void native_owner_number(struct sluice_au32 *numbering);

/*
 * Whether all owners have their numbers from this process's pid namespace. Asked after an agent was seen. Who died before it
 * told its start can be known by its number only there; elsewhere another process bears it, or none.
 */
bool native_owner_numbered(const struct sluice_au32 *numbering);

/* Whether the process of such a descriptor has ended. */
bool native_owner_ended(int pidfd);

#endif
