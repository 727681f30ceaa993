import { asFence } from '@gdcloud/core';
import t from 'tap';
import { NewestFences } from '../../../dist/adapters/driver-host/newest-fences.js';
import { RequestLedger } from '../../../dist/adapters/driver-host/request-ledger.js';
import { uuid } from '../../support/resources.js';

const LIMITS = { running: 2, ended: 4, answers: 10 };
const nothing = (): void => undefined;

t.test('a request is new, then running, then ended with its answer', async (t) => {
  const ledger = new RequestLedger(LIMITS);
  t.same(ledger.look('a'), { kind: 'new' });
  t.equal(ledger.begin('a', nothing, 0), 'begun');
  t.same(ledger.look('a'), { kind: 'running' });
  ledger.end('a', 'yes', 5);
  t.same(ledger.look('a'), { kind: 'ended', answer: 'yes' });
  t.equal(ledger.running, 0);
});

t.test('what can’t be remembered is not begun', async (t) => {
  const ledger = new RequestLedger(LIMITS);
  ledger.begin('a', nothing, 0);
  ledger.begin('b', nothing, 0);
  t.equal(ledger.begin('c', nothing, 0), 'no room', 'too many are under way');
  for (const ended of ['a', 'b']) ledger.end(ended, '', 0);
  for (const more of ['c', 'd']) {
    t.equal(ledger.begin(more, nothing, 0), 'begun');
    ledger.end(more, '', 0);
  }
  t.equal(ledger.begin('e', nothing, 129_999), 'no room', 'a copy of any could still be heard');
  t.equal(ledger.begin('e', nothing, 130_000), 'begun');
  t.same(ledger.look('a'), { kind: 'new' });
});

t.test('old answers make room for new ones, and their requests stay known', async (t) => {
  const ledger = new RequestLedger(LIMITS);
  for (const request of ['a', 'b', 'c']) {
    ledger.begin(request, nothing, 0);
    ledger.end(request, '12345', 0);
  }
  t.same(ledger.look('a'), { kind: 'ended', answer: undefined });
  t.same(ledger.look('b'), { kind: 'ended', answer: '12345' });
  t.same(ledger.look('c'), { kind: 'ended', answer: '12345' });
});

t.test('only what is under way can be cancelled', async (t) => {
  const ledger = new RequestLedger(LIMITS);
  const cancelled: string[] = [];
  ledger.begin('a', () => cancelled.push('a'), 0);
  ledger.begin('b', () => cancelled.push('b'), 0);
  ledger.end('b', '', 0);
  for (const each of ['a', 'b', 'c']) ledger.cancel(each);
  t.same(cancelled, ['a']);
});

t.test('the newest holder of each resource may change it, and none before', async (t) => {
  const fences = new NewestFences();
  t.equal(fences.admit(uuid(1), asFence('02')), 'admitted');
  t.equal(fences.admit(uuid(1), asFence('02')), 'admitted');
  t.equal(fences.admit(uuid(1), asFence('01')), 'older');
  t.equal(fences.admit(uuid(2), asFence('01')), 'admitted');
  t.equal(fences.admit(uuid(1), asFence('03')), 'admitted');
});
