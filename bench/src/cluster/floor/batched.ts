interface Waiting<Question, Answer> {
  readonly question: Question;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** How calls are put together. */
export interface BatchLimits {
  /** How many calls are under way. */
  readonly most: number;
  /** How many questions one call has. */
  readonly largest: number;
}

/**
 * Puts calls that are made at the same time into one. A call that comes while as many are under way as may be waits for
 * one of them to end, and whatever else came meanwhile goes along with it.
 */
export class Batched<Question, Answer> {
  readonly #call: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  readonly #most: number;
  readonly #largest: number;
  readonly #waiting: Waiting<Question, Answer>[] = [];
  #underWay = 0;
  #planned: 'yes' | 'no' = 'no';

  /** `call` answers questions in their order. */
  constructor(
    { most, largest }: BatchLimits,
    call: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  ) {
    this.#most = most;
    this.#largest = largest;
    this.#call = call;
  }

  /** Asks. */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      this.#plan();
    });
  }

  #plan(): void {
    if (this.#planned === 'yes' || this.#underWay >= this.#most) return;
    this.#planned = 'yes';
    // By then, all that came in this turn of the event loop is there.
    setImmediate(() => {
      this.#planned = 'no';
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#largest);
    if (batch.length === 0) return;
    this.#underWay += 1;
    if (this.#waiting.length > 0) this.#plan();
    try {
      const answers = await this.#call(batch.map(({ question }) => question));
      batch.forEach((each, index) => {
        const answer = answers[index];
        if (answer === undefined) each.reject(new Error('a question was not answered'));
        else each.resolve(answer);
      });
    } catch (thrown) {
      for (const each of batch) each.reject(thrown);
    }
    this.#underWay -= 1;
    if (this.#waiting.length > 0) this.#plan();
  }
}
