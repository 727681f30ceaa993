/** Awaits that no run can crash at, each with its reason. `text` is how the compiled expression begins. */
export const UNREACHED: readonly {
  readonly file: string;
  readonly text: string;
  readonly why: string;
}[] = [
  {
    file: 'kernel/main-loop.js',
    text: 'await new Promise((resolve) => (this.#idle = resolve))',
    why: 'An orderly stop that waits for passes; each of them is crashed at on its own account.',
  },
  {
    file: 'kernel/routine-tasks.js',
    text: 'await Promise.all(this.#running)',
    why: 'An orderly stop that waits for tasks; each of them is crashed at on its own account.',
  },
];
