import { isJsonObject, type Json, type JsonObject, textIn } from '../../model/json.js';

/** What was asked for when a server was to be adopted. */
export interface AdoptionWish {
  /** Counts what was asked of this host: a later wish for the same server is another one. */
  readonly number: number;
  readonly accountId: string;
  readonly networkId: string;
  /** Null: the one that the server's size is. */
  readonly offering: string | null;
  /** Null: the first that starts as the server does. */
  readonly imageId: string | null;
  /** Null: the one that its guest tells. */
  readonly privateIpv4Address: string | null;
}

/** What came of a wish. */
export interface AdoptionResult {
  readonly number: number;
  readonly result: 'adopted' | 'refused';
  /** `virtualmachine 12`, or why not. */
  readonly message: string;
}

/** Wishes, or results, by what the pool calls the server. */
export type ByServer<Of> = Readonly<Record<string, Of>>;

/** Reads the wishes of a host. */
export function readWishes(field: Json | undefined): ByServer<AdoptionWish> {
  return mapped(field, (wish) => ({
    number: Number(wish['number']),
    accountId: textIn(wish['accountId']),
    networkId: textIn(wish['networkId']),
    offering: textOf(wish['offering']),
    imageId: textOf(wish['imageId']),
    privateIpv4Address: textOf(wish['privateIpv4Address']),
  }));
}

/** Reads what came of them. */
export function readResults(field: Json | undefined): ByServer<AdoptionResult> {
  return mapped(field, (result) => ({
    number: Number(result['number']),
    result: result['result'] === 'adopted' ? 'adopted' : 'refused',
    message: textIn(result['message']),
  }));
}

/** The wishes that nothing has come of yet. */
export function pendingWishes(
  wishes: ByServer<AdoptionWish>,
  results: ByServer<AdoptionResult>,
): ByServer<AdoptionWish> {
  return Object.fromEntries(
    Object.entries(wishes).filter(([server, { number }]) => results[server]?.number !== number),
  );
}

/** The wishes and one more. Those that something has come of are forgotten. */
export function withWish(
  fields: { readonly wishes: Json | undefined; readonly results: Json | undefined },
  server: string,
  wish: Omit<AdoptionWish, 'number'>,
): Readonly<Record<string, JsonObject>> {
  const results = readResults(fields.results);
  const wishes = readWishes(fields.wishes);
  const numbers = [...Object.values(wishes), ...Object.values(results)].map(({ number }) => number);
  const pending = Object.entries(pendingWishes(wishes, results)).map(
    ([other, earlier]) => [other, { ...earlier }] as const,
  );
  const number = Math.max(0, ...numbers) + 1;
  return { ...Object.fromEntries(pending), [server]: { ...wish, number } };
}

function mapped<Of>(field: Json | undefined, read: (entry: JsonObject) => Of): ByServer<Of> {
  if (!isJsonObject(field)) return {};
  return Object.fromEntries(
    Object.entries(field).flatMap(([server, entry]) =>
      isJsonObject(entry) ? [[server, read(entry)] as const] : [],
    ),
  );
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
