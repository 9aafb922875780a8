/** Shares the bytes out among the tokenizers: the next file goes to whoever has got the fewest so far. */
export class Shares {
  /** Whose turn it is. */
  turn = 0;
  readonly #loads: number[];

  constructor(tokenizers: number) {
    this.#loads = new Array(tokenizers).fill(0);
  }

  /** @param whole a file ends here, so what follows may go another way */
  add(bytes: number, whole: boolean): void {
    this.#loads[this.turn]! += bytes;
    if (whole) this.turn = this.#loads.indexOf(Math.min(...this.#loads));
  }
}
