/*
 * A library to be preloaded: STORM_US microseconds after one another, every thread of the process gets a signal that
 * has a handler and no SA_RESTART, so that whatever blocks is interrupted again and again. None comes at exit.
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_ulong taken;
static int number;

static void on_signal(int signal)
{
    (void)signal;
    atomic_fetch_add(&taken, 1);
}

/* The addon's own threads block what is not for them, as do libuv's: these are told all the same. */
static void strike(int self)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *entry;
    while (tasks && (entry = readdir(tasks))) {
        int thread = atoi(entry->d_name);
        if (thread > 0 && thread != self)
            syscall(SYS_tgkill, getpid(), thread, number);
    }
    if (tasks)
        closedir(tasks);
}

static void *storm(void *argument)
{
    unsigned pause = *(unsigned *)argument;
    int self = (int)syscall(SYS_gettid);
    pthread_setname_np(pthread_self(), "storm");
    for (;;) {
        usleep(pause);
        strike(self);
    }
    return NULL;
}

static void tell(void)
{
    fprintf(stderr, "# %lu signals taken\n", atomic_load(&taken));
}

__attribute__((constructor)) static void begin(void)
{
    static unsigned pause;
    const char *text = getenv("STORM_US");
    struct sigaction action = {.sa_handler = on_signal};
    pthread_t thread;
    if (!text)
        return;
    unsetenv("LD_PRELOAD");
    pause = (unsigned)atoi(text);
    number = SIGRTMIN + 3;
    sigaction(number, &action, NULL);
    atexit(tell);
    pthread_create(&thread, NULL, storm, &pause);
}
