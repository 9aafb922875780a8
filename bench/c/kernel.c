/* What the kernel has: pipe(7), unix(7) stream and seqpacket, mq_overview(7), svipc(7). Blocking calls, nothing else. */
#include "loops.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <unistd.h>

/* [channel][0] is read, [channel][1] written. */
static int ends_of[CHANNELS][2];

static uint64_t message_bytes(void)
{
    return (uint64_t)scenario.bytes * scenario.batch;
}

static void open_pipes(void)
{
    for (int i = 0; i < CHANNELS; i++) {
        must(pipe(ends_of[i]) == 0, "pipe");
        /* refused above /proc/sys/fs/pipe-max-size: it stays as large as it was */
        fcntl(ends_of[i][1], F_SETPIPE_SZ, (int)(scenario.bytes * scenario.capacity));
    }
}

static void open_sockets(int type)
{
    for (int i = 0; i < CHANNELS; i++)
        must(socketpair(AF_UNIX, type, 0, ends_of[i]) == 0, "socketpair");
}

static void open_streams(void)
{
    open_sockets(SOCK_STREAM);
}

static void open_packets(void)
{
    open_sockets(SOCK_SEQPACKET);
}

static inline void stream_put(int channel, const uint8_t *message)
{
    for (uint64_t done = 0; done < message_bytes();) {
        ssize_t n = write(ends_of[channel][1], message + done, message_bytes() - done);
        must(n > 0, "write");
        done += (uint64_t)n;
    }
}

static inline void stream_get(int channel, uint8_t *message)
{
    for (uint64_t done = 0; done < message_bytes();) {
        ssize_t n = read(ends_of[channel][0], message + done, message_bytes() - done);
        must(n > 0, "read");
        done += (uint64_t)n;
    }
}

LOOPS(stream)

static inline void packet_put(int channel, const uint8_t *message)
{
    must(write(ends_of[channel][1], message, scenario.bytes) == scenario.bytes, "write");
}

static inline void packet_get(int channel, uint8_t *message)
{
    must(read(ends_of[channel][0], message, scenario.bytes) == scenario.bytes, "read");
}

LOOPS(packet)

static mqd_t queues[CHANNELS];
static uint32_t turn; /* whose remainder is the next message's priority */

/* As deep as the kernel allows this user, where that is less than wished. */
static void open_queues(void)
{
    for (int i = 0; i < CHANNELS; i++) {
        char name[64];
        snprintf(name, sizeof name, "/sluice-bench-%d-%d", (int)getpid(), i);
        struct mq_attr attributes = {.mq_maxmsg = scenario.capacity, .mq_msgsize = scenario.bytes};
        do
            queues[i] = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
        while (queues[i] < 0 && (errno == EINVAL || errno == EMFILE) &&
               (attributes.mq_maxmsg /= 2));
        must(queues[i] >= 0, "mq_open");
        mq_unlink(name);
    }
}

static inline void mqueue_put(int channel, const uint8_t *message)
{
    unsigned priority = turn++ % scenario.priorities;
    must(mq_send(queues[channel], (const char *)message, scenario.bytes, priority) == 0, "mq_send");
}

static inline void mqueue_get(int channel, uint8_t *message)
{
    unsigned priority;
    must(mq_receive(queues[channel], (char *)message, scenario.bytes, &priority) >= 0,
         "mq_receive");
}

LOOPS(mqueue)

enum { LONGEST = 8192 };

struct letter {
    long type;
    char text[LONGEST];
};

static int letters[CHANNELS];

/* They outlive their users unless somebody removes them: marked at once they would be gone. */
static void remove_letters(void)
{
    for (int i = 0; i < CHANNELS; i++)
        msgctl(letters[i], IPC_RMID, NULL);
}

static void open_letters(void)
{
    must(scenario.bytes <= LONGEST, "as long a message");
    for (int i = 0; i < CHANNELS; i++)
        must((letters[i] = msgget(IPC_PRIVATE, 0600)) >= 0, "msgget");
    atexit(remove_letters);
}

static inline void msgq_put(int channel, const uint8_t *message)
{
    static struct letter letter;
    letter.type = 1 + turn++ % scenario.priorities;
    memcpy(letter.text, message, scenario.bytes);
    must(msgsnd(letters[channel], &letter, scenario.bytes, 0) == 0, "msgsnd");
}

static inline void msgq_get(int channel, uint8_t *message)
{
    static struct letter letter;
    must(msgrcv(letters[channel], &letter, scenario.bytes, 0, 0) >= 0, "msgrcv");
    memcpy(message, letter.text, scenario.bytes);
}

LOOPS(msgq)

const struct engine kernel_engines[] = {
    {"pipe", open_pipes, NULL, WORKS_OF(stream)},
    {"socket", open_streams, NULL, WORKS_OF(stream)},
    {"seqpacket", open_packets, NULL, WORKS_OF(packet)},
    {"mqueue", open_queues, NULL, WORKS_OF(mqueue)},
    {"msgq", open_letters, NULL, WORKS_OF(msgq)},
    {0},
};
