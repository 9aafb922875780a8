/*
 * Pipe and FIFO (pipe(7), fifo(7)): a stream of bytes between whoever holds its ends.
 *
 * Writers exclude each other by the object's gate, readers by `reading`; a writer and a reader run side by
 * side, each publishing by one compare-and-swap, which fails where this agent's death was proven falsely. The
 * free-running counters wrap; capacity is a power of two.
 * How many ends are open is changed by the registry (under the names gate) with the handle, in one critical section.
 *
 * Death (a) holding a gate: bytes not published were never written, bytes not released are still there;
 * (b) there is no claim; (c) waiting: the waiter goes. Its ends are closed: readers see the end of file, writers EPIPE.
 */
#ifndef SLUICE_OBJ_PIPE_H
#define SLUICE_OBJ_PIPE_H

#include "../prim/gate.h"

enum {
    SLUICE__PIPE_READABLE = 0, /* events, all of the object's gate */
    SLUICE__PIPE_WRITABLE = 1,
    SLUICE__PIPE_OPENED = 2,
};

struct sluice_pipe {
    struct sluice_object object;
    /* seldom written */
    struct sluice_au32 capacity_bytes;
    struct sluice_au32 readers; /* open ends */
    struct sluice_au32 writers;
    struct sluice_au32 reads_opened; /* ever: a FIFO's open waits for the next one */
    struct sluice_au32 writes_opened;
    struct sluice_au32 spare[11];
    /* the writers' line */
    struct sluice_au32 tail; /* bytes ever written */
    struct sluice_au32 spare1[15];
    /* the readers' lines */
    struct sluice_au32 head; /* bytes ever read */
    struct sluice_au32 spare2[13];
    struct sluice_gate reading; /* its events are not used */
    /* then the bytes */
};
_Static_assert(sizeof(struct sluice_pipe) == 384 && offsetof(struct sluice_pipe, tail) == 192 &&
                   offsetof(struct sluice_pipe, head) == 256,
               "pipe");

/* The capacity for what was asked: a power of two of at least PIPE_BUF; 0 where there is none. */
uint32_t sluice__pipe_capacity(uint32_t bytes);

/*
 * write(2), once: up to SLUICE_PIPE_BUF bytes wholly or not at all, of more what there is room for. Who waits does so in order
 * of arrival: behind a writer whose bytes do not fit waits also one whose would.
 *
 * returns bytes written; -EAGAIN: no room; -EPIPE: no reader; -EUCLEAN; SLUICE__NOT_NOW
 */
int sluice__pipe_write(struct sluice *s, struct sluice_pipe *pipe, const void *bytes,
                       uint32_t length);

/*
 * read(2), once.
 *
 * returns bytes read, 0 at the end of file; -EAGAIN: nothing there, and a writer is; -EUCLEAN; SLUICE__NOT_NOW
 */
int sluice__pipe_read(struct sluice *s, struct sluice_pipe *pipe, void *bytes, uint32_t room);

/*
 * Whether there is something to read, or an end of file where `ended` says that no writer means that (SLUICE_READ); or room for
 * SLUICE_PIPE_BUF bytes, or nobody to read them (SLUICE_WRITE).
 *
 * returns 0; -EAGAIN; -EUCLEAN
 */
int sluice__pipe_ready(struct sluice *s, struct sluice_pipe *pipe, uint32_t what, bool ended);

/* Bytes that can be read (FIONREAD). */
uint32_t sluice__pipe_readable(struct sluice *s, struct sluice_pipe *pipe);

/* With the names gate held: ends are opened (SLUICE_READ, SLUICE_WRITE). */
void sluice__pipe_enter(struct sluice *s, struct sluice_pipe *pipe, uint32_t flags);

/* With the names gate held: they are closed. */
void sluice__pipe_leave(struct sluice *s, struct sluice_pipe *pipe, uint32_t flags);

/* How many of the ends that one with `flags` would meet are open. */
static inline uint32_t sluice__pipe_peers(struct sluice_pipe *pipe, uint32_t flags)
{
    return load_acquire(flags & SLUICE_READ ? &pipe->writers : &pipe->readers);
}

/* How many were ever opened. */
static inline uint32_t sluice__pipe_peers_opened(struct sluice_pipe *pipe, uint32_t flags)
{
    return load_acquire(flags & SLUICE_READ ? &pipe->writes_opened : &pipe->reads_opened);
}

#endif
