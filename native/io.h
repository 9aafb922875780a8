/* Waits for descriptors: one epoll, read by JavaScript's thread when the monitor says so. */
#ifndef SLUICE_NATIVE_IO_H
#define SLUICE_NATIVE_IO_H

#include "object.h"

/* Has the object looked after once, for whoever waits in its lanes: 0 or -errno. */
int native_io_watch(struct env *env, struct object *object);

/* Has the notification socket looked after once. */
int native_io_watch_notify(struct env *env, bool first);

/* Attempts again whatever waits for a descriptor that is ready now. */
void native_io_serve(struct env *env);

/* Attempts the lane's requests in order, until one must wait. */
void native_lane_serve(struct env *env, struct object *object, int lane);

#endif
