import t from 'tap';
import { together } from '../../dist/driver/together.js';

t.test('a failure is told when nothing of the work goes on any more', async (t) => {
  let end: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    end = resolve;
  });
  let told = false;
  const both = together([Promise.reject(new Error('first')), slow]).catch((error: Error) => {
    told = true;
    return error.message;
  });
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(told, false);
  end();
  t.equal(await both, 'first');
  t.same(await together([Promise.resolve(1), 'two']), [1, 'two']);
});
