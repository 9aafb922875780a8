/* Boost.Interprocess message_queue: https://www.boost.org/doc/libs/1_74_0/doc/html/boost/interprocess/message_queue_t.html */
#include <boost/interprocess/ipc/message_queue.hpp>

extern "C" {
#include "bench.h"
}

#include <cstdio>
#include <unistd.h>

namespace ipc = boost::interprocess;

static ipc::message_queue *queues[CHANNELS];
static uint32_t turn;

extern "C" void boost_put(int channel, const uint8_t *message)
{
    queues[channel]->send(message, scenario.bytes, turn++ % scenario.priorities);
}

extern "C" void boost_get(int channel, uint8_t *message)
{
    ipc::message_queue::size_type length;
    unsigned priority;
    queues[channel]->receive(message, scenario.bytes, length, priority);
}

/* Queues are made before the ends are born, who have them then; their names are gone. */
extern "C" void boost_open(void)
{
    for (int i = 0; i < CHANNELS; i++) {
        char name[64];
        snprintf(name, sizeof name, "sluice-bench-%d-%d", (int)getpid(), i);
        queues[i] =
            new ipc::message_queue(ipc::create_only, name, scenario.capacity, scenario.bytes);
        ipc::message_queue::remove(name);
    }
}
