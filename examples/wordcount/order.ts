import type { MessagePort } from 'node:worker_threads';
import type { HandleTicket, IpcTicket } from 'sluice';
import type { Work } from './counter.js';

export type Role = 'reader' | 'tokenizer' | 'aggregator';

/** The job, as every stage knows it. */
export interface Task {
  work: Work;
  files: string[];
  sizes: number[];
  tokenizers: number;
  /** Most files between the reader and the aggregator. */
  inFlight: number;
  /** Whether the aggregator is to tell how far it is. */
  progress: boolean;
}

/** What a stage is started with. Over ipc it gets tickets and names ... */
export interface IpcOrder {
  role: Role;
  task: Task;
  ipc: IpcTicket;
  /** The reader's: a PipeWriter for each tokenizer; a tokenizer's: its PipeReader. */
  pipes: HandleTicket[];
  queue: string;
  slots: string;
}

/** ... over postMessage it gets ports: the reader's to each tokenizer, a tokenizer's from the reader, and so on. */
export interface PortOrder {
  role: Role;
  task: Task;
  inputs: MessagePort[];
  outputs: MessagePort[];
}

/** What a stage tells after each pass over the files. */
export interface Report {
  /** The reader's, on the clock of process.hrtime, which all processes share. */
  startedNs?: bigint;
  /** The aggregator's. */
  endedNs?: bigint;
  /** Frames, or messages. */
  messages: number;
  bytes: number;
  /** Largest resident memory of the stage's process. */
  residentBytes?: number;
  /** The aggregator's. */
  totals?: Uint8Array;
}

/** An order is answered when everything is open, the word to go when the work is done. */
export type FromStage = { answer: 'ready' | Report } | { progress: number } | { failed: string };
export const GO = 'go';
