import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Transferable, Worker } from 'node:worker_threads';
import type { FromStage, Role } from './order.js';

const file = fileURLToPath(new URL('./stage.js', import.meta.url));

export type Place = 'thread' | 'process';

interface Asked {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** A stage that runs elsewhere. Whatever ends it before it has answered rejects the question. */
export class Stage {
  readonly peer: Worker | ChildProcess;
  readonly #told: (files: number) => void;
  readonly #role: Role;
  #asked: Asked | undefined;
  #failure: Error | undefined;

  constructor(place: Place, role: Role, told: (files: number) => void) {
    this.peer = place === 'thread' ? new Worker(file) : fork(file, { serialization: 'advanced' });
    this.#told = told;
    this.#role = role;
    const peer = this.peer as Worker; // a ChildProcess has the same events
    peer.on('message', (message: FromStage) => this.#take(message));
    peer.on('error', (error) => this.#fail(`${role}: ${(error as Error).stack}`));
    peer.on('exit', (code: number | null, signal?: string) =>
      this.#fail(`${role} ended (${signal ?? `exit code ${code}`}) before it was done`),
    );
  }

  /** Why it cannot go on; undefined while it can. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Sends an order, or the word to go, and waits for the answer. */
  ask<T>(message: unknown, transfer: readonly Transferable[] = []): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#asked = { resolve, reject };
      if (this.peer instanceof Worker) this.peer.postMessage(message, transfer);
      else this.peer.send(message as object);
    });
  }

  /** Ends it, whatever it does; resolves when it has gone. */
  async end(): Promise<void> {
    if (this.peer instanceof Worker) await this.peer.terminate();
    else if (this.peer.exitCode === null && this.peer.signalCode === null) {
      this.peer.kill('SIGKILL');
      await once(this.peer, 'exit');
    }
  }

  #take(message: FromStage): void {
    if ('progress' in message) this.#told(message.progress);
    else if ('failed' in message) this.#fail(`${this.#role}: ${message.failed}`);
    else this.#asked?.resolve(message.answer);
  }

  /** The first reason is the one that counts. */
  #fail(reason: string): void {
    this.#failure ??= new Error(reason);
    this.#asked?.reject(this.#failure);
  }
}
