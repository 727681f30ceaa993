import { useEffect, useRef, useState } from 'preact/hooks';
import { pathTo, usePanel } from '../../context.js';
import { counted, OUTCOMES, type Pass, passesIn, recent } from '../../pictures/pass-history.js';
import { PassMap, SHAPES } from '../../pictures/pass-map.js';

const SPAN_MS = 60_000;
/** More in a minute are a blur; the newest stay. */
const MOST = 1_000;
const TOLD = 25;
const STEP_MS = 1_000;

/** The kernel at work: every pass as it is heard of, on a map of the last minute. */
export function PassesPage() {
  const { catalogue, home, labels, live, say, amounts } = usePanel();
  const heard = useRef<readonly Pass[]>([]);
  const [now, setNow] = useState(() => Date.now());
  useEffect(
    () =>
      live.listen(undefined, {
        again: () => undefined,
        changed: (change) => {
          const passes = passesIn(change);
          if (passes.length > 0) heard.current = [...heard.current, ...passes].slice(-MOST);
        },
      }),
    [live],
  );
  useEffect(() => {
    const step = setInterval(() => setNow(Date.now()), STEP_MS);
    return () => clearInterval(step);
  }, []);
  const passes = recent(heard.current, now - SPAN_MS, MOST);
  const counts = counted(passes);
  const types = catalogue.listed.map(({ id }) => id).filter((id) => id !== 'auditrecord');
  return (
    <>
      <header class="page-head">
        <h1>{say('passes.title')}</h1>
      </header>
      <p class="quiet">{say('passes.about')}</p>
      <section>
        <ul class="legend">
          {OUTCOMES.map((outcome) => (
            <li key={outcome}>
              <svg viewBox="-8 -8 16 16" aria-hidden="true" class={`mark ${outcome}`}>
                <path d={SHAPES[outcome]} />
              </svg>
              {say(`passes.${outcome}`)}: <strong>{counts[outcome]}</strong>
            </li>
          ))}
        </ul>
        <PassMap passes={passes} types={types} from={now - SPAN_MS} to={now} />
      </section>
      <section>
        <h2>{say('passes.latest')}</h2>
        {passes.length === 0 && <p>{say('passes.none')}</p>}
        <ol class="history">
          {passes
            .slice(-TOLD)
            .toReversed()
            .map((pass, index) => (
              <li key={`${pass.at} ${pass.resourceId} ${index}`}>
                <time dateTime={new Date(pass.at).toISOString()}>{amounts.moment(pass.at)}</time>
                <a
                  href={home + pathTo(catalogue.type(pass.type)?.pluralName ?? '', pass.resourceId)}
                >
                  {labels.type(pass.type)} {pass.resourceId}
                </a>
                <span>{pass.result}</span>
                <span class="quiet">{pass.why}</span>
              </li>
            ))}
        </ol>
      </section>
    </>
  );
}
