import type { Speak } from '#texts/speak.js';
import { MB } from '../../../format/byte-units.js';
import type { Quantities } from '../../../format/quantities.js';
import type { Resource } from '../../../hypermedia/documents.js';
import type { Card } from '../../parts/card-choice.js';
import { bySize } from './new-server.js';

/** Sizes as cards, the smallest first: memory as title, processors below. A server names its size by the size’s name. */
export function sizeCards(
  offerings: readonly Resource[],
  { say, amounts }: { readonly say: Speak; readonly amounts: Quantities },
): readonly Card[] {
  return bySize(offerings).map((offering) => ({
    value: offering.name ?? offering.id,
    title: amounts.bytes(Number(offering['ramSizeMb']) * MB),
    text:
      offering['cpuCount'] === 1
        ? say('server.oneCpu')
        : say('server.cpus', { count: Number(offering['cpuCount']) }),
  }));
}
