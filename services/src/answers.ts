import { connect } from 'node:net';

/** Connects, sends `request` and resolves with the first bytes of the answer, or '' when none are asked for. */
export function firstAnswer(
  host: string,
  port: number,
  request: string | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const end = (finish: () => void): void => {
      socket.destroy();
      finish();
    };
    socket.setTimeout(1_000, () => end(() => reject(new Error('it does not answer'))));
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('close', () => reject(new Error('it closed the connection')));
    socket.once('data', (data) => end(() => resolve(data.toString('utf8'))));
    socket.once('connect', () => {
      if (request !== undefined) socket.write(request);
    });
  });
}
