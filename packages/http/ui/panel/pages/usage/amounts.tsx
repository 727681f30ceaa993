import { GB, MB } from '../../../format/byte-units.js';
import { type Document, member, textOf } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';

const KINDS = ['volumes', 'snapshots', 'images'] as const;

interface AnswerProps {
  readonly answer: Document;
}

/** What an account keeps on storage: all together, and by kind. */
export function Stored({ answer }: AnswerProps) {
  const { amounts, catalogue, labels, say } = usePanel();
  const words = (of: unknown) => ({
    logical: amounts.bytes(Number(member(of, 'logicalGb') ?? 0) * GB),
    physical: amounts.bytes(Number(member(of, 'physicalMb') ?? 0) * MB),
  });
  return (
    <section>
      <h2>{say('usage.storage')}</h2>
      <p>{say('usage.storageText', words(answer))}</p>
      <dl class="values">
        {KINDS.map((kind) => {
          const schema = catalogue.plural(kind);
          const { logical, physical } = words(answer[kind]);
          const count = amounts.number(Number(member(answer[kind], 'count') ?? 0));
          return (
            schema !== undefined && (
              <div key={kind}>
                <dt>{labels.plural(schema)}</dt>
                <dd>{say('usage.kept', { count, logical, physical })}</dd>
              </div>
            )
          );
        })}
      </dl>
    </section>
  );
}

/** What the addresses of an account have carried. */
export function Traffic({ answer }: AnswerProps) {
  const { amounts, say } = usePanel();
  const { inBytes, outBytes, since } = answer;
  return (
    <section>
      <h2>{say('usage.traffic')}</h2>
      <p>
        {since === null || since === undefined
          ? say('usage.trafficNone')
          : say('usage.trafficText', {
              in: amounts.bytes(Number(inBytes ?? 0)),
              out: amounts.bytes(Number(outBytes ?? 0)),
              since: amounts.moment(textOf(since)),
            })}
      </p>
    </section>
  );
}
