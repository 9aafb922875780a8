/** Does what the first message says. What it fails with its page hears as an `error` of the worker, as of any script. */
export function work<T>(run: (order: T) => Promise<void>): void {
  const fail = (error: unknown) =>
    setTimeout(() => {
      throw error;
    });
  addEventListener('message', ({ data }: MessageEvent<T>) => run(data).catch(fail), { once: true });
}
