/*
 * Every system call of the addon, in one table, with libc's contracts (-1 and
 * errno): a test puts a failing one in its place. Nothing else calls libc for
 * anything that the kernel answers.
 */
#ifndef SLUICE_NATIVE_SYS_H
#define SLUICE_NATIVE_SYS_H

#include <dirent.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

struct native_sys {
    /* descriptors and files */
    int (*open)(const char *path, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*read)(int fd, void *bytes, size_t length);
    ssize_t (*write)(int fd, const void *bytes, size_t length);
    int (*pipe2)(int fds[2], int flags);
    int (*mkfifo)(const char *path, mode_t mode);
    int (*unlink)(const char *path);
    int (*stat)(const char *path, struct stat *about);
    int (*lstat)(const char *path, struct stat *about);
    int (*fstat)(int fd, struct stat *about);
    int (*fcntl)(int fd, int command, int value);
    int (*ioctl)(int fd, unsigned long request, int *value);
    long (*filesystem)(const char *path); /* the magic number of statfs(2) */
    DIR *(*opendir)(const char *path);
    struct dirent *(*readdir)(DIR *directory);
    int (*closedir)(DIR *directory);
    int (*fchmod)(int fd, mode_t mode);
    int (*fallocate)(int fd, off_t offset, off_t length); /* gives an errno */
    int (*linkat)(int from_folder, const char *from, int folder, const char *path, int flags);
    void *(*mmap)(void *at, size_t length, int protection, int flags, int fd, off_t offset);
    int (*munmap)(void *at, size_t length);

    /* waiting */
    int (*ppoll)(struct pollfd *fds, nfds_t count, const struct timespec *timeout);
    int (*epoll_create)(void);
    int (*epoll_ctl)(int epoll, int what, int fd, struct epoll_event *event);
    int (*epoll_wait)(int epoll, struct epoll_event *events, int most, int timeout_ms);
    int (*eventfd)(void);
    int (*clock_gettime)(clockid_t clock, struct timespec *time);

    /* semaphores */
    sem_t *(*sem_open)(const char *name, int flags, mode_t mode, unsigned value);
    int (*sem_close)(sem_t *sem);
    int (*sem_unlink)(const char *name);
    int (*sem_trywait)(sem_t *sem);
    int (*sem_wait)(sem_t *sem);
    int (*sem_clockwait)(sem_t *sem, clockid_t clock, const struct timespec *deadline);
    int (*sem_post)(sem_t *sem);
    int (*sem_getvalue)(sem_t *sem, int *value);

    /* message queues */
    mqd_t (*mq_open)(const char *name, int flags, mode_t mode, struct mq_attr *attributes);
    int (*mq_unlink)(const char *name);
    int (*mq_getattr)(mqd_t queue, struct mq_attr *attributes);
    int (*mq_timedsend)(mqd_t queue, const char *bytes, size_t length, unsigned priority,
                        const struct timespec *deadline);
    ssize_t (*mq_timedreceive)(mqd_t queue, char *bytes, size_t length, unsigned *priority,
                               const struct timespec *deadline);
    int (*mq_notify)(mqd_t queue, const struct sigevent *event); /* the kernel's, not libc's */
    int (*netlink)(void);
    ssize_t (*recv)(int fd, void *bytes, size_t length, int flags);

    /* threads, processes, signals, memory */
    int (*thread_create)(pthread_t *thread, const pthread_attr_t *attributes,
                         void *(*start)(void *), void *argument); /* gives an errno */
    int (*thread_kill)(pthread_t thread, int signal);
    int (*pidfd_open)(pid_t pid);
    int (*sigaction)(int signal, const struct sigaction *action, struct sigaction *old);
    void *(*alloc)(size_t count, size_t size); /* zeroed; given back by free() */
};

extern struct native_sys native_sys;

#endif
