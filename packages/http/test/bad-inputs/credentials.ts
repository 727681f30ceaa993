import { basic } from '../served.js';
import { type BadInput, get } from './bad-input.js';

const auth = (authorization: string | null) => get('/v1/networks', { authorization });
const coded = (text: string) => auth(`Basic ${Buffer.from(text, 'latin1').toString('base64')}`);
const unauthorized = { status: 401, code: 'Unauthorized' } as const;
const inUrl = { status: 400, code: 'InvalidQuery' } as const;

/** List C: credentials. */
export const BAD_CREDENTIALS: readonly BadInput[] = [
  { number: 'C1', what: 'none', bytes: auth(null), ...unauthorized },
  { number: 'C2', what: 'the scheme alone', bytes: auth('Basic'), ...unauthorized },
  { number: 'C2', what: 'the scheme and a space', bytes: auth('Basic '), ...unauthorized },
  {
    number: 'C3',
    what: 'the scheme in lower case',
    bytes: (place) => auth(basic(place.user).replace('Basic', 'basic'))(place),
    status: 200,
  },
  { number: 'C4', what: 'base64 with other signs', bytes: auth('Basic YTpi!!!!'), ...unauthorized },
  { number: 'C4', what: 'base64 cut off', bytes: auth('Basic YTp'), ...unauthorized },
  { number: 'C5', what: 'base64 of URLs', bytes: auth('Basic YT-_'), ...unauthorized },
  { number: 'C6', what: 'no colon', bytes: coded('nocolon'), ...unauthorized },
  { number: 'C7', what: 'no name', bytes: coded(':secret'), ...unauthorized },
  { number: 'C7', what: 'no secret', bytes: coded('key:'), ...unauthorized },
  {
    number: 'C8',
    what: 'a colon more at the end',
    bytes: (place) => coded(`${place.user.publicValue}:${place.user.secretValue}:`)(place),
    ...unauthorized,
  },
  { number: 'C9', what: 'NUL', bytes: coded('a\u0000:b'), ...unauthorized },
  {
    number: 'C9',
    what: 'NUL behind what would be right',
    bytes: (place) => coded(`${place.user.publicValue}:${place.user.secretValue}\u0000x`)(place),
    ...unauthorized,
  },
  { number: 'C10', what: 'no UTF-8', bytes: coded('a:\u00ff'), ...unauthorized },
  {
    number: 'C11',
    what: 'a secret of 8 KiB',
    bytes: coded(`a:${'p'.repeat(8192)}`),
    ...unauthorized,
  },
  {
    number: 'C12',
    what: 'two headers',
    bytes: get('/v1', { headers: ['Authorization: Basic YTpi'] }),
    status: 400,
    code: 'BadRequest',
  },
  { number: 'C13', what: 'Bearer', bytes: auth('Bearer x'), ...unauthorized },
  { number: 'C13', what: 'Negotiate', bytes: auth('Negotiate YTpi'), ...unauthorized },
  ...(['NFC', 'NFD'] as const).map((form) => ({
    number: 'C14',
    what: `a name in ${form}, which no key has`,
    bytes: auth(`Basic ${Buffer.from(`Zo\u00eb:x`.normalize(form)).toString('base64')}`),
    ...unauthorized,
  })),
  {
    number: 'C15',
    what: 'a key that was revoked',
    bytes: (place) => auth(basic(place.revoked))(place),
    ...unauthorized,
  },
  {
    number: 'C15',
    what: 'a key that was deleted',
    bytes: (place) => auth(basic(place.deleted))(place),
    ...unauthorized,
  },
  { number: 'C16', what: 'in the query', bytes: get('/v1?secretKey=x'), ...inUrl },
  { number: 'C16', what: 'a token in the query', bytes: get('/v1?access_token=x'), ...inUrl },
];
