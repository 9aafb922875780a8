/*
 * Every entry of native_sys: X(result, name, arguments with their types, their names, which call that is
 * (NONE: one that cannot fail), what it gives when it fails). `error` is the errno to fail with.
 */
#define ERRNO(bad) (errno = error, bad)

#define CALLS(X)                                                                                   \
    X(int, open, (const char *path, int flags, mode_t mode), (path, flags, mode), CALL_open,       \
      ERRNO(-1))                                                                                   \
    X(ssize_t, read, (int fd, void *bytes, size_t length), (fd, bytes, length),                    \
      of(fd, CALL_read, CALL_look), ERRNO(-1))                                                     \
    X(ssize_t, write, (int fd, const void *bytes, size_t length), (fd, bytes, length),             \
      of(fd, CALL_write, CALL_wake), ERRNO(-1))                                                    \
    X(int, pipe2, (int fds[2], int flags), (fds, flags), CALL_pipe2, ERRNO(-1))                    \
    X(int, mkfifo, (const char *path, mode_t mode), (path, mode), CALL_mkfifo, ERRNO(-1))          \
    X(int, unlink, (const char *path), (path), CALL_unlink, ERRNO(-1))                             \
    X(int, stat, (const char *path, struct stat *about), (path, about), CALL_stat, ERRNO(-1))      \
    X(int, lstat, (const char *path, struct stat *about), (path, about), CALL_lstat, ERRNO(-1))    \
    X(int, fstat, (int fd, struct stat *about), (fd, about), CALL_fstat, ERRNO(-1))                \
    X(int, fcntl, (int fd, int command, int value), (fd, command, value),                          \
      command == F_SETPIPE_SZ ? CALL_fcntl : NONE, ERRNO(-1))                                      \
    X(int, ioctl, (int fd, unsigned long request, int *value), (fd, request, value), CALL_ioctl,   \
      ERRNO(-1))                                                                                   \
    X(long, filesystem, (const char *path), (path), CALL_filesystem, ERRNO(-1))                    \
    X(DIR *, opendir, (const char *path), (path), CALL_opendir, ERRNO(NULL))                       \
    X(struct dirent *, readdir, (DIR * directory), (directory), CALL_readdir, ERRNO(NULL))         \
    X(int, fchmod, (int fd, mode_t mode), (fd, mode), CALL_fchmod, ERRNO(-1))                      \
    X(int, fallocate, (int fd, off_t offset, off_t length), (fd, offset, length), CALL_fallocate,  \
      error)                                                                                       \
    X(int, linkat, (int a, const char *from, int b, const char *path, int flags),                  \
      (a, from, b, path, flags), CALL_linkat, ERRNO(-1))                                           \
    X(void *, mmap, (void *at, size_t length, int protection, int flags, int fd, off_t offset),    \
      (at, length, protection, flags, fd, offset), CALL_mmap, ERRNO(MAP_FAILED))                   \
    X(int, ppoll, (struct pollfd * fds, nfds_t count, const struct timespec *timeout),             \
      (fds, count, timeout), CALL_ppoll, ERRNO(-1))                                                \
    X(int, epoll_create, (void), (), CALL_epoll_create, ERRNO(-1))                                 \
    X(int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event),                    \
      (epoll, what, fd, event), what == EPOLL_CTL_ADD ? CALL_epoll_ctl : NONE, ERRNO(-1))          \
    X(int, epoll_wait, (int epoll, struct epoll_event *events, int most, int timeout_ms),          \
      (epoll, events, most, timeout_ms), CALL_epoll_wait, ERRNO(-1))                               \
    X(int, eventfd, (void), (), CALL_eventfd, ERRNO(-1))                                           \
    X(sem_t *, sem_open, (const char *name, int flags, mode_t mode, unsigned value),               \
      (name, flags, mode, value), CALL_sem_open, ERRNO(SEM_FAILED))                                \
    X(int, sem_unlink, (const char *name), (name), CALL_sem_unlink, ERRNO(-1))                     \
    X(int, sem_trywait, (sem_t * sem), (sem), CALL_sem_trywait, ERRNO(-1))                         \
    X(int, sem_wait, (sem_t * sem), (sem), CALL_sem_wait, ERRNO(-1))                               \
    X(int, sem_clockwait, (sem_t * sem, clockid_t clock, const struct timespec *deadline),         \
      (sem, clock, deadline), CALL_sem_clockwait, ERRNO(-1))                                       \
    X(int, sem_post, (sem_t * sem), (sem), CALL_sem_post, ERRNO(-1))                               \
    X(mqd_t, mq_open, (const char *name, int flags, mode_t mode, struct mq_attr *attributes),      \
      (name, flags, mode, attributes), CALL_mq_open, ERRNO(-1))                                    \
    X(int, mq_unlink, (const char *name), (name), CALL_mq_unlink, ERRNO(-1))                       \
    X(int, mq_timedsend,                                                                           \
      (mqd_t queue, const char *bytes, size_t length, unsigned priority,                           \
       const struct timespec *deadline),                                                           \
      (queue, bytes, length, priority, deadline), CALL_mq_timedsend, ERRNO(-1))                    \
    X(ssize_t, mq_timedreceive,                                                                    \
      (mqd_t queue, char *bytes, size_t length, unsigned *priority,                                \
       const struct timespec *deadline),                                                           \
      (queue, bytes, length, priority, deadline), CALL_mq_timedreceive, ERRNO(-1))                 \
    X(int, mq_notify, (mqd_t queue, const struct sigevent *event), (queue, event),                 \
      event ? CALL_mq_notify : NONE, ERRNO(-1))                                                    \
    X(int, netlink, (void), (), CALL_netlink, ERRNO(-1))                                           \
    X(ssize_t, recv, (int fd, void *bytes, size_t length, int flags), (fd, bytes, length, flags),  \
      CALL_recv, ERRNO(-1))                                                                        \
    X(int, thread_create,                                                                          \
      (pthread_t * thread, const pthread_attr_t *attributes, void *(*start)(void *),               \
       void *argument),                                                                            \
      (thread, attributes, start, argument), CALL_thread_create, error)                            \
    X(int, thread_kill, (pthread_t thread, int signal), (thread, signal), CALL_thread_kill, error) \
    X(int, pidfd_open, (pid_t pid), (pid), CALL_pidfd_open, ERRNO(-1))                             \
    X(void *, alloc, (size_t count, size_t size), (count, size), CALL_alloc, ERRNO(NULL))          \
    /* What these release is gone whatever they answer. */                                         \
    X(int, close, (int fd), (fd), CALL_close, (native_real.close(fd), ERRNO(-1)))                  \
    X(int, closedir, (DIR * directory), (directory), CALL_closedir,                                \
      (native_real.closedir(directory), ERRNO(-1)))

/* Those that cannot fail for an argument of ours: the reason stands in tests/faults/errnos.mjs. */
#define SURE(X) X(munmap) X(clock_gettime) X(sem_close) X(sem_getvalue) X(mq_getattr) X(sigaction)
