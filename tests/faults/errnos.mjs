/**
 * What each system call of the addon can fail with: the errnos of its man page, but for those that only a wrong argument
 * of the addon's own would bring (EBADF, EFAULT, EINVAL of flags, ENOSYS on a kernel that the addon runs on).
 *
 * Not here, since nothing documented is left: munmap of a whole mapping, clock_gettime of the two clocks that always exist,
 * EMLINK and EXDEV of linkat for a file without a name, in its own directory; sem_close, sem_getvalue and mq_getattr of what is open, FIONREAD of a pipe, sigaction of a valid signal.
 * open's EINTR and ENXIO stand with the openings that can sleep, or meet a socket (openings.mjs). Left out, as nothing that the addon opens or maps
 * has them: EOVERFLOW and EOPNOTSUPP of open and fallocate on tmpfs, EACCES and EOVERFLOW of mmap, ENOSPC and EDQUOT of close (NFS), EAGAIN of
 * mq_timedsend and mq_timedreceive (the queue is opened to block).
 * The core's own port (futex, its clock) does not go through the table: its futex calls cannot fail but by
 * EAGAIN, EINTR and ETIMEDOUT, after which the word is looked at again (see storm.mjs).
 */
import { constants } from 'node:os';

const path = ['EACCES', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOMEM', 'ENOTDIR'];

export const errnos = {
  open: [...path, 'EDQUOT', 'EEXIST', 'EISDIR', 'EMFILE', 'ENFILE', 'ENOSPC', 'EPERM', 'EROFS', 'ETXTBSY'],
  close: ['EINTR', 'EIO'],
  read: ['EAGAIN', 'EINTR', 'EIO'],
  // read() of what is no pipe
  look: ['EINTR', 'EIO', 'ENOMEM'],
  write: ['EAGAIN', 'EINTR', 'EPIPE'],
  // write() to an eventfd that nobody fills
  wake: ['EINTR'],
  pipe2: ['EMFILE', 'ENFILE'],
  mkfifo: [...path, 'EDQUOT', 'EEXIST', 'ENOSPC', 'EROFS'],
  unlink: [...path, 'EBUSY', 'EIO', 'EISDIR', 'EPERM', 'EROFS'],
  stat: path,
  lstat: path,
  fstat: ['ENOMEM', 'EOVERFLOW'],
  // F_SETPIPE_SZ
  fcntl: ['EBUSY', 'EPERM', 'ENOMEM'],
  filesystem: [...path, 'EINTR', 'EIO'],
  opendir: ['EACCES', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOMEM', 'ENOTDIR'],
  readdir: ['EIO', 'ENOMEM'],
  closedir: ['EINTR'],
  fchmod: ['EIO', 'ENOMEM', 'EPERM', 'EROFS'],
  fallocate: ['EFBIG', 'EINTR', 'EIO', 'ENODEV', 'ENOSPC', 'EPERM'],
  linkat: [...path, 'EDQUOT', 'EEXIST', 'EIO', 'ENOSPC', 'EPERM', 'EROFS'],
  mmap: ['EAGAIN', 'ENFILE', 'ENODEV', 'ENOMEM', 'EPERM'],
  ppoll: ['EINTR', 'ENOMEM'],
  epoll_create: ['EMFILE', 'ENFILE', 'ENOMEM'],
  // EPOLL_CTL_ADD
  epoll_ctl: ['ENOMEM', 'ENOSPC'],
  epoll_wait: ['EINTR'],
  eventfd: ['EMFILE', 'ENFILE', 'ENODEV', 'ENOMEM'],
  sem_open: ['EACCES', 'EEXIST', 'EMFILE', 'ENAMETOOLONG', 'ENFILE', 'ENOENT', 'ENOMEM'],
  sem_unlink: ['EACCES', 'ENAMETOOLONG', 'ENOENT'],
  sem_trywait: ['EAGAIN', 'EINTR'],
  sem_wait: ['EINTR'],
  sem_clockwait: ['EINTR', 'ETIMEDOUT'],
  sem_post: ['EOVERFLOW'],
  mq_open: ['EACCES', 'EEXIST', 'EMFILE', 'ENAMETOOLONG', 'ENFILE', 'ENOENT', 'ENOMEM', 'ENOSPC'],
  mq_unlink: ['EACCES', 'ENAMETOOLONG', 'ENOENT'],
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
