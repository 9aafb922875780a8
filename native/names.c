/* Names and access modes, checked before the kernel sees them. */
#include "families.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int native_posix_name(const char *name)
{
    if (!name || name[0] != '/' || name[1] == 0 || strchr(name + 1, '/'))
        return -EINVAL;
    return strlen(name) > SLUICE_POSIX_NAME_BYTES ? -ENAMETOOLONG : 0;
}

int native_access(uint32_t flags)
{
    switch (flags & (SLUICE_READ | SLUICE_WRITE)) {
    case SLUICE_READ:
        return O_RDONLY;
    case SLUICE_WRITE:
        return O_WRONLY;
    case SLUICE_READ | SLUICE_WRITE:
        return O_RDWR;
    default:
        return -EINVAL;
    }
}
