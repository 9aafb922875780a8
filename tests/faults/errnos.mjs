/**
 * What each system call of the addon can fail with: the errnos of its man page, but for those that only a wrong argument
 * of the addon's own would bring (EBADF, EFAULT, EINVAL of flags, ENOSYS on a kernel that the addon runs on).
 *
 * Not here, since nothing documented is left: munmap of a whole mapping, clock_gettime of the two clocks that always exist,
 * sem_close, sem_getvalue and mq_getattr of what is open, FIONREAD of a pipe, sigaction of a valid signal.
 * The core's own port (futex, its clock) does not go through the table: its futex calls cannot fail but by
 * EAGAIN, EINTR and ETIMEDOUT, after which the word is looked at again (see storm.mjs).
 */
import { constants } from 'node:os';

const path = ['EACCES', 'ELOOP', 'ENOENT', 'ENOMEM', 'ENOTDIR'];

export const errnos = {
  open: ['EACCES', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOMEM', 'ENOSPC', 'ELOOP', 'ENOTDIR', 'EROFS'],
  close: ['EINTR', 'EIO'],
  read: ['EAGAIN', 'EINTR', 'EIO'],
  // read() of what is no pipe
  look: ['EINTR', 'EIO', 'ENOMEM'],
  write: ['EAGAIN', 'EINTR', 'EPIPE'],
  // write() to an eventfd that nobody fills
  wake: ['EINTR'],
  pipe2: ['EMFILE', 'ENFILE'],
  mkfifo: ['EACCES', 'EDQUOT', 'EEXIST', 'ENOENT', 'ENOSPC', 'ENOTDIR', 'EROFS'],
  unlink: ['EACCES', 'EBUSY', 'EIO', 'ENOENT', 'ENOMEM', 'EPERM', 'EROFS'],
  stat: path,
  lstat: path,
  fstat: ['ENOMEM'],
  // F_SETPIPE_SZ
  fcntl: ['EBUSY', 'EPERM', 'ENOMEM'],
  filesystem: ['EACCES', 'EINTR', 'EIO', 'ENOENT', 'ENOMEM', 'ENOTDIR'],
  opendir: ['EACCES', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOMEM'],
  readdir: ['EIO', 'ENOMEM'],
  closedir: ['EINTR'],
  fchmod: ['EIO', 'EPERM', 'EROFS'],
  fallocate: ['EINTR', 'ENOSPC', 'EFBIG', 'ENODEV'],
  linkat: ['EACCES', 'EDQUOT', 'EEXIST', 'EIO', 'ENOENT', 'ENOMEM', 'ENOSPC', 'EPERM', 'EROFS'],
  mmap: ['EAGAIN', 'ENFILE', 'ENODEV', 'ENOMEM', 'EPERM'],
  ppoll: ['EINTR', 'ENOMEM'],
  epoll_create: ['EMFILE', 'ENFILE', 'ENOMEM'],
  // EPOLL_CTL_ADD
  epoll_ctl: ['ENOMEM', 'ENOSPC'],
  epoll_wait: ['EINTR'],
  eventfd: ['EMFILE', 'ENFILE', 'ENODEV', 'ENOMEM'],
  sem_open: ['EACCES', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOMEM'],
  sem_unlink: ['EACCES', 'ENOENT'],
  sem_trywait: ['EAGAIN', 'EINTR'],
  sem_wait: ['EINTR'],
  sem_clockwait: ['EINTR', 'ETIMEDOUT'],
  sem_post: ['EOVERFLOW'],
  mq_open: ['EACCES', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOMEM', 'ENOSPC'],
  mq_unlink: ['EACCES', 'ENOENT'],
  mq_timedsend: ['EINTR', 'EMSGSIZE', 'ETIMEDOUT'],
  mq_timedreceive: ['EINTR', 'EMSGSIZE', 'ETIMEDOUT'],
  mq_notify: ['EBUSY', 'ENOMEM'],
  netlink: ['EACCES', 'EAFNOSUPPORT', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'],
  recv: ['EAGAIN', 'EINTR', 'ENOBUFS', 'ENOMEM'],
  thread_create: ['EAGAIN', 'EPERM'],
  thread_kill: ['EAGAIN'],
  // ESRCH is no failure but the news that the process has ended
  pidfd_open: ['EMFILE', 'ENFILE', 'ENODEV', 'ENOMEM'],
  alloc: ['ENOMEM'],
};

export const numberOf = (name) => constants.errno[name] ?? { EDQUOT: 122 }[name];
