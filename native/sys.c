/* The real system calls. */
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static int real_open(const char *path, int flags, mode_t mode)
{
    return open(path, flags, mode);
}

static int real_fcntl(int fd, int command, int value)
{
    return fcntl(fd, command, value);
}

static int real_ioctl(int fd, unsigned long request, int *value)
{
    return ioctl(fd, request, value);
}

static long real_filesystem(const char *path)
{
    struct statfs about;
    return statfs(path, &about) < 0 ? -1 : (long)about.f_type;
}

static int real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout)
{
    return ppoll(fds, count, timeout, NULL);
}

static int real_epoll_create(void)
{
    return epoll_create1(EPOLL_CLOEXEC);
}

static int real_eventfd(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static sem_t *real_sem_open(const char *name, int flags, mode_t mode, unsigned value)
{
    return sem_open(name, flags, mode, value);
}

static mqd_t real_mq_open(const char *name, int flags, mode_t mode, struct mq_attr *attributes)
{
    return mq_open(name, flags, mode, attributes);
}

/* libc's mq_notify() starts a thread of its own for SIGEV_THREAD; the kernel's takes a socket. */
static int real_mq_notify(mqd_t queue, const struct sigevent *event)
{
    return (int)syscall(SYS_mq_notify, queue, event);
}

static int real_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
}

/* Not in every libc; close-on-exec by itself. */
static int real_pidfd_open(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

struct native_sys native_sys = {
    .open = real_open,
    .close = close,
    .read = read,
    .write = write,
    .pipe2 = pipe2,
    .mkfifo = mkfifo,
    .unlink = unlink,
    .stat = stat,
    .lstat = lstat,
    .fstat = fstat,
    .fcntl = real_fcntl,
    .ioctl = real_ioctl,
    .filesystem = real_filesystem,
    .opendir = opendir,
    .readdir = readdir,
    .closedir = closedir,
    .fchmod = fchmod,
    .fallocate = posix_fallocate,
    .linkat = linkat,
    .mmap = mmap,
    .munmap = munmap,
    .ppoll = real_ppoll,
    .epoll_create = real_epoll_create,
    .epoll_ctl = epoll_ctl,
    .epoll_wait = epoll_wait,
    .eventfd = real_eventfd,
    .clock_gettime = clock_gettime,
    .sem_open = real_sem_open,
    .sem_close = sem_close,
    .sem_unlink = sem_unlink,
    .sem_trywait = sem_trywait,
    .sem_wait = sem_wait,
    .sem_clockwait = sem_clockwait,
    .sem_post = sem_post,
    .sem_getvalue = sem_getvalue,
    .mq_open = real_mq_open,
    .mq_unlink = mq_unlink,
    .mq_getattr = mq_getattr,
    .mq_timedsend = mq_timedsend,
    .mq_timedreceive = mq_timedreceive,
    .mq_notify = real_mq_notify,
    .netlink = real_netlink,
    .recv = recv,
    .thread_create = pthread_create,
    .thread_kill = pthread_kill,
    .pidfd_open = real_pidfd_open,
    .sigaction = sigaction,
    .alloc = calloc,
};
