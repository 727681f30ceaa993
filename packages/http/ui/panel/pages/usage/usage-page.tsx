import { useState } from 'preact/hooks';
import { type Document, isDocument, type Resource } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { useAnswer } from '../../live/use-answer.js';
import { useBeat } from '../../live/use-beat.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { ReferenceChoice } from '../../parts/reference-choice.js';
import { Stored, Traffic } from './amounts.js';
import { LimitBars } from './limit-bars.js';

/** What an account has, how much it may have, what it keeps and what it has carried. */
export function UsagePage() {
  const { api, asking, catalogue, say } = usePanel();
  const [id, setId] = useState(asking.accountId);
  const beat = useBeat();
  const schema = catalogue.type('account');
  const collection = schema && catalogue.collectionUrl(schema);
  const { value, problem } = useAnswer(
    async (signal) => {
      if (collection === undefined) return undefined;
      const account = await api.read(`${collection}/${encodeURIComponent(id)}`, signal);
      const [usage, storage, traffic] = await Promise.all(
        ['usage', 'storage', 'traffic'].map(async (name) => answerOf(api, account, name)),
      );
      return { account, usage, storage, traffic };
    },
    [collection, id, beat],
  );
  return (
    <>
      <header class="page-head">
        <h1>{say('usage.title')}</h1>
      </header>
      {asking.kind !== 'user' && (
        <div class="field form">
          <label for="usage-account">{say('usage.account')}</label>
          <ReferenceChoice
            id="usage-account"
            of="account"
            value={id}
            onChange={(chosen) => setId(chosen === '' ? asking.accountId : chosen)}
            isRequired={true}
            describedBy="usage-about"
            isWrong={false}
          />
        </div>
      )}
      <p id="usage-about" class="intro">
        {say('usage.intro')}
      </p>
      <ProblemBox problem={problem} />
      {value === undefined && problem === undefined && <p role="status">{say('loading')}</p>}
      {value?.usage !== undefined && (
        <section>
          <h2>{say('usage.limits')}</h2>
          <LimitBars
            used={documentIn(value.usage, 'used')}
            limits={documentIn(value.usage, 'limits')}
          />
        </section>
      )}
      {value?.storage !== undefined && <Stored answer={value.storage} />}
      {value?.traffic !== undefined && <Traffic answer={value.traffic} />}
    </>
  );
}

async function answerOf(
  api: ReturnType<typeof usePanel>['api'],
  { actions }: Resource,
  name: string,
): Promise<Document | undefined> {
  const url = actions[name];
  return url === undefined ? undefined : api.act(url);
}

function documentIn(document: Document, name: string): Document {
  const value = document[name];
  return isDocument(value) ? value : {};
}
