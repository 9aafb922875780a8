// Made from core/include by `make gen`; edit the headers instead.

/** Every request, see sluice_ops.def. */
export const enum Op {
  CLOSE = 1,
  UNLINK = 2,
  LIST = 3,
  TICKET = 4,
  OPEN_TICKET = 5,
  AGENTS = 6,
  READY = 7,
  SEM_OPEN = 16,
  SEM_WAIT = 17,
  SEM_POST = 18,
  SEM_VALUE = 19,
  MQ_OPEN = 32,
  MQ_SEND = 33,
  MQ_RECEIVE = 34,
  MQ_ATTRIBUTES = 35,
  MQ_NOTIFY = 36,
  PIPE_OPEN = 48,
  FIFO_OPEN = 49,
  PIPE_READ = 50,
  PIPE_WRITE = 51,
  PIPE_ATTRIBUTES = 52,
  RING_OPEN = 64,
  RING_SEND = 65,
  RING_RECEIVE = 66,
  RING_SEND_MANY = 67,
  RING_RECEIVE_MANY = 68,
  RING_CLAIM = 69,
  RING_COMMIT = 70,
  RING_ABORT = 71,
  RING_PEEK = 72,
  RING_RELEASE = 73,
  RING_ATTRIBUTES = 74,
}

/** enum sluice_kind */
export const enum Kind {
  SEMAPHORE = 1,
  MESSAGE_QUEUE = 2,
  PIPE = 3,
  FIFO = 4,
  RING = 5,
}

/** enum sluice_open_flags */
export const enum Flag {
  CREATE = 1,
  EXCLUSIVE = 2,
  READ = 4,
  WRITE = 8,
  NONBLOCK = 16,
}

/** enum sluice_agent_flags */
export const enum AgentFlags {
  AGENT_SELF = 1,
  AGENT_SUSPECT = 2,
}

/** enum sluice_limits */
export const enum Limit {
  NAME_BYTES = 255,
  POSIX_NAME_BYTES = 252,
  PIPE_BUF = 4096,
  PRIORITIES = 32768,
  SEM_VALUE_MAX = 2147483647,
  AGENTS = 256,
  OWNER_MAX = 16777215,
}

/** enum sluice_abi_sizes */
export const enum AbiSizes {
  LINE = 64,
  EVENTS = 4,
  JOURNAL = 40,
  CHUNK = 32,
  CHUNKS = 1024,
  HEAP_FIRST = 25,
  HEAP_SECOND = 8,
}

/** enum sluice_waiter_state */
export const enum WaiterState {
  WAITER_FREE = 0,
  WAITER_PENDING = 1,
  WAITER_MARKED = 2,
  WAITER_GONE = 3,
}

/** enum sluice_life */
export const enum Life {
  FREE = 0,
  LIVE = 1,
  DEAD = 2,
}

/** enum sluice_bell */
export const enum Bell {
  AWAKE = 0,
  ASLEEP = 1,
  RUNG = 2,
}

/** Constants of sluice_abi.h. */
export const enum Define {
  REGION_BYTES_MAX = 2147483648,
  VIEW_BYTES = 256,
  STALLED = 4294963200,
  MAGIC = 1129663571,
  ABI = 3,
  OBSERVER = 2147483648,
}

/** Linux's numbers; a request gives them negated. */
export const enum Errno {
  EPERM = 1,
  ENOENT = 2,
  ESRCH = 3,
  EINTR = 4,
  EIO = 5,
  ENXIO = 6,
  EBADF = 9,
  EAGAIN = 11,
  ENOMEM = 12,
  EACCES = 13,
  EBUSY = 16,
  EEXIST = 17,
  ENODEV = 19,
  ENOTDIR = 20,
  EISDIR = 21,
  EINVAL = 22,
  ENFILE = 23,
  EMFILE = 24,
  ETXTBSY = 26,
  EFBIG = 27,
  ENOSPC = 28,
  ESPIPE = 29,
  EROFS = 30,
  EPIPE = 32,
  EDEADLK = 35,
  ENAMETOOLONG = 36,
  ENOSYS = 38,
  ELOOP = 40,
  EOVERFLOW = 75,
  EMSGSIZE = 90,
  ENOTSUP = 95,
  EAFNOSUPPORT = 97,
  ENOBUFS = 105,
  ETIMEDOUT = 110,
  ESTALE = 116,
  EUCLEAN = 117,
  EDQUOT = 122,
  ECANCELED = 125,
  EOWNERDEAD = 130,
}

/** Offsets in struct sluice_listed, and its size. */
export const enum ListedAt {
  kind = 0,
  mode = 4,
  owner = 8,
  nameBytes = 12,
  bytes$ = 16,
}

/** Offsets in struct sluice_listed_agent, and its size. */
export const enum ListedAgentAt {
  owner = 0,
  flags = 4,
  started = 8,
  bytes$ = 16,
}

/** Offsets in struct sluice_request, and its size. */
export const enum RequestAt {
  op = 0,
  handle = 4,
  args = 8,
  out = 32,
  waiter = 48,
  length = 52,
  nameLength = 56,
  bytes = 60,
  name = 64,
  bytes$ = 68,
}

/** Offsets in struct sluice_ring_place, and its size. */
export const enum RingPlaceAt {
  at = 0,
  peer = 4,
  seen = 8,
  party = 12,
  claim = 16,
  bytes = 20,
  capacityBytes = 24,
  recordBytes = 28,
  ownParty = 32,
  bytes$ = 36,
}

/** Offsets in struct sluice_attached, and its size. */
export const enum AttachedAt {
  owner = 0,
  incarnation = 4,
  started = 8,
  bytes$ = 16,
}

/** Offsets in struct sluice_list, and its size. */
export const enum ListAt {
  head = 0,
  tail = 4,
  bytes$ = 8,
}

/** Offsets in struct sluice_event, and its size. */
export const enum EventAt {
  waiters = 0,
  observers = 8,
  bytes$ = 16,
}

/** Offsets in struct sluice_gate, and its size. */
export const enum GateAt {
  word = 0,
  events = 8,
  bytes$ = 72,
}

/** Offsets in struct sluice_waiter, and its size. */
export const enum WaiterAt {
  state = 0,
  gate = 4,
  event = 8,
  next = 12,
  prev = 16,
  owner = 20,
  link = 24,
  handle = 28,
  bytes$ = 32,
}

/** Offsets in struct sluice_handle, and its size. */
export const enum HandleAt {
  state = 0,
  object = 4,
  flags = 8,
  link = 12,
  waits = 16,
  seen = 20,
  receivers = 24,
  bytes$ = 32,
}

/** Offsets in union sluice_record, and its size. */
export const enum RecordAt {
  waiter = 0,
  handle = 0,
  bytes$ = 32,
}

/** Offsets in struct sluice_chunk, and its size. */
export const enum ChunkAt {
  ready = 0,
  records = 64,
  bytes$ = 1088,
}

/** Offsets in struct sluice_directory, and its size. */
export const enum DirectoryAt {
  chunks = 0,
  bytes$ = 4096,
}

/** Offsets in struct sluice_agent, and its size. */
export const enum AgentAt {
  life = 0,
  started = 8,
  waiters = 16,
  handles = 20,
  desk = 24,
  building = 28,
  bell = 64,
  ready = 128,
  locking = 256,
  marking = 260,
  marked = 264,
  logged = 268,
  journal = 272,
  bytes$ = 640,
}

/** Offsets in struct sluice_block, and its size. */
export const enum BlockAt {
  size = 0,
  before = 4,
  next = 8,
  prev = 12,
  bytes$ = 16,
}

/** Offsets in struct sluice_heap, and its size. */
export const enum HeapAt {
  gate = 0,
  start = 72,
  end = 76,
  freeBytes = 80,
  first = 84,
  second = 88,
  heads = 188,
  bytes$ = 992,
}

/** Offsets in struct sluice_region, and its size. */
export const enum RegionAt {
  magic = 0,
  abi = 4,
  bytes = 8,
  agents = 12,
  buckets = 16,
  serial = 20,
  numbering = 24,
  wanting = 64,
  repairing = 96,
  repair = 128,
  names = 200,
  heap = 272,
  bytes$ = 1264,
}

/** Offsets in struct sluice_object, and its size. */
export const enum ObjectAt {
  gate = 0,
  kind = 72,
  serial = 76,
  refs = 80,
  chain = 84,
  hash = 88,
  name = 92,
  nameBytes = 96,
  mode = 100,
  owner = 104,
  damaged = 108,
  bytes$ = 128,
}
