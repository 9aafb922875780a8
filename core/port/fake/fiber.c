/*
 * Fibers: a stack each, and a switch that saves what a call must keep. A fiber
 * that is not wanted any more is simply not entered again.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if !defined(FAKE_UCONTEXT) && !defined(__x86_64__) && !defined(__aarch64__)
#define FAKE_UCONTEXT
#endif

enum { STACK_BYTES = 256 * 1024, GUARD_BYTES = 64 * 1024 };

struct fake_fiber {
    char *stack;
    void (*fn)(void *);
    void *arg;
#ifdef FAKE_UCONTEXT
    struct fake_context *context;
#else
    void *sp;
    void *main_sp;
#endif
};

static struct fake_fiber fibers[FAKE_MAX_AGENTS + 1];

static void fiber_body(struct fake_fiber *f)
{
    f->fn(f->arg);
    for (;;)
        fake__fiber_leave(f);
}

#ifdef FAKE_UCONTEXT
#include <ucontext.h>

struct fake_context {
    ucontext_t fiber, main;
};

static void body_of(unsigned index)
{
    fiber_body(&fibers[index]);
}

void fake__fiber_start(struct fake_fiber *f, void (*fn)(void *), void *arg)
{
    f->fn = fn;
    f->arg = arg;
    if (!f->context)
        f->context = calloc(1, sizeof *f->context);
    if (!f->context)
        abort();
    getcontext(&f->context->fiber);
    f->context->fiber.uc_stack.ss_sp = f->stack;
    f->context->fiber.uc_stack.ss_size = STACK_BYTES;
    makecontext(&f->context->fiber, (void (*)(void))body_of, 1, (unsigned)(f - fibers));
}

void fake__fiber_enter(struct fake_fiber *f)
{
    swapcontext(&f->context->main, &f->context->fiber);
}

void fake__fiber_leave(struct fake_fiber *f)
{
    swapcontext(&f->context->fiber, &f->context->main);
}

uint32_t fake__fiber_bytes(const struct fake_fiber *f)
{
    (void)f;
    return 0;
}

const void *fake__fiber_stack(const struct fake_fiber *f)
{
    return f;
}

void fake__fiber_restore(struct fake_fiber *f, const void *from, uint32_t bytes)
{
    (void)f, (void)from, (void)bytes;
}

#else

/* Saves the registers that a call must keep, and the stack pointer in *save; goes on at `to`. */
void fake__switch(void **save, void *to);
/* What a new stack returns into: hands the fiber over to fake__fiber_body. */
void fake__entry(void);
void fake__fiber_body(struct fake_fiber *f);

void fake__fiber_body(struct fake_fiber *f)
{
    fiber_body(f);
}

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl fake__switch\n.type fake__switch,@function\n"
        "fake__switch:\n"
        "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
        "  movq %rsp, (%rdi)\n"
        "  movq %rsi, %rsp\n"
        "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
        "  ret\n"
        ".size fake__switch,.-fake__switch\n"
        ".globl fake__entry\n.type fake__entry,@function\n"
        "fake__entry:\n"
        "  movq %rbx, %rdi\n"
        "  call fake__fiber_body\n"
        "  ud2\n"
        ".size fake__entry,.-fake__entry\n");

static void *first_frame(struct fake_fiber *f)
{
    void **sp = (void **)(void *)(f->stack + STACK_BYTES - 64);
    sp -= 7; /* r15 r14 r13 r12 rbx rbp, return address: the stack is 16-aligned at entry */
    for (int i = 0; i < 6; i++)
        sp[i] = NULL;
    sp[4] = f;
    sp[6] = (void *)fake__entry;
    return sp;
}

#else
__asm__(".text\n"
        ".globl fake__switch\n.type fake__switch,%function\n"
        "fake__switch:\n"
        "  sub sp, sp, #160\n"
        "  stp x19, x20, [sp, #0]\n  stp x21, x22, [sp, #16]\n  stp x23, x24, [sp, #32]\n"
        "  stp x25, x26, [sp, #48]\n  stp x27, x28, [sp, #64]\n  stp x29, x30, [sp, #80]\n"
        "  stp d8, d9, [sp, #96]\n  stp d10, d11, [sp, #112]\n"
        "  stp d12, d13, [sp, #128]\n  stp d14, d15, [sp, #144]\n"
        "  mov x9, sp\n  str x9, [x0]\n  mov sp, x1\n"
        "  ldp x19, x20, [sp, #0]\n  ldp x21, x22, [sp, #16]\n  ldp x23, x24, [sp, #32]\n"
        "  ldp x25, x26, [sp, #48]\n  ldp x27, x28, [sp, #64]\n  ldp x29, x30, [sp, #80]\n"
        "  ldp d8, d9, [sp, #96]\n  ldp d10, d11, [sp, #112]\n"
        "  ldp d12, d13, [sp, #128]\n  ldp d14, d15, [sp, #144]\n"
        "  add sp, sp, #160\n"
        "  ret\n"
        ".size fake__switch,.-fake__switch\n"
        ".globl fake__entry\n.type fake__entry,%function\n"
        "fake__entry:\n"
        "  mov x0, x19\n"
        "  bl fake__fiber_body\n"
        "  brk #1\n"
        ".size fake__entry,.-fake__entry\n");

static void *first_frame(struct fake_fiber *f)
{
    void **sp = (void **)(void *)(f->stack + STACK_BYTES - 64 - 160);
    for (int i = 0; i < 20; i++)
        sp[i] = NULL;
    sp[0] = f;                    /* x19 */
    sp[11] = (void *)fake__entry; /* x30 */
    return sp;
}
#endif

void fake__fiber_start(struct fake_fiber *f, void (*fn)(void *), void *arg)
{
    f->fn = fn;
    f->arg = arg;
    f->sp = first_frame(f);
}

void fake__fiber_enter(struct fake_fiber *f)
{
    fake__switch(&f->main_sp, f->sp);
}

void fake__fiber_leave(struct fake_fiber *f)
{
    fake__switch(&f->sp, f->main_sp);
}

uint32_t fake__fiber_bytes(const struct fake_fiber *f)
{
    return (uint32_t)(f->stack + STACK_BYTES - (char *)f->sp);
}

/* Its registers lie on it. */
const void *fake__fiber_stack(const struct fake_fiber *f)
{
    return f->sp;
}

void fake__fiber_restore(struct fake_fiber *f, const void *from, uint32_t bytes)
{
    f->sp = f->stack + STACK_BYTES - bytes;
    memcpy(f->sp, from, bytes);
}

#endif

struct fake_fiber *fake__fiber(int index)
{
    struct fake_fiber *f = &fibers[index];
    if (!f->stack) {
        char *at = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED || mprotect(at, GUARD_BYTES, PROT_NONE) != 0) {
            perror("fake port: stack");
            abort();
        }
        f->stack = at + GUARD_BYTES;
    }
    return f;
}
