import { Errno, Limit } from '../backend/abi.gen.js';
import { show, utf8Bytes } from './check.js';
import { IpcError } from './error.js';

const PATH_BYTES = 4095;
const MOST_BYTES = Limit.POSIX_NAME_BYTES - 1;

function refuse(errno: number, syscall: string, name: string, detail: string): never {
  throw new IpcError(errno, { syscall, path: name, detail });
}

function checkText(name: unknown, syscall: string): string {
  if (typeof name !== 'string') throw new TypeError(`name must be a string, not ${show(name)}`);
  if (name.includes('\0')) refuse(Errno.EINVAL, syscall, name.replaceAll('\0', '\\0'), 'the name contains a zero byte');
  // Two different names must not become one when the lone halves of surrogate pairs are replaced.
  if (/\p{Surrogate}/u.test(name)) refuse(Errno.EINVAL, syscall, name, 'the name is not well-formed Unicode');
  return name;
}

function checkLength(name: string, syscall: string): void {
  const bytes = utf8Bytes(name) - 1;
  if (bytes > MOST_BYTES)
    refuse(Errno.ENAMETOOLONG, syscall, name, `${bytes} bytes after the slash, allowed are 1 to ${MOST_BYTES}`);
}

/** A queue's name, with mq_open(3)'s errors. */
export function checkQueueName(value: unknown, syscall: string): string {
  const name = checkText(value, syscall);
  if (!name.startsWith('/')) refuse(Errno.EINVAL, syscall, name, "the name must start with '/'");
  if (name === '/') refuse(Errno.ENOENT, syscall, name, `the name needs 1 to ${MOST_BYTES} bytes after the slash`);
  if (name.includes('/', 1)) refuse(Errno.EACCES, syscall, name, 'the name may have one slash only, at its start');
  if (name === '/.' || name === '/..') refuse(Errno.EACCES, syscall, name, 'the name is a directory');
  checkLength(name, syscall);
  return name;
}

/** A semaphore's or ring's name, with sem_open(3)'s errors. */
export function checkObjectName(value: unknown, syscall: string): string {
  const name = checkText(value, syscall);
  if (!name.startsWith('/')) refuse(Errno.EINVAL, syscall, name, "the name must start with '/'");
  if (name === '/') refuse(Errno.EINVAL, syscall, name, `the name needs 1 to ${MOST_BYTES} bytes after the slash`);
  if (name.includes('/', 1)) refuse(Errno.EINVAL, syscall, name, 'the name may have one slash only, at its start');
  checkLength(name, syscall);
  return name;
}

/** A FIFO's path, with open(2)'s errors. */
export function checkPath(value: unknown, syscall: string): string {
  const path = checkText(value, syscall);
  if (path === '') refuse(Errno.ENOENT, syscall, path, 'the path is empty');
  const bytes = utf8Bytes(path);
  if (bytes > PATH_BYTES) refuse(Errno.ENAMETOOLONG, syscall, path, `${bytes} bytes, allowed are 1 to ${PATH_BYTES}`);
  return path;
}
