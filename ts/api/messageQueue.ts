import { Errno, Limit, Op } from '../backend/abi.gen.js';
import { checkBytes, checkData, checkUnchanged, checkWithin, lengthIn } from './check.js';
import { Handle, type Home } from './handle.js';
import { type Job, LATER, orUndefined, put } from './job.js';
import type { Lane } from './lane.js';
import { Quick } from './quick.js';
import { Scratch } from './scratch.js';
import type { Site } from './site.js';
import { readableOf, untilClosed, waiting, writableOf } from './streams.js';
import type { BlockOptions, Bytes, Message, MessageQueueAttributes, OutgoingMessage, SendOptions, WaitOptions } from './types.js';

const MOST_PRIORITY = Limit.PRIORITIES - 1;

const isMessage = (chunk: object | string | null): chunk is OutgoingMessage =>
  typeof chunk === 'object' && chunk !== null && 'data' in chunk;

/** A queue of messages with priorities: mq_overview(7). Opened by `ipc.messageQueue()`. */
export class MessageQueue extends Handle<'messageQueue'> {
  /** Longest message. */
  readonly messageBytes: number;
  /** Most messages that wait. */
  readonly maxMessages: number;
  readonly #receives: Lane;
  readonly #send: Quick<Bytes | string, void, SendOptions>;
  readonly #receiveInto: Quick<Bytes, { length: number; priority: number }>;
  readonly #scratch = new Scratch();
  readonly #waitingScratch = new Scratch();
  #readable: ReadableStream<Message> | undefined;
  #writable: WritableStream<Bytes | string | OutgoingMessage> | undefined;

  /** @internal */
  constructor(home: Home, site: Site, maxMessages: number, messageBytes: number) {
    super(home, site, 'messageQueue');
    this.maxMessages = maxMessages;
    this.messageBytes = messageBytes;
    this.#receives = site.lane();
    this.#send = new Quick(
      site,
      site.lane(),
      Op.MQ_SEND,
      (data, options) => this.#sendJob(data, options),
      undefined,
      () => undefined,
    );
    const taken = (length: number) => ({ length, priority: site.backend.told! });
    this.#receiveInto = new Quick(site, this.#receives, Op.MQ_RECEIVE, (buffer) => this.#intoJob(buffer), undefined, taken);
  }

  /**
   * Sends one message, waiting while the queue is full: mq_send(3), mq_timedsend(3).
   *
   * @param data bytes (copied), or text, which goes as UTF-8
   * @param options `priority` 0 to 32767, higher ones are received first; `timeout` in milliseconds; `signal`
   * @throws IpcError EMSGSIZE longer than `messageBytes`; EINVAL priority; ETIMEDOUT; EAGAIN `timeout` is 0 or the queue
   *   was opened `nonBlocking`, and it is full; EBADF closed or not open for writing; EUCLEAN; the signal's reason
   */
  async send(data: Bytes | string, options?: SendOptions): Promise<void> {
    return this.#send.call(data, options, options?.priority);
  }

  /**
   * Sends one message if there is room.
   *
   * @returns false where it would have to wait
   * @throws IpcError EMSGSIZE; EINVAL; EBADF; EUCLEAN; ENOTSUP this backend has no try form
   */
  trySend(data: Bytes | string, options?: Pick<SendOptions, 'priority'>): boolean {
    return this.#send.try(data, options, options?.priority) !== LATER;
  }

  /** `send()` that blocks this thread. Errors as there; ENOTSUP it may not; EDEADLK a promise of a call before it could not settle. */
  sendSync(data: Bytes | string, options?: BlockOptions & Pick<SendOptions, 'priority'>): void {
    this.#send.block(data, options, options?.priority);
  }

  /**
   * Takes the oldest of the messages of the highest priority, waiting while there is none: mq_receive(3).
   *
   * @returns its bytes, private to the caller, and its priority
   * @throws IpcError ETIMEDOUT; EAGAIN `timeout` is 0 or the queue was opened `nonBlocking`, and it is empty;
   *   EBADF closed or not open for reading; EUCLEAN; the signal's reason
   */
  async receive(options?: WaitOptions): Promise<Message> {
    return this.#receives.call(this.#receiveJob(), options);
  }

  /**
   * Takes a message if there is one.
   *
   * @returns undefined where it would have to wait
   * @throws IpcError EBADF; EUCLEAN; ENOTSUP this backend has no try form
   */
  tryReceive(): Message | undefined {
    return orUndefined(this.#receives.try(this.#receiveJob()));
  }

  /** `receive()` that blocks this thread. Errors as there; ENOTSUP it may not; EDEADLK a promise of a call before it could not settle. */
  receiveSync(options?: BlockOptions): Message {
    return this.#receives.block(this.#receiveJob(), options);
  }

  /**
   * `receive()` into the caller's buffer.
   *
   * @param buffer at least `messageBytes` long; not to be touched until the call settles: where it has been detached
   *   meanwhile, the message is lost on `native`, and stays in the queue on `wasm`
   * @throws IpcError as `receive`; EMSGSIZE the buffer is shorter than `messageBytes`; TypeError it was detached
   */
  async receiveInto(buffer: Bytes, options?: WaitOptions): Promise<{ length: number; priority: number }> {
    return this.#receiveInto.call(buffer, options);
  }

  /** `tryReceive()` into the caller's buffer. Errors as there; EMSGSIZE as `receiveInto`. */
  tryReceiveInto(buffer: Bytes): { length: number; priority: number } | undefined {
    return orUndefined(this.#receiveInto.try(buffer));
  }

  /** `receiveInto()` that blocks this thread. Errors as there; ENOTSUP it may not; EDEADLK a promise of a call before it could not settle. */
  receiveIntoSync(buffer: Bytes, options?: BlockOptions): { length: number; priority: number } {
    return this.#receiveInto.block(buffer, options);
  }

  /**
   * Limits, and how many messages wait at this moment: mq_getattr(3).
   *
   * @throws IpcError EBADF; EUCLEAN
   */
  async attributes(): Promise<MessageQueueAttributes> {
    return this.site.now(this.#attributesJob());
  }

  /** `attributes()` that has them at once. Errors as there; ENOTSUP this backend has no Sync form; ETIMEDOUT a lock was held for 1 s. */
  attributesSync(): MessageQueueAttributes {
    return this.site.nowSync(this.#attributesJob());
  }

  /**
   * Resolves once, when a message reaches the empty queue while nobody is receiving: mq_notify(3).
   *
   * @throws IpcError EBUSY another is registered; ETIMEDOUT; EBADF; EUCLEAN; the signal's reason
   */
  async notify(options?: WaitOptions): Promise<void> {
    return this.site.pass(this.#notifyJob(), options);
  }

  /** `notify()` that blocks this thread. Errors as there; ENOTSUP this thread may not block. */
  notifySync(options?: BlockOptions): void {
    this.site.block(this.#notifyJob(), options);
  }

  /** Receives until `close()`. */
  [Symbol.asyncIterator](): AsyncGenerator<Message, void, void> {
    return untilClosed(this, () => this.receive());
  }

  /**
   * The messages as a stream, one for each read; it takes none ahead. It errors as `receive` does, but waits also where the queue was
   * opened `nonBlocking`; cancelling it, and an error, closes the queue for this agent. What a read has taken when it is cancelled is lost.
   */
  get readable(): ReadableStream<Message> {
    this.#readable ??= readableOf(this, () => this.receive());
    return this.#readable;
  }

  /**
   * A stream that sends each chunk: bytes, text, or `{ data, priority }`. It errors as `send` does, but waits also where the queue was opened
   * `nonBlocking`; with its end, an error too, the queue is closed for this agent.
   */
  get writable(): WritableStream<Bytes | string | OutgoingMessage> {
    this.#writable ??= writableOf(this, (chunk, options) => {
      const { data, priority } = isMessage(chunk) ? chunk : { data: chunk };
      return waiting(this, 'write', options, (each) => this.send(data, { ...each, priority }));
    });
    return this.#writable;
  }

  #sendJob(data: Bytes | string, options: Pick<SendOptions, 'priority'> | undefined): Job<void> {
    const { site, messageBytes } = this;
    const place = { syscall: 'mq_send', path: this.name };
    let bytes = checkData(data, 'data', site.backend.memory, place);
    const priority = options?.priority === undefined ? 0 : checkWithin(options.priority, 'priority', 0, MOST_PRIORITY, place);
    const { length } = bytes;
    const detail = (errno: number) =>
      errno === Errno.EMSGSIZE ? `${length} bytes, the queue takes messages of up to ${messageBytes}` : undefined;
    site.checkOpen('mq_send');
    if (length > messageBytes) throw site.fault(Errno.EMSGSIZE, 'mq_send', detail(Errno.EMSGSIZE));
    return {
      syscall: 'mq_send',
      form: 'send',
      fill: (request) => put(request, Op.MQ_SEND, site.handle, bytes, priority),
      take: () => undefined,
      keep: () => {
        bytes = new Uint8Array(bytes);
      },
      detail,
    };
  }

  #receiveJob(): Job<Message> {
    let scratch = this.#scratch;
    return {
      syscall: 'mq_receive',
      form: 'receive',
      fill: (request) => put(request, Op.MQ_RECEIVE, this.site.handle, scratch.bytes(this.messageBytes)),
      take: (n, request) => ({ data: scratch.give(n), priority: request.out[0]! }),
      keep: () => {
        scratch = this.#waitingScratch;
      },
    };
  }

  #intoJob(buffer: Bytes): Job<{ length: number; priority: number }> {
    const { site, messageBytes } = this;
    const bytes = checkBytes(buffer, 'buffer', site.backend.memory, { syscall: 'mq_receive', path: this.name });
    const { length } = bytes;
    site.checkOpen('mq_receive');
    if (length < messageBytes) {
      throw site.fault(Errno.EMSGSIZE, 'mq_receive', `a buffer of ${length} bytes, a message may have ${messageBytes}`);
    }
    return {
      syscall: 'mq_receive',
      form: 'receiveInto',
      fill: (request) => put(request, Op.MQ_RECEIVE, site.handle, checkUnchanged(bytes, length)),
      take: (n, request) => ({ length: lengthIn(bytes, length, n), priority: request.out[0]! }),
      check: () => void checkUnchanged(bytes, length),
    };
  }

  #notifyJob(): Job<void> {
    return {
      syscall: 'mq_notify',
      form: 'notify',
      fill: (request) => put(request, Op.MQ_NOTIFY, this.site.handle),
      take: () => undefined,
    };
  }

  #attributesJob(): Job<MessageQueueAttributes> {
    return {
      syscall: 'mq_getattr',
      fill: (request) => put(request, Op.MQ_ATTRIBUTES, this.site.handle),
      take: (_, { out }) => ({ maxMessages: out[0]!, messageBytes: out[1]!, currentMessages: out[2]! }),
    };
  }
}
