#include "region.h"
#include "clock.h"
#include "sluice.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define FOLDER "/dev/shm"

enum { PATH_ROOM = 128, PAGE = 4096, PIECE = 256 << 10, TRIES = 100 };

static void path_of(char path[PATH_ROOM], const char *namespace)
{
    snprintf(path, PATH_ROOM, FOLDER "/sluice-%u-%s", (unsigned)geteuid(), namespace);
}

static int map(struct region *region, int fd, const struct stat *about)
{
    size_t bytes = (size_t)about->st_size;
    if (bytes < PAGE || bytes > UINT32_MAX)
        return -EUCLEAN;
    void *base = native_sys.mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return errno == EAGAIN ? -ENOMEM : -errno; /* too much is locked: no reason to wait */
    *region = (struct region){base, (uint32_t)bytes, about->st_dev, about->st_ino};
    return 0;
}

/* Anybody may put something under that name into a folder that all may write to. */
static int check(const struct stat *about)
{
    bool ours = S_ISREG(about->st_mode) && about->st_uid == geteuid() &&
                (about->st_mode & 07777) == 0600 && about->st_nlink == 1;
    return ours ? 0 : -EACCES;
}

static int join(struct region *region, const char *path)
{
    struct stat about;
    int fd = native_sys.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0), n;
    if (fd < 0)
        return errno == ELOOP || errno == EISDIR || errno == ENXIO ? -EACCES : -errno;
    if (native_sys.fstat(fd, &about) < 0)
        n = -errno;
    else if (S_ISREG(about.st_mode) && about.st_nlink == 0)
        n = -ENOENT; /* removed meanwhile */
    else
        n = check(&about);
    n = n < 0 ? n : map(region, fd, &about);
    native_sys.close(fd);
    return n;
}

/*
 * All its pages: one that is missing in a full /dev/shm would be a SIGBUS later. In pieces: an interrupted piece is
 * begun anew, and a profiler's signals come faster than a large region is reserved.
 */
static int reserve(int fd, uint32_t bytes)
{
    int error = 0;
    if (native_sys.fchmod(fd, 0600) < 0) /* whatever the umask */
        return -errno;
    for (int64_t at = 0; at < bytes && error == 0; at += PIECE) {
        int64_t piece = bytes - at < PIECE ? bytes - at : PIECE;
        while ((error = native_sys.fallocate(fd, at, piece)) == EINTR)
            continue;
    }
    return -error;
}

/* One that another file does not have: no secret. */
static uint32_t any_number(void)
{
    uint64_t now = (uint64_t)native_now_ns(CLOCK_REALTIME);
    return (uint32_t)(now * 0x9e3779b97f4a7c15u >> 32) ^ (uint32_t)getpid() << 16;
}

static int fill(struct region *region, int fd)
{
    struct stat about;
    int n = native_sys.fstat(fd, &about) < 0 ? -errno : map(region, fd, &about);
    if (n == 0)
        n = sluice_format(region->base, region->bytes, SLUICE_AGENTS, any_number());
    return n;
}

/* Publishes by link(2): nobody sees the file before it is whole. -EEXIST when another was faster. */
static int publish(int fd, const char *path)
{
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    int n = native_sys.linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
    return n < 0 ? -errno : 0;
}

static int make_file(struct region *region, const char *path, uint32_t bytes)
{
    int fd = native_sys.open(FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int n = reserve(fd, bytes);
    n = n < 0 ? n : fill(region, fd);
    n = n < 0 ? n : publish(fd, path);
    if (n < 0)
        native_region_close(region);
    native_sys.close(fd);
    return n;
}

int native_region_open(struct region *region, const char *namespace, uint32_t make)
{
    char path[PATH_ROOM];
    path_of(path, namespace);
    if (make > UINT32_MAX - PAGE)
        return -EINVAL;
    uint32_t bytes = (make + PAGE - 1) / PAGE * PAGE;
    for (int i = 0; i < TRIES; i++) {
        int n = join(region, path);
        if (n != -ENOENT || !bytes)
            return n;
        n = make_file(region, path, bytes);
        if (n != -EEXIST)
            return n;
    }
    return -EBUSY; /* others make it and remove it, again and again */
}

void native_region_close(struct region *region)
{
    if (region->base)
        native_sys.munmap(region->base, region->bytes);
    *region = (struct region){0};
}
