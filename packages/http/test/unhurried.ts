import type { ApiOptions } from '@gdcloud/http';

const ANY = { perSecond: Number.MAX_SAFE_INTEGER, burst: Number.MAX_SAFE_INTEGER };

/** Lets tests ask as fast as they can, with wrong keys too: what holds somebody up has tests of its own. */
export const UNHURRIED: NonNullable<ApiOptions['traffic']> = {
  rates: 'unlimited',
  signIns: { perName: ANY, perAddress: ANY, all: ANY },
};
