import { parseUuid, type ResourceUuid } from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type { DriverCall } from '../../ports/driver.js';
import type { ApplianceDesired } from '../../ports/drivers/appliance.js';
import type { IsolationProof, NetworkDriver } from '../../ports/drivers/network.js';
import type { DriverHostClient } from './driver-host-client.js';
import { isObject, isText, listOf } from './json-reading.js';

/** A question about networks that not each driver answers: whether they are apart, and by which commands one is carried. */
export type NetworkQuestion =
  | { readonly verb: 'isolation'; readonly from: ResourceUuid; readonly to: ResourceUuid }
  | { readonly verb: 'plantext'; readonly network: ResourceUuid; readonly desired: unknown };

/** Which of them a driver answers, as its manifest says; absent in manifests of the days before. */
export interface AnsweredQuestions {
  readonly isolation?: 'possible' | 'impossible' | undefined;
  readonly plantext?: 'possible' | 'impossible' | undefined;
}

/** The longest text of commands; characters. */
const LONGEST_TEXT = 16 * 1024 * 1024;

/** What a driver answers. */
export function questionsOf(network: Partial<Questions>): AnsweredQuestions {
  return {
    isolation: network.proveIsolation ? 'possible' : 'impossible',
    plantext: network.planText ? 'possible' : 'impossible',
  };
}

/** Reads what a manifest says of it. */
export function parseQuestions(parts: JsonObject): AnsweredQuestions {
  const possible = (name: string) => (parts[name] === 'possible' ? 'possible' : 'impossible');
  return { isolation: possible('isolation'), plantext: possible('plantext') };
}

/** Reads a question; undefined when it is something else. */
export function parseQuestion(json: JsonObject): NetworkQuestion | undefined {
  const uuidOf = (name: string): ResourceUuid | undefined => {
    const text = json[name];
    return isText(text) ? parseUuid(text) : undefined;
  };
  if (json['verb'] === 'isolation') {
    const [from, to] = [uuidOf('from'), uuidOf('to')];
    return from && to && { verb: 'isolation', from, to };
  }
  const network = uuidOf('network');
  const { desired } = json;
  return network && desired !== undefined ? { verb: 'plantext', network, desired } : undefined;
}

/** Asks the driver of a host; undefined where it does not answer such questions. */
export async function answerQuestion(
  driver: NetworkDriver | undefined,
  question: NetworkQuestion,
  call: DriverCall,
): Promise<object | undefined> {
  if (question.verb === 'isolation') {
    return driver?.proveIsolation?.(question.from, question.to, call);
  }
  // What is desired is the driver's to judge, as of each request.
  const document = question.desired as ApplianceDesired;
  const text = await driver?.planText?.(question.network, document, call);
  return text === undefined ? undefined : { text };
}

type Questions = Pick<NetworkDriver, 'proveIsolation' | 'planText'>;

/** What a kernel's driver has of them, where the host answers. */
export function remoteQuestions(
  { isolation, plantext }: AnsweredQuestions,
  client: DriverHostClient,
): Questions {
  return {
    ...(isolation === 'possible' && {
      proveIsolation: (from: ResourceUuid, to: ResourceUuid, call: DriverCall) =>
        client.ask({ verb: 'isolation', from, to }, call, parseProof),
    }),
    ...(plantext === 'possible' && {
      planText: async (network: ResourceUuid, desired: ApplianceDesired, call: DriverCall) =>
        (await client.ask({ verb: 'plantext', network, desired }, call, parseText)).text,
    }),
  };
}

function parseProof(json: Json): IsolationProof | undefined {
  if (!isObject(json)) return undefined;
  const words = (told: Json | undefined) =>
    listOf(told, (each) => (isText(each, 4_096) ? each : undefined));
  const [tried, arrived, by] = [words(json['tried']), words(json['arrived']), json['by']];
  if (tried === undefined || arrived === undefined) return undefined;
  return by === 'server' || by === 'gateway' ? { tried, arrived, by } : undefined;
}

function parseText(json: Json): { readonly text: string } | undefined {
  const text = isObject(json) ? json['text'] : undefined;
  return isText(text, LONGEST_TEXT) ? { text } : undefined;
}
