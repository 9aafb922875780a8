/*
 * The file in /dev/shm that the processes of one user map: rings and unnamed semaphores live in it. Whoever needs it
 * first makes it, under no name until it is whole. It stays, as named objects of the kernel do.
 */
#ifndef SLUICE_NATIVE_REGION_H
#define SLUICE_NATIVE_REGION_H

#include <stddef.h>
#include <stdint.h>

struct region {
    void *base; /* NULL: not mapped */
    uint32_t bytes;
    uint64_t device, inode;
};

/*
 * Maps the namespace's file.
 *
 * make   size in bytes of the one to be made when there is none; 0: then -ENOENT
 * gives  0; -EACCES: what bears its name is no file of this user alone; -EUCLEAN: its size is impossible;
 *        -ENOSPC, -EINVAL: `make` is too small, or /dev/shm is full
 */
int native_region_open(struct region *region, const char *namespace, uint32_t make);
void native_region_close(struct region *region);

#endif
