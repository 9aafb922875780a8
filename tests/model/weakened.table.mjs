/**
 * Orders weakened, one half of a label each: found where a load may return an older value (`stale`), some of them
 * anyway. An order that no verb has is asked of the fake port by name.
 * `equivalent`: why the order is not needed, or which other one covers it; it is not run.
 */
const EVENT = 'core/prim/event.c';
const GATE = 'core/prim/gate.c';
const SEMAPHORE = 'core/obj/psem.c';
const PIPE = 'core/obj/pipe.c';
const AGENT = 'core/reg/agent.c';
const RING_BYTES = 'core/obj/ring_bytes.c';
const SENDS = 'core/obj/ring_bytes_send.c';
const RECEIVES = 'core/obj/ring_bytes_receive.c';

const ANNOUNCE = 'or64_seq(&gate->word, SLUICE__WAITS(event % SLUICE_EVENTS)); /* [EV1-S] [EV8-S] */';
const ANNOUNCE_WEAKLY = 'fake__access(FAKE_OR, FAKE_ACQREL, 8, &gate->word, SLUICE__WAITS(event % SLUICE_EVENTS), 0);';
const LOCK = 'else if (cas64_acqrel(&gate->word, word, word | sluice__mine(s))) /* [GT2-R] [GT7-W] */';
const WORD = 'uint64_t word = add64_seq(&gate->word, 0); /* [EV8-P] */';
const BELL = 'xchg_seq(&s->me->bell, SLUICE_BELL_AWAKE); /* [EV4-R] */';
const POST = 'if (!cas_seq(&sem->value, value, value + 1)) /* [PS1-W] [EV1-P] publish */';
const LOOK = 'uint32_t value = load_seq(&sem->value); /* [EV1-S] look */';
const GATE_LOOK = 'load64_seq(&gate->word)); /* [EV1-P] look */';

export const weakened = [
  {
    name: 'GT2-R: the lock acquires nothing',
    stale: true,
    foundBy: ['pairs_sem 2 1000'],
    file: GATE,
    find: LOCK,
    replace: 'else if (fake__access(FAKE_CAS, FAKE_RELEASE, 8, &gate->word, word, word | sluice__mine(s)))',
  },
  {
    name: 'GT2-W: the unlock releases nothing',
    stale: true,
    foundBy: ['pairs_sem 2 1000'],
    file: GATE,
    find: 'cas64_acqrel(&gate->word, word, word & SLUICE__KEPT)',
    replace: 'fake__access(FAKE_CAS, FAKE_ACQUIRE, 8, &gate->word, word, word & SLUICE__KEPT)',
  },
  {
    name: 'EV4-W: a bell rung without order',
    stale: true,
    foundBy: ['event'],
    file: EVENT,
    find: 'if (xchg_seq(&agent->bell, SLUICE_BELL_RUNG) == SLUICE_BELL_ASLEEP) /* [EV4-W] */',
    replace: 'if (fake__access(FAKE_XCHG, FAKE_RELAXED, 4, &agent->bell, SLUICE_BELL_RUNG, 0) == SLUICE_BELL_ASLEEP)',
  },
  {
    name: 'EV4-R: a bell answered without order',
    stale: true,
    foundBy: ['event'],
    file: EVENT,
    find: BELL,
    replace: 'fake__access(FAKE_XCHG, FAKE_RELAXED, 4, &s->me->bell, SLUICE_BELL_AWAKE, 0);',
  },
  {
    name: 'EV4-R: a bell answered by a store',
    stale: true,
    foundBy: ['event'],
    file: EVENT,
    find: BELL,
    replace: 'store_seq(&s->me->bell, SLUICE_BELL_AWAKE);',
  },
  {
    name: 'EV1-S: the announcement is not seq',
    stale: true,
    foundBy: ['event', 'ring'],
    file: EVENT,
    find: ANNOUNCE,
    replace: ANNOUNCE_WEAKLY,
  },
  {
    name: "EV1-S: a semaphore's look is not seq",
    stale: true,
    foundBy: ['linear_sem'],
    file: SEMAPHORE,
    find: LOOK,
    replace: 'uint32_t value = load_acquire(&sem->value);',
  },
  {
    name: 'EV1-P: a post is not seq',
    stale: true,
    foundBy: ['linear_sem'],
    file: SEMAPHORE,
    find: POST,
    replace: 'if (!cas_acqrel(&sem->value, value, value + 1))',
  },
  {
    name: "EV1-P: a post's look is not seq",
    stale: true,
    foundBy: ['event'],
    file: SEMAPHORE,
    find: GATE_LOOK,
    replace: 'load64_acquire(&gate->word));',
  },
  {
    name: 'EV8-P: an end that is closed or opened, or damage, told after a look alone',
    stale: true,
    foundBy: ['pipe', 'ring'],
    file: EVENT,
    find: WORD,
    replace: 'uint64_t word = load64_seq(&gate->word);',
  },
  {
    name: 'EV8-P: ..., by a read-modify-write that releases nothing',
    stale: true,
    foundBy: ['pipe', 'ring'],
    file: EVENT,
    find: WORD,
    replace: 'uint64_t word = fake__access(FAKE_ADD, FAKE_ACQUIRE, 8, &gate->word, 0, 0);',
  },
  {
    name: 'PP2-R: the look at the head is not seq',
    stale: true,
    foundBy: ['pairs_pipe 2 1000'],
    file: PIPE,
    find: 'v->head = load_seq(&pipe->head); ',
    replace: 'v->head = load_acquire(&pipe->head); ',
  },
  {
    name: 'RNG1-R: the look at the tail is not seq',
    stale: true,
    foundBy: ['ring'],
    file: RECEIVES,
    find: 'load64_seq(&ring->senders.at); /* [RNG1-R]',
    replace: 'load64_acquire(&ring->senders.at); /* [RNG1-R]',
  },
  {
    name: 'RNG1-R: the look at the tail acquires nothing',
    foundBy: ['ring'],
    file: RECEIVES,
    find: 'load64_seq(&ring->senders.at); /* [RNG1-R]',
    replace: 'load64_relaxed(&ring->senders.at); /* [RNG1-R]',
  },
  {
    name: 'RNG2-R: the look at the head is not seq',
    stale: true,
    foundBy: ['ring'],
    file: SENDS,
    find: 'load64_seq(&ring->receivers.at); /* [RNG2-R]',
    replace: 'load64_acquire(&ring->receivers.at); /* [RNG2-R]',
  },
  {
    name: 'RNG2-R: the look at the head acquires nothing',
    foundBy: ['ring'],
    file: SENDS,
    find: 'load64_seq(&ring->receivers.at); /* [RNG2-R]',
    replace: 'load64_relaxed(&ring->receivers.at); /* [RNG2-R]',
  },
  {
    name: 'RNG3-W: a side given up releases nothing',
    stale: true,
    foundBy: ['ring'],
    file: 'core/obj/ring.c',
    find: 'if (its && cas64_seq(&side->holder, word, 0))',
    replace: 'if (its && (store64_relaxed(&side->holder, 0), true))',
  },
  {
    name: 'PP1-W: the tail releases nothing',
    stale: true,
    foundBy: ['pairs_pipe 2 1000'],
    file: PIPE,
    find: 'cas_acqrel(&pipe->tail, v.tail, v.tail + n)',
    replace: '(store_relaxed(&pipe->tail, v.tail + n), true)',
  },
  {
    name: 'PP1-R: the look at the tail acquires nothing',
    stale: true,
    foundBy: ['pairs_pipe 2 1000'],
    file: PIPE,
    find: 'v->tail = load_acquire(&pipe->tail);',
    replace: 'v->tail = load_relaxed(&pipe->tail);',
  },
  {
    name: 'PP3-R: that no writer is left, before the tail that they left',
    stale: true,
    foundBy: ['pipe'],
    file: PIPE,
    find: 'bool written = load_acquire(&pipe->writers) != 0;',
    replace: 'bool written = load_relaxed(&pipe->writers) != 0;',
  },
  {
    name: 'RNG1-W, RNG2-W: a publication that is not seq',
    stale: true,
    foundBy: ['ring'],
    file: RING_BYTES,
    find: '!cas64_seq(&side->at, was, now))',
    replace: '!cas64_acqrel(&side->at, was, now))',
  },
  {
    name: "EV1-P: a publication's look is not seq",
    stale: true,
    foundBy: ['ring'],
    file: RING_BYTES,
    find: 'uint64_t word = load64_seq(&ring->object.gate.word);',
    replace: 'uint64_t word = load64_acquire(&ring->object.gate.word);',
  },
  {
    name: 'PP2-W: the head is not seq',
    stale: true,
    foundBy: ['pairs_pipe 2 1000'],
    file: PIPE,
    find: 'if (!cas_seq(&pipe->head, v.head, v.head + n)) /* [PP2-W] */',
    replace: 'if (!cas_acqrel(&pipe->head, v.head, v.head + n))',
  },
  {
    name: "EV1-P: a reader's look is not seq",
    stale: true,
    foundBy: ['pairs_pipe 2 1000'],
    file: PIPE,
    find: '*word = load64_seq(&pipe->object.gate.word);',
    replace: '*word = load64_acquire(&pipe->object.gate.word);',
  },
  {
    name: 'AG1-W: a slot freed without order',
    stale: true,
    foundBy: ['newcomer'],
    file: AGENT,
    find: 'cas64_acqrel(&agent->life, life, life >> 32 << 32 | SLUICE_LIFE_FREE); /* [AG1-W] */',
    replace: 'fake__access(FAKE_CAS, FAKE_RELAXED, 8, &agent->life, life, life >> 32 << 32 | SLUICE_LIFE_FREE);',
  },
  {
    name: 'AG1-R: whose lock it is, looked at without order',
    stale: true,
    foundBy: ['newcomer'],
    file: GATE,
    find: 'slot < s->agents ? load64_acquire(&sluice__agent(s, slot)->life) : 0; /* [AG1-R] */',
    replace: 'slot < s->agents ? load64_relaxed(&sluice__agent(s, slot)->life) : 0;',
  },
  {
    name: 'GT6-W: contended without order, and wanting looked at without it',
    stale: true,
    foundBy: ['pairs_sem 2 1000'],
    file: GATE,
    find: 'if (cas64_acqrel(&gate->word, word, word | SLUICE__CONTENDED))',
    replace: 'if (fake__access(FAKE_CAS, FAKE_RELAXED, 8, &gate->word, word, word | SLUICE__CONTENDED))',
    also: { file: GATE, find: 'load_seq(&waiting[i]);', replace: 'load_relaxed(&waiting[i]);' },
  },
  {
    name: 'GT6-R: wanting looked at without order',
    equivalent: 'who sees CONTENDED has acquired what came before it [GT6-W], so that no older bits are read',
    file: GATE,
    find: 'load_seq(&waiting[i]);',
    replace: 'load_relaxed(&waiting[i]);',
  },
  {
    name: "GT7-W: the lock releases nothing of its holder's coming",
    stale: true,
    foundBy: ['newcomer'],
    file: GATE,
    find: LOCK,
    replace: 'else if (fake__access(FAKE_CAS, FAKE_ACQUIRE, 8, &gate->word, word, word | sluice__mine(s)))',
  },
  {
    name: 'GT7-R: a held lock looked at without order',
    stale: true,
    foundBy: ['newcomer'],
    file: GATE,
    find: 'load64_acquire(&gate->word); /* [GT7-R]',
    replace: 'load64_relaxed(&gate->word); /* [GT7-R]',
  },
  {
    name: 'GT1-W: the lock announced without order',
    equivalent: 'the compare-and-swap that takes the lock releases it',
    file: GATE,
    find: 'store_release(&s->me->locking, sluice__offset(s, gate));\n    for',
    replace: 'store_relaxed(&s->me->locking, sluice__offset(s, gate));\n    for',
  },
  {
    name: 'TB1-R: a table looked at without order',
    equivalent: 'its readers are its agent, and who settles that after the proof of its death',
    file: 'core/prim/table.c',
    find: 'uint32_t at = load_acquire(directory); /* [TB1-R] */',
    replace: 'uint32_t at = load_relaxed(directory);',
  },
  {
    name: 'RNG3-R: a side taken without order',
    equivalent: 'the acquire load of the holder in front of it',
    file: 'core/obj/ring.c',
    find: 'if (!cas64_acqrel(&side->holder, word, mine_now)) /* [RNG3-R] */',
    replace: 'if (!fake__access(FAKE_CAS, FAKE_RELAXED, 8, &side->holder, word, mine_now))',
  },
  {
    name: 'EV1-P: a side left without order to who looks',
    stale: true,
    foundBy: ['pairs_ring 2 300'],
    file: 'core/obj/ring.c',
    find: 'cas64_seq(&side->holder, word, 0)) /* [RNG3-W] [EV1-P] */',
    replace: 'cas64_acqrel(&side->holder, word, 0))',
  },
  {
    name: 'that no reader is left, looked at without order',
    equivalent: 'EPIPE tells nothing of what the readers did',
    file: PIPE,
    find: 'if (load_acquire(&pipe->readers) == 0)',
    replace: 'if (load_relaxed(&pipe->readers) == 0)',
  },
];
