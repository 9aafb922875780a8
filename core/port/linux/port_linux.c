/* The port on Linux: futex(2), clock_gettime(2). Called directly: the core links no libc. */
#include "../port.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int64_t port_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool port_park(struct sluice_au32 *word, uint32_t expected, int64_t deadline_ns)
{
    struct timespec t = {deadline_ns / 1000000000, deadline_ns % 1000000000};
    struct timespec *until = deadline_ns == PORT_FOREVER ? NULL : &t;
    /* not FUTEX_PRIVATE_FLAG: the word is shared between processes; WAIT_BITSET takes an absolute time */
    long n = syscall(SYS_futex, &word->v, FUTEX_WAIT_BITSET, expected, until, NULL,
                     FUTEX_BITSET_MATCH_ANY);
    return n == 0 || errno != ETIMEDOUT;
}

void port_unpark(struct sluice_au32 *word)
{
    syscall(SYS_futex, &word->v, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

void port_pause(uint32_t moments)
{
    for (; moments > 0; moments--)
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ __volatile__("yield");
#endif
}
