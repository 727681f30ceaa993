import { overdue } from './server-problems.js';

/**
 * Resolves as `answer` does. Where that takes longer than `limitMs`, `giveUp` is called and PortUnavailable thrown,
 * whatever becomes of the answer: a client may lose a question together with its connection, and who asked must not wait
 * for ever.
 */
export function answeredInTime<Answer>(
  answer: Promise<Answer>,
  limitMs: number,
  giveUp: () => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      giveUp();
      reject(overdue());
    }, limitMs);
    const ended = (): void => clearTimeout(timer);
    answer.then(resolve, reject).finally(ended);
  });
}
